# SPDX-License-Identifier: Apache-2.0
"""What the cells of an image show: where objects are, through both cameras."""

from types import SimpleNamespace

import numpy as np
import pytest

from simlingo_model.config import mini
from simlingo_model.scene_head import CHANNELS
from simlingo_training.labels import CameraShift
from simlingo_training.scene_targets import SceneLabeller
from simlingo_training.text_labels.scene import read_scene

NOW = SimpleNamespace(reduced_by_id=None, reduced_by_kind=None)


def box(kind, position, **more):
    """Return a box of a file: CARLA's axes, y to the right."""
    return {
        'class': kind,
        'position': list(position),
        'extent': [0.3, 0.3, 0.9],
        'yaw': 0.0,
        'visible_share': 1.0,
        **more,
    }


def cells_of(*boxes, shift=CameraShift()):  # noqa: B008  (frozen)
    return SceneLabeller(config=mini()).label(read_scene(NOW, boxes), shift)


def places(cells, channel):
    return [tuple(place) for place in np.argwhere(cells[..., CHANNELS.index(channel)]).tolist()]


def test_a_pedestrian_straight_ahead_is_beside_the_middle_of_the_horizon():
    cells = cells_of(box('walker', (20.0, 0.6, 0.9)))
    # The horizon is at 256 of 358 pixels, 5.7 of 8 rows, the feet at 6.5; columns 7 and 8 meet in
    # the middle.
    assert places(cells, 'walker') == [(5, 8), (6, 8)]
    assert cells[5, 8, -1] == pytest.approx(4 * np.hypot(20.0, 0.6), abs=1.0)
    assert cells[..., :-1].sum() == 2


def test_the_shifted_camera_sees_it_elsewhere():
    # Turned 20 degrees to the left, things ahead move to the right.
    cells = cells_of(box('walker', (20.0, 0.6, 0.9)), shift=CameraShift(0.0, np.radians(20.0)))
    assert {column for _, column in places(cells, 'walker')} == {10}


def test_the_nearest_of_a_cell_gives_its_distance():
    cells = cells_of(box('walker', (30.0, 0.6, 0.9)), box('car', (12.0, 0.6, 0.9)))
    assert cells[5, 8, -1] == pytest.approx(4 * 12.0, abs=1.0)
    assert (5, 8) in places(cells, 'walker')
    assert (5, 8) in places(cells, 'vehicle')


def test_what_is_hidden_behind_or_far_is_left_out():
    cells = cells_of(
        box('walker', (20.0, 0.6, 0.9), visible_share=0.0),
        box('walker', (-20.0, 0.6, 0.9)),
        box('walker', (80.0, 0.6, 0.9)),
    )
    assert not cells.any()


@pytest.mark.parametrize(
    ('state', 'affects', 'channels'),
    [
        ('Red', True, {'red_lamp', 'own_red_lamp'}),
        ('Yellow', False, {'red_lamp'}),
        ('Green', True, {'green_lamp', 'own_green_lamp'}),
        ('Off', True, set()),
    ],
)
def test_lamps_tell_their_colour_and_whom_they_hold_for(state, affects, channels):
    cells = cells_of(box('traffic_light', (25.0, 2.0, 4.0), state=state, affects_ego=affects))
    assert {name for name in CHANNELS if places(cells, name)} == channels


def test_bicycles_are_no_cars():
    cells = cells_of(box('car', (15.0, -2.0, 0.8), base_type='bicycle'))
    assert places(cells, 'two_wheeler')
    assert not places(cells, 'vehicle')
