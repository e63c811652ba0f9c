# SPDX-License-Identifier: Apache-2.0
"""What models say, compared in closed loop with plan, drive and what is there."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from simlingo_core.consistency import Mismatch
from simlingo_core.geometry import Pose2
from simlingo_core.statements import read_statement
from simlingo_evaluation.markdown import markdown
from simlingo_evaluation.records import read_record, write_record
from simlingo_evaluation.summary import summarise
from simlingo_evaluation.tables import says_and_does_lines
from simlingo_evaluation.words_truth import absent_claims
from simlingo_sim.score.protocol import BENCH2DRIVE
from simlingo_sim.state import ActorKind, LightState


def place(x_m: float, y_m: float) -> np.ndarray:
    """A stop line across the road."""
    return np.array([[x_m, y_m - 1.5], [x_m, y_m + 1.5]])


@pytest.fixture
def scene() -> tuple[Any, Any]:
    """A red lamp 30 m ahead, a stop sign behind, a walker at the side; the car looks along y."""
    ego = SimpleNamespace(pose_map=Pose2(100.0, 50.0, np.pi / 2))
    walker = SimpleNamespace(kind=ActorKind.CHILD, pose_map=Pose2(103.0, 90.0, 0.0))
    car = SimpleNamespace(kind=ActorKind.CAR, pose_map=Pose2(100.0, 60.0, 0.0))
    state = SimpleNamespace(ego=ego, actors=(walker, car), lights={1: LightState.RED})
    town = SimpleNamespace(
        traffic_lights=(SimpleNamespace(id=1, stop_line_map_m=place(100.0, 80.0)),),
        stop_signs=(SimpleNamespace(id=2, stop_line_map_m=place(100.0, 20.0)),),
    )
    return state, town


@pytest.mark.parametrize(
    ('text', 'found'),
    [
        ('Stop now due to the red traffic light.', set()),
        ('Remain stopped because a pedestrian is crossing.', set()),
        ('Stop now due to the stop sign.', {Mismatch.CLAIMS_STOP_SIGN}),
        ('Decelerate to stay behind the car.', set()),
    ],
)
def test_what_is_there_may_be_claimed(
    scene: tuple[Any, Any], text: str, found: set[Mismatch]
) -> None:
    assert absent_claims(read_statement(text), *scene) == found


def test_a_green_lamp_and_an_empty_street_are_no_reasons_to_stop(scene: tuple[Any, Any]) -> None:
    state, town = scene
    state.lights[1] = LightState.GREEN
    state.actors = ()
    red = read_statement('Stop now due to the red traffic light.')
    walker = read_statement('Stop now because a pedestrian is crossing.')
    assert absent_claims(red, state, town) == {Mismatch.CLAIMS_RED_LIGHT}
    assert absent_claims(walker, state, town) == {Mismatch.CLAIMS_PEDESTRIAN}


def test_contradictions_are_counted_over_episodes(record, tmp_path) -> None:
    one = dataclasses.replace(record(), words={
        'compared': 90, 'trusted': 85, 'says_stop_drives': 9, 'trusted_says_stop_drives': 4,
    })  # fmt: skip
    other = dataclasses.replace(record(ident='2'), words={'compared': 10})
    silent = record(ident='3')
    write_record(tmp_path / 'one.json', one)
    assert read_record(tmp_path / 'one.json').words == one.words
    summary = summarise([one, other, silent], {'expert': 3}, BENCH2DRIVE)
    words = summary['policies']['expert']['says_and_does']
    assert words == {
        'compared': 100,
        'share': {'says_stop_drives': 0.09},
        'episodes': {'says_stop_drives': 1},
        'trusted': 95,
        'share_trusted': {'says_stop_drives': 0.04},
    }
    assert '| says stop drives | 9.00 |' in markdown(summary, 1)
    lines = says_and_does_lines(summary['policies'])
    assert lines == [
        'expert: 100 texts, contradictions: says_stop_drives 9.00 %; while plans were trusted '
        '(95 texts): says_stop_drives 4.00 %'
    ]


def test_without_commentary_there_is_nothing_to_show(record) -> None:
    summary = summarise([record()], {'expert': 1}, BENCH2DRIVE)
    assert summary['policies']['expert']['says_and_does'] == {}
    assert 'says and does' not in markdown(summary, 1)
