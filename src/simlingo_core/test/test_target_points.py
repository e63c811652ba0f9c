# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlingo_core.errors import ConfigError, NonFiniteError
from simlingo_core.geometry import Pose2
from simlingo_core.route import Route
from simlingo_core.target_points import TargetPointTracker, downsample_plan
from simlingo_core.types import RoadOption

FOLLOW, LEFT, RIGHT = RoadOption.LANE_FOLLOW, RoadOption.LEFT, RoadOption.RIGHT
CHANGE = RoadOption.CHANGE_LANE_LEFT


def line(xs, options=None) -> Route:
    return Route([[x, 0.0] for x in xs], options or [FOLLOW] * len(xs))


def test_plan_keeps_ends_command_changes_and_far_points() -> None:
    options = [FOLLOW] * 70 + [LEFT] * 10 + [FOLLOW] * 41
    thin = downsample_plan(line(range(121), options), 50.0)
    # 52: the first point whose predecessor is more than 50 m after point 0.
    assert thin.points_map_m[:, 0].tolist() == [0, 52, 70, 80, 120]
    assert list(thin.options) == [FOLLOW, FOLLOW, LEFT, FOLLOW, FOLLOW]


def test_plan_keeps_all_of_a_lane_change_but_not_the_point_that_ends_it() -> None:
    options = [FOLLOW] * 5 + [CHANGE] * 3 + [FOLLOW] * 5
    thin = downsample_plan(line(range(13), options), 200.0)
    assert thin.points_map_m[:, 0].tolist() == [0, 5, 6, 7, 12]


def test_targets_are_the_second_and_third_remaining_points() -> None:
    tracker = TargetPointTracker(line([0, 30, 60, 63, 66, 120, 180]))
    found = {}
    for x in np.arange(0.0, 180.0, 0.2):
        targets = tracker.update([x, 0.0]).points_map_m[:, 0].tolist()
        found.setdefault(tuple(targets), round(float(x), 1))
    assert found == {
        (30.0, 60.0): 0.0,
        (60.0, 63.0): 22.6,
        (63.0, 66.0): 52.6,
        (66.0, 120.0): 55.6,
        (120.0, 180.0): 58.6,
        (180.0, 180.0): 112.6,
    }


def test_a_reached_point_beyond_the_look_ahead_waits() -> None:
    loop = Route([[0, 0], [60, 0], [60, 5], [0, 5], [0, 50]], [FOLLOW] * 5)
    tracker = TargetPointTracker(loop)
    assert tracker.update([0.0, 1.0]).points_map_m.tolist() == [[60, 0], [60, 5]]


def test_the_command_is_that_of_the_target_and_a_junction_lasts_until_it_is_crossed() -> None:
    """Case G3: the command of the agent, agent_spec 5.1."""
    tracker = TargetPointTracker(line([0, 20, 40, 60, 80], [FOLLOW, LEFT, FOLLOW, RIGHT, FOLLOW]))
    commands = []
    for x in (0.0, 15.0, 35.0, 55.0):
        targets = tracker.update([x, 0.0])
        commands.append((targets.command, targets.next_command, targets.is_crossing_junction))
    assert commands == [
        (LEFT, FOLLOW, False),
        (LEFT, FOLLOW, True),
        (RIGHT, FOLLOW, False),
        (RIGHT, FOLLOW, True),
    ]
    tracker.reset()
    assert tracker.update([0.0, 0.0]).command is LEFT


def test_lane_following_after_a_lane_change_is_no_junction() -> None:
    tracker = TargetPointTracker(line([0, 20, 40, 60], [FOLLOW, CHANGE, FOLLOW, FOLLOW]))
    assert tracker.update([0.0, 0.0]).command is CHANGE
    after = tracker.update([15.0, 0.0])
    assert (after.command, after.next_command) == (FOLLOW, FOLLOW)
    assert not after.is_crossing_junction


def test_a_car_put_elsewhere_gets_the_targets_of_that_place() -> None:
    tracker = TargetPointTracker(
        line([0, 50, 100, 150, 200], [FOLLOW, LEFT, FOLLOW, FOLLOW, LEFT])
    )
    tracker.update([110.0, 0.0])
    tracker.move_to(0)
    assert tracker.update([3.0, 0.0]).points_map_m[:, 0].tolist() == [50, 100]
    tracker.move_to(4)
    assert tracker.update([199.0, 0.0]).points_map_m[:, 0].tolist() == [200, 200]


def test_points_in_base_link_and_distance() -> None:
    targets = TargetPointTracker(line([0, 30, 60])).update([0.0, -40.0])
    assert targets.distance_m == 50.0
    np.testing.assert_allclose(
        targets.points_base_m(Pose2(0.0, -40.0, np.pi / 2)), [[40, -30], [40, -60]], atol=1e-12
    )


def test_bad_input_is_refused_and_changes_nothing() -> None:
    tracker = TargetPointTracker(line([0, 5, 30]))
    with pytest.raises(NonFiniteError):
        tracker.update([np.nan, 0.0])
    assert len(tracker.remaining_points_map_m) == 3
    with pytest.raises(ConfigError, match='min_distance_m'):
        TargetPointTracker(line([0, 5]), min_distance_m=60.0)
    with pytest.raises(ConfigError, match='distance_m'):
        downsample_plan(line([0, 5]), 0.0)


@given(
    st.lists(st.sampled_from([FOLLOW, LEFT, CHANGE]), min_size=2, max_size=200),
    st.floats(1.0, 60.0),
)
def test_thinning_keeps_ends_order_and_spacing(options, distance) -> None:
    thin = downsample_plan(line(range(len(options)), options), distance)
    xs = thin.points_map_m[:, 0]
    assert xs[0] == 0
    assert xs[-1] == len(options) - 1
    assert (np.diff(xs) <= distance + 2.0).all()
