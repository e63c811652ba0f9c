# SPDX-License-Identifier: Apache-2.0
"""What a model says, compared with what it plans and with what the car does."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from simlingo_control.core import ControlCore
from simlingo_control.safety import Reason
from simlingo_core.baselines import plan_along
from simlingo_core.consistency import Mismatch
from simlingo_core.geometry import Pose3
from simlingo_core.status import SafetyLevel
from simlingo_core.types import Commentary, DrivingPlan, EgoState, Instruction, Observation
from simlingo_core.wordings import ManoeuvreKind
from simlingo_planner.core import PlannerCore
from simlingo_planner.says_and_does import WordsMonitor

PATH = np.column_stack([np.arange(1.0, 40.0), np.zeros(39)])


def observation(t_s: float, speed_mps: float) -> Observation:
    return Observation(
        t_s=t_s,
        image_jpeg=b'',
        pose_map=Pose3.identity(),
        speed_mps=speed_mps,
        target_points_base_m=np.array([[20.0, 0.0], [40.0, 0.0]]),
    )


def plan(t_s: float, plan_mps: float, speed_mps: float = 8.0) -> DrivingPlan:
    return plan_along(observation(t_s, speed_mps), PATH, plan_mps, 'test')


def comment(monitor: WordsMonitor, t_s: float, text: str, plan_mps: float, speed_mps: float = 8.0):
    monitor.note_plan(plan(t_s, plan_mps), speed_mps)
    return monitor.note_commentary(Commentary(t_s=t_s, text=text))


def test_a_commentary_is_compared_with_the_plan_of_its_own_frame() -> None:
    monitor = WordsMonitor()
    monitor.note_plan(plan(0.2, 8.0), 8.0)
    monitor.note_plan(plan(0.4, 0.0), 8.0)
    late = monitor.note_commentary(Commentary(t_s=0.2, text='Stop now.'))
    assert late is not None
    assert late.mismatches == {Mismatch.SAYS_STOP_DRIVES}
    assert 'the model says "Stop now."' in late.explanation
    newer = monitor.note_commentary(Commentary(t_s=0.4, text='Stop now.'))
    assert newer is not None
    assert not newer.mismatches


def test_growing_texts_and_frames_without_a_plan_are_not_compared() -> None:
    monitor = WordsMonitor()
    monitor.note_plan(plan(0.2, 8.0), 8.0)
    assert monitor.note_commentary(Commentary(t_s=0.2, text='Stop', is_growing=True)) is None
    assert monitor.note_commentary(Commentary(t_s=0.6, text='Stop.')) is None
    assert monitor.compared == 0


@pytest.mark.parametrize(
    'changes',
    [{'instruction_id': '1'}, {'max_speed_mps': 3.0}, {'stop_reason': 'emergency_stop'}],
)
def test_commentary_is_not_held_against_plans_that_are_not_the_models_own(
    changes: dict[str, Any],
) -> None:
    monitor = WordsMonitor()
    monitor.note_plan(dataclasses.replace(plan(0.2, 8.0), **changes), 8.0)
    assert monitor.note_commentary(Commentary(t_s=0.2, text='Remain stopped.')) is None


def test_plans_are_doubted_after_three_contradictions_and_trusted_again_after_three_without() -> (
    None
):
    monitor = WordsMonitor()
    doubts = []
    for k, text in enumerate(['Stop now.'] * 3 + ['Maintain your current speed.'] * 3):
        check = comment(monitor, 0.2 * k, text, 8.0)
        assert check is not None
        doubts.append(check.is_doubted)
    assert doubts == [False, False, True, True, True, False]
    assert monitor.counts == {Mismatch.SAYS_STOP_DRIVES: 3}
    assert monitor.compared == 6
    # What came while nobody doubted: two before the third, and the last of the three that agree.
    assert monitor.trusted == 3
    assert monitor.trusted_counts == {Mismatch.SAYS_STOP_DRIVES: 2}


def test_one_contradiction_now_and_then_does_not_raise_doubts() -> None:
    monitor = WordsMonitor()
    for k in range(20):
        comment(monitor, 0.2 * k, 'Stop now.' if k % 3 == 0 else 'Accelerate.', 8.0)
    assert not monitor.is_doubted


def test_a_car_that_does_not_slow_down_while_the_model_says_stop_contradicts() -> None:
    monitor = WordsMonitor()
    # The plans stop, so that they agree with the words; the car drives on.
    found = [comment(monitor, 0.5 * k, 'Stop now.', 0.0) for k in range(8)]
    kinds = [check.mismatches for check in found if check is not None]
    assert kinds[5] == set()
    assert kinds[6] == {Mismatch.SAYS_STOP_DRIVES_ON}
    slowing = WordsMonitor()
    speeds = [8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]
    for k, speed_mps in enumerate(speeds):
        comment(slowing, 0.5 * k, 'Stop now.', 0.0, speed_mps)
    assert slowing.counts == {}


def test_a_reply_that_follows_is_compared_with_the_plan_under_it() -> None:
    monitor = WordsMonitor()
    check = monitor.note_plan(
        plan(0.2, 12.0),
        6.0,
        reply='Following the given instruction.',
        manoeuvre=ManoeuvreKind.SLOWER,
    )
    assert check is not None
    assert check.mismatches == {Mismatch.SAYS_FOLLOWS_OPPOSITE}


def test_a_new_episode_forgets_everything() -> None:
    monitor = WordsMonitor()
    for k in range(3):
        comment(monitor, 0.2 * k, 'Stop now.', 8.0)
    monitor.reset()
    assert (monitor.compared, monitor.is_doubted, monitor.counts) == (0, False, {})


class TalkingPolicy:
    """Drives at a speed and says something."""

    name = 'talking'

    def __init__(self, text: str, speed_mps: float) -> None:
        self.text, self.speed_mps = text, speed_mps

    def reset(self) -> None:
        pass

    def plan(
        self, observation: Observation, instruction: Instruction | None = None
    ) -> DrivingPlan:
        return plan_along(observation, PATH, self.speed_mps, self.name)

    def describe(self, observation: Observation) -> Iterator[str]:
        yield self.text

    def answer(self, observation: Observation, question: str) -> Iterator[str]:
        yield ''


@pytest.mark.parametrize(
    ('text', 'level', 'reasons'),
    [
        ('Stop now due to the red traffic light.', SafetyLevel.DEGRADED, (Reason.PLAN_DOUBTED,)),
        ('Maintain your current speed.', SafetyLevel.NOMINAL, ()),
    ],
)
def test_control_lowers_the_safety_level_of_doubted_plans_and_drives_alike(
    text: str, level: SafetyLevel, reasons: tuple[str, ...]
) -> None:
    policy = TalkingPolicy(text, 8.0)
    planner, control, silent = PlannerCore(policy), ControlCore(), ControlCore()
    for k in range(8):
        seen = observation(0.2 * k, 8.0)
        outcome, _ = planner.plan(seen)
        planner.note_commentary(Commentary(t_s=seen.t_s, text=text))
        ego = EgoState(t_s=seen.t_s, pose_map=Pose3.identity(), speed_mps=8.0)
        output = control.step(seen.t_s, ego, outcome.plan)
        unaware = silent.step(seen.t_s, ego, policy.plan(seen))
        assert output.command == unaware.command
    assert (output.safety_level, output.reasons) == (level, reasons)
