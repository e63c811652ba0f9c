# SPDX-License-Identifier: Apache-2.0
"""Roll-outs equal upstream's dreamer where it is right; it samples 0.2 s too early, we do not."""

import json
from pathlib import Path

import numpy as np
import pytest

from simlingo_core.types import VehicleCommand
from simlingo_training.dreams import roll_out, target_speed_rule, throttle_rule

DATA = Path(__file__).parent / 'data'
MIRROR = np.array([1.0, -1.0])
RULES = {
    'target_speed_0': target_speed_rule(0.0),
    'target_speed_5': target_speed_rule(5.0),
    'target_speed_25': target_speed_rule(25.0),
    'throttle_0.6': throttle_rule(0.6),
    'throttle_1.0': throttle_rule(1.0),
}


@pytest.mark.parametrize('scenario', ['0', '1'])
@pytest.mark.parametrize('name', RULES)
def test_roll_out(scenario, name):
    start = json.loads((DATA / 'dreamer_starts.json').read_text())[scenario]
    first = VehicleCommand(
        steer=-start['steer'], throttle=start['throttle'], brake=float(start['brake'])
    )
    route_base_m = np.array(start['route']) * MIRROR
    states = roll_out(route_base_m, start['speed'], RULES[name], first)
    ours = np.array([state.pose_map.position_m for state in states[0::5]]) * MIRROR
    with np.load(DATA / 'dreamer_forecasts.npz') as file:
        golden = file[f'{scenario}/{name}/boxes_x_y_yaw'][:, :2]
    np.testing.assert_allclose(ours, golden, atol=5e-4)
