# SPDX-License-Identifier: Apache-2.0
"""Motions of dreams and the draws of crashes equal upstream's where it is right.

What is otherwise, and tested here: upstream's paths end after 20 m, from where on it steers
straight; the roll-outs of a lane change keep the recorded pedals; its *original* is a roll-out
that brakes for ticks although the recorded car does not; *slower* brakes at random; whether a
crash is head-on is judged in the frame of a later car.
"""

import numpy as np
import pytest

from simlingo_core.geometry import Pose2
from simlingo_core.types import VehicleCommand
from simlingo_core.vehicle_model import MotionState, advance_ego
from simlingo_training.dreaming.object_dreams import crash_plan_of
from simlingo_training.dreaming.paths import shift_path
from simlingo_training.dreaming.roll_out import Drive, constant, roll_out
from simlingo_training.dreaming.rules import UPSTREAM, DreamerRules

MIRROR = np.array([1.0, -1.0])
PATH_END_M = 15.0
"""From here on upstream's roll-outs may have reached the end of their 20 points."""


class RecordedChoices:
    """Hands out the recorded choices and checks of how many each was made."""

    def __init__(self, choices):
        self.choices = list(choices)

    def index(self, count):
        recorded_count, value = self.choices.pop(0)
        assert recorded_count == count
        return value

    def random(self):
        return 0.9


def crashes_of(golden):
    return {option['info']['id']: option for option in golden['result']['crash']}


def choices_of(golden):
    draws = golden['random_draws']
    return [(arguments[0], value) for kind, arguments, value in draws if kind == 'choice_index']


def crash_of(frame, ident, choices):
    thing = next(each for each in frame.scene.objects if each.id == ident)
    draws = RecordedChoices(choices)
    plan = crash_plan_of(frame, thing, draws)
    assert draws.choices == []
    return plan


CRASHES = [
    ('0', 11, slice(0, 2)),
    ('0', 12, slice(2, 9)),
    ('0', 21, slice(9, 11)),
    ('0', 31, slice(11, 12)),
    ('1', 21, slice(7, 9)),
]
"""Scenario, id of the object, and which of the recorded choices were made for it."""


@pytest.mark.parametrize(('scenario', 'ident', 'which'), CRASHES)
def test_a_crash_is_drawn_as_upstream_draws_it(
    processed, dream_frame, dreamt, scenario, ident, which
):
    golden = processed[scenario]
    frame = dream_frame(golden['frames'], UPSTREAM)
    plan = crash_of(frame, ident, choices_of(golden)[which])
    theirs = crashes_of(golden)[ident]
    assert plan.info['crash_position'] == theirs['info']['crash_position'][:2]
    if scenario == '1':
        return  # the next test
    assert plan.info['target_speed'] == theirs['info']['target_speed']
    ours = dreamt(frame, plan)['crash']
    wanted = np.array(theirs['waypoints'])
    known = wanted[:, 0] < PATH_END_M
    assert known.sum() >= 6
    np.testing.assert_allclose(np.array(ours['waypoints'])[known], wanted[known], atol=0.01)
    for key in ('safe_to_execute', 'dreamer_answer_safety'):
        assert ours[key] == theirs[key]


def test_who_is_out_of_reach_is_not_hit(processed, dream_frame):
    frame = dream_frame(processed['1']['frames'], UPSTREAM)
    assert 11 not in crashes_of(processed['1'])
    assert crash_of(frame, 11, choices_of(processed['1'])[:7]) is None


def test_a_crash_in_a_curve_is_head_on_for_upstream_only(processed, dream_frame):
    """The pedestrian is 1.1 m beside the path: the sides touch, not the front."""
    golden = processed['1']
    theirs = crashes_of(golden)[21]['info']
    frame = dream_frame(golden['frames'], UPSTREAM)
    plan = crash_of(frame, 21, choices_of(golden)[7:9])
    way_m = np.hypot(*theirs['crash_position'][:2])
    seconds = 8 * 0.2
    assert theirs['target_speed'] == pytest.approx((way_m - 2.45 - 0.2) / seconds + 0.5, abs=1e-3)
    ours = plan.info['target_speed']
    assert ours == pytest.approx((way_m - 0.92 - 0.2) / seconds + 0.5, abs=1e-3)


def test_ours_hits_an_actor_when_it_is_there(processed, dream_frame):
    """Upstream aims at where the actor is 0.15 s after the time it computes the speed for."""
    frame = dream_frame(processed['0']['frames'], DreamerRules())
    # Of steps 2 ... 9 the last: 2.25 s.
    plan = crash_of(frame, 21, [(8, 7)])
    way_m = np.hypot(*plan.info['crash_position']) - 0.92 - 0.2
    assert plan.info['target_speed'] == pytest.approx(way_m / 2.25 + 0.5, abs=1e-3)


@pytest.mark.parametrize('scenario', ['0', '1'])
def test_roll_outs_of_lane_changes(processed, forecasts, scenario):
    now = processed[scenario]['frames'][0]['measurement']
    route = np.array(now['route']) * MIRROR
    names = [name for name in forecasts if name.startswith(f'{scenario}/lane_change_')]
    assert len(names) == 4
    for name in names:
        start, length, side_m = (float(part) for part in name.split('/')[1].split('_')[2:])
        drive = Drive(
            path_base_m=shift_path(route, int(start), int(length), -side_m, 40),
            speed_mps=now['speed'],
            first=(-now['steer'], now['throttle'], 0.0),
            throttles=constant(now['throttle']),
        )
        ours = roll_out([drive])[0].at_waypoints(first_tick=0)
        golden = forecasts[name]
        known = golden[:, 0] < PATH_END_M
        assert known.sum() >= 7
        np.testing.assert_allclose(ours.positions_m[known] * MIRROR, golden[known, :2], atol=5e-3)
        np.testing.assert_allclose(-np.degrees(ours.yaws_rad[known]), golden[known, 2], atol=0.1)


def test_upstream_steers_straight_where_its_path_ends(forecasts):
    """Two lanes to the left: it leaves the lane that it was to change to by a metre."""
    golden = forecasts['0/lane_change_5_10_-6.75/boxes_x_y_yaw']
    assert golden[-1, 2] == golden[-2, 2] < -15.0
    assert abs(golden[-1, 1] + 6.75) > 1.0


@pytest.mark.parametrize('scenario', ['0', '1'])
def test_without_a_route_the_recorded_commands_are_followed(processed, forecasts, scenario):
    now = processed[scenario]['frames'][0]['measurement']
    state, found = MotionState(Pose2(0.0, 0.0, 0.0), now['speed']), []
    command = VehicleCommand(steer=-now['steer'], throttle=now['throttle'], brake=0.0)
    for _ in range(50):
        state = advance_ego(state, command)
        pose = state.pose_map
        found.append((pose.x_m, -pose.y_m, -np.degrees(pose.yaw_rad)))
    np.testing.assert_allclose(
        found[::5], forecasts[f'{scenario}/no_route/boxes_x_y_yaw'], atol=1e-6
    )


@pytest.mark.parametrize('scenario', ['0', '1'])
def test_slower_brakes_at_the_drawn_ticks(processed, forecasts, scenario):
    name = f'{scenario}/brake_probability_0.33'
    now = processed[scenario]['frames'][0]['measurement']
    # A draw holds for the tick after it.
    brakes = np.concatenate([[False], forecasts[f'{name}/draws'][:-1] < 0.33])
    drive = Drive(
        path_base_m=np.array(now['route']) * MIRROR,
        speed_mps=now['speed'],
        first=(-now['steer'], now['throttle'], 0.0),
        brakes=brakes,
    )
    ours = roll_out([drive])[0].at_waypoints(first_tick=0)
    golden = forecasts[f'{name}/boxes_x_y_yaw']
    np.testing.assert_allclose(ours.positions_m * MIRROR, golden[:, :2], atol=1e-3)


@pytest.mark.parametrize('scenario', ['0', '1'])
def test_the_recorded_drive_is_smoother_than_upstreams_original(
    processed, forecasts, dream_frame, scenario
):
    """Ours takes the recorded speeds themselves as those that factors hold for."""
    frame = dream_frame(processed[scenario]['frames'], DreamerRules())
    recorded = [m.speed_mps for m in frame.future[:11]]
    ours = frame.expert_speeds_mps
    np.testing.assert_allclose(ours[::5], recorded[:10], atol=1e-9)
    theirs = forecasts[f'{scenario}/original/speeds_20hz']
    assert np.abs(theirs - ours).max() > 0.8
    assert np.abs(np.diff(theirs)).max() > 20.0 * np.abs(np.diff(ours)).max()
