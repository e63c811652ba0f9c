# SPDX-License-Identifier: Apache-2.0
"""Dreams equal upstream's where it is right.

What is otherwise, and tested here: upstream's waypoints are 0.2 s early; its *slower* brakes at
random; its crash takes 0.2 s for the time between two frames; lanes that are not allowed are not
refused; a stop is refused as too slow (docs/reference/labels.md).
"""

from pathlib import Path

import numpy as np
import pytest

from simlingo_sim.expert.forecast import boxes_overlap
from simlingo_training.dreaming.lane_dreams import lane_plan, route_plans
from simlingo_training.dreaming.object_dreams import reachable
from simlingo_training.dreaming.paths import LaneBeside, bend_path, deviation, shift_path
from simlingo_training.dreaming.roll_out import Drive, constant, roll_out
from simlingo_training.dreaming.rules import UPSTREAM, DreamerRules
from simlingo_training.dreaming.speed_dreams import (
    factor_plan,
    faster_plan,
    stop_plan,
    target_plan,
)

DATA = Path(__file__).parent / 'data'
MIRROR = np.array([1.0, -1.0])
SCENARIOS = ('0', '1')


def by_kind(draws, kind):
    return [value for name, _, value in draws if name == kind]


@pytest.mark.parametrize('scenario', SCENARIOS)
def test_dreams_of_the_speed_are_upstreams(processed, forecasts, scenario, dream_frame, dreamt):
    golden = processed[scenario]
    uniform = by_kind(golden['random_draws'], 'uniform')
    frame = dream_frame(golden['frames'], UPSTREAM)
    speeds = forecasts[f'{scenario}/original/speeds_20hz']
    # Upstream's factors hold for its own roll-out of the recorded drive, a tick late.
    frame.__dict__['expert_speeds_mps'] = np.concatenate([[frame.now.speed_mps], speeds[:-1]])
    made = dreamt(
        frame,
        target_plan(frame, round(uniform[0], 1)),
        stop_plan(frame),
        factor_plan(frame, 'faster_factor', uniform[1]),
        faster_plan(frame, uniform[2], 1),
        factor_plan(frame, 'slower_factor', uniform[3]),
    )
    for mode, ours in made.items():
        (theirs,) = golden['result'][mode]
        np.testing.assert_allclose(ours['waypoints'], theirs['waypoints'], atol=2e-3)
        for key in ('final_speed', 'dynamic_crash', 'dynamic_crash_timesteps'):
            assert ours['info'][key] == theirs['info'][key], (mode, key)
        for key in ('safe_to_execute', 'dreamer_answer_safety', 'allowed', 'route_reasoning'):
            assert ours[key] == theirs[key], (mode, key)


@pytest.mark.parametrize('scenario', SCENARIOS)
def test_ours_are_later_and_a_stop_is_never_refused(processed, scenario, dream_frame, dreamt):
    golden = processed[scenario]
    frame = dream_frame(golden['frames'], DreamerRules())
    made = dreamt(frame, stop_plan(frame))['stop']
    (theirs,) = golden['result']['stop']
    assert made['waypoints'][0][0] > 2.0 * theirs['waypoints'][0][0]
    assert made['safe_to_execute']
    assert not theirs['safe_to_execute']


def test_a_lane_change_is_upstreams(processed, dream_frame, dreamt):
    golden = processed['0']
    theirs = golden['result']['lane_change'][0]
    start, length, side_m = theirs['info']['lane_change_in_transition_amount_meters']
    frame = dream_frame(golden['frames'], UPSTREAM)
    lane = LaneBeside(kind='driving', side_m=-side_m, count=1, is_allowed=True, number=1, lanes=3)
    ours = dreamt(frame, lane_plan(frame, lane, start, length))['lane_change']
    # Upstream resamples it twice.
    np.testing.assert_allclose(ours['route'], theirs['route'], atol=0.02)
    assert ours['route_reasoning'][:74] == theirs['route_reasoning'][:74]
    assert ours['info']['lane_change_direction'] == theirs['info']['lane_change_direction']
    assert ours['templates_placeholders'][0] == theirs['templates_placeholders'][0]
    assert ours['templates_placeholders'][1] == theirs['templates_placeholders'][1]
    assert ours['templates_placeholders'][2] == theirs['templates_placeholders'][2]


def test_upstream_does_not_refuse_lanes_that_are_not_allowed(processed, dream_frame, dreamt):
    golden = processed['0']
    lane = LaneBeside(kind='opposite', side_m=3.5, count=1, is_allowed=False)
    for rules, is_safe in ((UPSTREAM, True), (DreamerRules(), False)):
        frame = dream_frame(golden['frames'], rules)
        plan = lane_plan(frame, lane, 10, 10)
        option = dreamt(frame, plan)['lane_change']
        assert option['safe_to_execute'] is is_safe
    assert option['dreamer_answer_safety'] == (
        'Ignore lane change instruction as the target lane is a lane with oncoming traffic. '
        'Waypoints:'
    )


def test_staying_before_an_obstacle_is_upstreams(processed, dream_frame, dreamt):
    golden = processed['1']
    frame = dream_frame(golden['frames'], UPSTREAM)
    object.__setattr__(frame.now, 'changed_route', False)
    ours = dreamt(frame, *route_plans(frame))['route']
    (theirs,) = golden['result']['route']
    np.testing.assert_allclose(ours['route'], theirs['route'], atol=1e-3)
    for key in ('route_reasoning', 'dreamer_answer_safety', 'safe_to_execute', 'allowed'):
        assert ours[key] == theirs[key]


@pytest.mark.parametrize('scenario', SCENARIOS)
def test_crashes_lead_through_the_same_point(processed, scenario, dream_frame):
    """Upstream's corner at the object is cut by up to 0.07 m; ours is exact."""
    golden = processed[scenario]
    frame = dream_frame(golden['frames'], UPSTREAM)
    for theirs in golden['result']['crash']:
        point = np.array(theirs['info']['crash_position'][:2]) * MIRROR
        ours = bend_path(frame.route_base_m, point) * MIRROR
        np.testing.assert_allclose(ours, theirs['route'], atol=0.07)
        off_m, _ = deviation(ours * MIRROR, frame.labels.path_base_m)
        words = theirs['route_reasoning'].split()
        assert off_m == pytest.approx(float(words[words.index('most') + 1].rstrip('m')), abs=0.1)


RULES = {
    'target_speed_0': {'targets_mps': constant(0.0)},
    'target_speed_5': {'targets_mps': constant(5.0)},
    'target_speed_25': {'targets_mps': constant(25.0)},
    'throttle_0.6': {'throttles': constant(0.6)},
    'throttle_1.0': {'throttles': constant(1.0)},
}


@pytest.mark.parametrize('scenario', SCENARIOS)
@pytest.mark.parametrize('name', [*RULES, 'faster_factor_1.4', 'slower_factor_0.5'])
def test_roll_out(processed, forecasts, scenario, name):
    now = processed[scenario]['frames'][0]['measurement']
    speeds = forecasts[f'{scenario}/original/speeds_20hz']
    late = np.concatenate([[now['speed']], speeds[:-1]])
    rule = RULES.get(name) or {'targets_mps': float(name.rsplit('_', 1)[1]) * late}
    drive = Drive(
        path_base_m=np.array(now['route']) * MIRROR,
        speed_mps=now['speed'],
        first=(-now['steer'], now['throttle'], 0.0),
        **rule,
    )
    (motion,) = roll_out([drive])
    golden = forecasts[f'{scenario}/{name}/boxes_x_y_yaw']
    ours = motion.at_waypoints(first_tick=0)
    np.testing.assert_allclose(ours.positions_m * MIRROR, golden[:, :2], atol=5e-4)
    np.testing.assert_allclose(-np.degrees(ours.yaws_rad), golden[:, 2], atol=0.05)
    final = float(forecasts[f'{scenario}/{name}/final_speed'])
    assert motion.speeds_mps[-1] == pytest.approx(final, abs=0.051)


@pytest.mark.parametrize('scenario', SCENARIOS)
def test_shifted_routes(processed, forecasts, scenario):
    """Case G4: the transition of a shifted path is that of upstream, to 1e-6 m."""
    route = np.array(processed[scenario]['frames'][0]['measurement']['route']) * MIRROR
    names = [name for name in forecasts if name.startswith(f'{scenario}/shift_')]
    assert len(names) == 4
    for name in names:
        start, length, side_m = (float(part) for part in name.split('_')[1:])
        ours = shift_path(route, int(start), int(length), -side_m) * MIRROR
        np.testing.assert_allclose(ours, forecasts[name], atol=1e-6)


def test_reach(forecasts):
    names = [name for name in forecasts if name.startswith('0/reach_')]
    assert len(names) == 9
    for name in names:
        speed_mps, step = name.split('_')[1:]
        near_m, far_m = reachable(float(speed_mps), int(step))
        np.testing.assert_allclose([near_m, far_m], forecasts[name][:, 0], atol=1e-6)


def test_boxes_overlap():
    with np.load(DATA / 'dreamer_obb.npz') as file:
        boxes, wanted = file['boxes'], file['intersects']
    a, b = boxes[:, :7], boxes[:, 7:]
    ours = boxes_overlap(
        b[:, :2] - a[:, :2],
        np.radians(a[:, 6]),
        a[:, 3:5],
        np.radians(b[:, 6]),
        b[:, 3:5],
    )
    np.testing.assert_array_equal(ours, wanted)
