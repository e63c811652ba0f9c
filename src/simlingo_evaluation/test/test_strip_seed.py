# SPDX-License-Identifier: Apache-2.0
"""The strip of a failure looks like the episode: same sun, textures and colours."""

from types import SimpleNamespace

import numpy as np
import pytest

from simlingo_core.schedule import Schedule
from simlingo_evaluation import episode_task
from simlingo_evaluation.episode_task import EpisodeTask
from simlingo_sim.town.route_files import RouteSpec


@pytest.mark.parametrize(('sun_seed', 'expected'), [(None, 7), (0, 0), (3, 3)])
def test_a_route_with_sun_seed_zero_is_drawn_with_seed_zero(
    monkeypatch, tmp_path, sun_seed, expected
):
    """Case G9: seed 0 is a seed."""
    seeds = []

    class Renderer:
        def __init__(self, town, quality, seed):
            seeds.append(seed)

        def close(self):
            pass

    monkeypatch.setattr(episode_task, 'Renderer', Renderer)
    monkeypatch.setattr(episode_task, 'write_strip', lambda *_: None)
    route = RouteSpec(
        id='1', town='Town91', waypoints_map_m=np.array([[0, 0], [9, 0]]), sun_seed=sun_seed
    )
    task = EpisodeTask(
        policy='expert', route=route, situation='', seed=7, folder=tmp_path, has_strips=True,
        protocol='bench2drive', schedule=Schedule(),
    )  # fmt: skip
    outcome = SimpleNamespace(trace=SimpleNamespace(snapshots=[object()]))
    episode_task._draw_strip(SimpleNamespace(town=None), task, outcome, 'hit a vehicle')
    assert seeds == [expected]
