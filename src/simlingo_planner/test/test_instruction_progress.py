# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.status import InstructionState
from simlingo_core.types import Instruction, Observation
from simlingo_planner.arbiter import InstructionArbiter
from simlingo_planner.baselines import TargetPointPolicy

RADIUS_M = 30.0


def seen(t_s=0.0, speed_mps=8.0, x_m=0.0, y_m=0.0, yaw_rad=0.0) -> Observation:
    return Observation(
        t_s=t_s,
        image_jpeg=b'',
        pose_map=Pose3.from_planar(Pose2(x_m, y_m, yaw_rad)),
        speed_mps=speed_mps,
        target_points_base_m=np.array([[10.0, 0.0], [60.0, 0.0]]),
    )


def told(text, first, **options) -> InstructionArbiter:
    arbiter = InstructionArbiter(10.0)
    arbiter.note_path(TargetPointPolicy().plan(first))
    arbiter.submit(Instruction(id='a', text=text), first.t_s, **options)
    assert arbiter.observe(first) == []
    assert arbiter.told is not None
    return arbiter


def ends(arbiter, observation):
    """Return why the instruction ended at this observation; empty: it has not."""
    statuses = arbiter.observe(observation)
    assert all(status.state is InstructionState.DONE for status in statuses)
    return ''.join(status.reason for status in statuses)


def test_slow_down_pauses_while_the_car_is_slow_and_ends_in_time() -> None:
    arbiter = told('Slow down.', seen())
    assert not ends(arbiter, seen(1.0, 4.7))
    assert arbiter.told is None
    assert arbiter.current is not None
    assert not ends(arbiter, seen(2.0, 5.0))
    assert arbiter.told is not None
    assert 'its 10 s are over' in ends(arbiter, seen(10.0, 4.7))
    assert arbiter.told is None


def test_a_car_that_stood_hears_it_all_the_time() -> None:
    arbiter = told('Slow down.', seen(speed_mps=0.0))
    assert not ends(arbiter, seen(1.0, 0.0))
    assert arbiter.told is not None


def test_a_stop_is_done_when_the_car_has_stood() -> None:
    arbiter = told('Please stop.', seen())
    for t_s, speed_mps in ((2.0, 0.1), (4.0, 0.5), (5.0, 0.0), (7.9, 0.0)):
        assert not ends(arbiter, seen(t_s, speed_mps))
        assert arbiter.told is not None
    assert 'stood' in ends(arbiter, seen(8.0, 0.0))


@pytest.mark.parametrize(('side', 'sign'), [('left', 1.0), ('right', -1.0)])
def test_a_lane_change_is_done_on_the_other_lane_only(side, sign) -> None:
    text = f'Change to the {side} lane.'
    assert not ends(told(text, seen()), seen(2.0, x_m=16.0, y_m=2.7 * sign))
    assert not ends(told(text, seen()), seen(2.0, x_m=16.0, y_m=-3.5 * sign))
    assert side in text
    assert 'that side' in ends(told(text, seen()), seen(2.0, x_m=16.0, y_m=2.9 * sign))


def test_a_bend_is_no_lane_change() -> None:
    arbiter, angle = InstructionArbiter(), 0.6
    on_the_bend = seen(
        2.0,
        x_m=RADIUS_M * np.sin(angle),
        y_m=RADIUS_M * (1.0 - np.cos(angle)),
        yaw_rad=angle,
    )
    arcs = np.linspace(0.0, 19.0 / RADIUS_M, 20)
    path = np.stack([RADIUS_M * np.sin(arcs), RADIUS_M * (1.0 - np.cos(arcs))], axis=1)
    plan = TargetPointPolicy().plan(seen())
    arbiter.note_path(type(plan)(**(vars(plan) | {'path_base_m': path})))
    arbiter.submit(Instruction(id='a', text='Take the left lane.'), 0.0)
    arbiter.observe(seen())
    assert on_the_bend.pose_map.planar.position_m[1] > 5.0
    assert not ends(arbiter, on_the_bend)


def test_faster_is_done_when_faster() -> None:
    arbiter = told('Go faster.', seen(speed_mps=4.0))
    assert not ends(arbiter, seen(1.0, 4.9))
    assert '5.1 m/s' in ends(arbiter, seen(2.0, 5.1))


def test_with_a_time_of_its_own_nothing_else_ends_or_pauses_it() -> None:
    arbiter = told('Slow down.', seen(), duration_s=3.0)
    assert not ends(arbiter, seen(2.9, 0.0))
    assert arbiter.told is not None
    assert ends(arbiter, seen(3.0, 0.0))


def test_unknown_words_last_their_time() -> None:
    arbiter = told('Mind the ducks.', seen())
    assert not ends(arbiter, seen(9.9, 0.0, y_m=5.0))
    assert arbiter.told is not None


def test_a_standing_car_has_a_lane_too() -> None:
    arbiter = InstructionArbiter()
    plan = TargetPointPolicy().plan(seen())
    still = np.zeros((20, 2))
    arbiter.note_path(type(plan)(**(vars(plan) | {'path_base_m': still})))
    arbiter.submit(Instruction(id='a', text='Take the left lane.'), 0.0)
    assert arbiter.observe(seen()) == []
    assert 'that side' in ends(arbiter, seen(1.0, x_m=5.0, y_m=3.0))
