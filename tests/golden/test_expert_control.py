# SPDX-License-Identifier: Apache-2.0
"""The expert's pedals and steering equal upstream's."""

from pathlib import Path

import numpy as np
import pytest

from simlingo_core.carla_frame import vector_from_carla
from simlingo_sim.expert.lateral import LateralPid
from simlingo_sim.expert.longitudinal import forecast_throttle_for, pedals_for

DATA = Path(__file__).parent / 'data'
TOLERANCE = 1e-9


def test_pedals_equal_upstream():
    golden = np.load(DATA / 'expert_longitudinal.npz')
    ours = [
        pedals_for(target, speed, is_hazard=bool(hazard))
        for hazard, target, speed in golden['linreg_in']
    ]
    np.testing.assert_allclose(
        np.array(ours, dtype=float), golden['linreg_throttle_brake'], atol=TOLERANCE
    )


def test_forecast_throttle_equals_upstream():
    golden = np.load(DATA / 'expert_longitudinal.npz')
    ours = [forecast_throttle_for(target, speed) for target, speed in golden['extrapolation_in']]
    np.testing.assert_allclose(ours, golden['extrapolation_throttle'], atol=TOLERANCE)


@pytest.mark.parametrize(('key', 'spacing_m'), [('False', 0.1), ('True', 1.0)])
def test_steering_equals_upstream_mirrored(key, spacing_m):
    golden = np.load(DATA / 'expert_lateral.npz')
    controller = LateralPid()
    steer = []
    for route, position, heading, speed in zip(
        golden[f'route_{key}'],
        golden[f'position_{key}'],
        golden[f'heading_{key}'],
        golden[f'speed_{key}'],
        strict=True,
    ):
        index = controller.lookahead_index(speed, len(route), spacing_m=spacing_m)
        aim, place = vector_from_carla(route[index]), vector_from_carla(position)
        steer.append(controller.steer_for(aim, place, -heading))
    np.testing.assert_allclose(-np.array(steer), golden[f'steer_{key}'], atol=TOLERANCE)
