# SPDX-License-Identifier: Apache-2.0
"""Records of episodes that were never driven."""

import pytest

from simlingo_evaluation.records import EpisodeRecord
from simlingo_sim.score.infractions import EndReason
from simlingo_sim.score.scorer import EpisodeScore


def make_record(
    policy='expert', ident='1', seed=0, *, key='k', end=EndReason.ARRIVED, infractions=()
):
    score = EpisodeScore(
        protocol='bench2drive',
        end=end,
        route_score=100.0 if end is EndReason.ARRIVED else 40.0,
        penalty=0.6 ** len(infractions),
        infractions=tuple(infractions),
        route_length_m=500.0,
        duration_s=60.0,
    )
    return EpisodeRecord(
        key=key,
        policy=policy,
        route_id=ident,
        town='Town91',
        situations=('red_light',),
        seed=seed,
        score=score,
        smoothness_official=0.25,
        smoothness_corrected=0.5,
        has_happened={'red_light': True},
        cause='' if score.is_success else 'hit a vehicle',
        strip='',
        events=((4.0, 'Agent collided'),),
        error='',
        wall_s=2.0,
        top_speed_mps=8.0,
    )


@pytest.fixture
def record():
    """Makes a record; see ``make_record``."""
    return make_record
