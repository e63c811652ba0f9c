# SPDX-License-Identifier: Apache-2.0
import dataclasses
import math

import numpy as np
import pytest

from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.status import InstructionState
from simlingo_core.types import Instruction, Observation
from simlingo_planner.arbiter import InstructionArbiter
from simlingo_planner.baselines import TargetPointPolicy

RADIUS_M = 30.0


def observe(t_s=0.0, speed_mps=8.0, x_m=0.0, y_m=0.0, yaw_rad=0.0) -> Observation:
    return Observation(
        t_s=t_s,
        image_jpeg=b'',
        pose_map=Pose3.from_planar(Pose2(x_m, y_m, yaw_rad)),
        speed_mps=speed_mps,
        target_points_base_m=np.array([[10.0, 0.0], [60.0, 0.0]]),
    )


def instructed(text, first, **options) -> InstructionArbiter:
    arbiter = InstructionArbiter(10.0)
    arbiter.note_plan(TargetPointPolicy().plan(first), first.t_s)
    arbiter.submit(Instruction(id='a', text=text), first.t_s, **options)
    assert arbiter.observe(first) == []
    assert arbiter.prompted is not None
    return arbiter


def ends(arbiter, observation, state=InstructionState.DONE):
    """Return why the instruction ended at this observation; empty: it has not."""
    statuses = arbiter.observe(observation)
    assert all(status.state is state for status in statuses)
    return ''.join(status.reason for status in statuses)


def not_followed(arbiter, observation):
    return ends(arbiter, observation, InstructionState.NOT_FOLLOWED)


def test_slow_down_pauses_while_the_car_is_slow_and_ends_in_time() -> None:
    arbiter = instructed('Slow down.', observe())
    assert not ends(arbiter, observe(1.0, 4.7))
    assert arbiter.prompted is None
    assert arbiter.active is not None
    assert not ends(arbiter, observe(2.0, 5.0))
    assert arbiter.prompted is not None
    reason = ends(arbiter, observe(10.0, 4.7))
    assert reason == ('its 10 s are over; the lowest speed was 4.7 m/s, 8.0 m/s at its beginning')
    assert arbiter.prompted is None


def test_slower_caps_the_speed_at_that_of_its_beginning_even_while_it_pauses() -> None:
    arbiter = InstructionArbiter(10.0)
    assert arbiter.max_speed_mps == math.inf
    arbiter.submit(Instruction(id='a', text='drive more slowly'), 0.0)
    for t_s, speed_mps in ((0.2, 8.0), (1.0, 4.0), (2.0, 7.0)):
        arbiter.observe(observe(t_s, speed_mps))
        assert arbiter.max_speed_mps == 8.0
    arbiter.expire(10.0)
    assert arbiter.max_speed_mps == math.inf


def test_a_car_that_does_not_slow_down_has_not_followed() -> None:
    """Case R1: an instruction that the drive contradicts."""
    arbiter = instructed('Slow down.', observe())
    arbiter.observe(observe(5.0, 6.9))
    reason = not_followed(arbiter, observe(10.0, 8.0))
    assert reason.startswith('its 10 s are over; the lowest speed was 6.9 m/s')


def test_a_car_that_stands_is_slow_enough() -> None:
    arbiter = InstructionArbiter(10.0)
    arbiter.submit(Instruction(id='a', text='Slow down.'), 0.0)
    assert 'stood already' in ends(arbiter, observe(speed_mps=0.0))


def test_a_stop_is_done_when_the_car_has_stood() -> None:
    arbiter = instructed('Please stop.', observe())
    for t_s, speed_mps in ((2.0, 0.1), (3.0, 0.5), (4.0, 0.0), (8.9, 0.0)):
        assert not ends(arbiter, observe(t_s, speed_mps))
        assert arbiter.prompted is not None
    assert 'stood for 5 s' in ends(arbiter, observe(9.0, 0.0))


def test_a_stop_lets_the_speed_only_fall_and_holds_a_car_that_creeps() -> None:
    arbiter = instructed('stop', observe())
    allowed = []
    for t_s, speed_mps in ((1.0, 8.5), (2.0, 5.0), (3.0, 6.0), (4.0, 0.9), (5.0, 1.5)):
        arbiter.observe(observe(t_s, speed_mps))
        allowed.append(arbiter.max_speed_mps)
    assert allowed == [8.0, 5.0, 5.0, 0.0, 0.0]


def test_a_stop_that_the_car_ignores_is_not_followed() -> None:
    arbiter = instructed('stop', observe())
    reason = not_followed(arbiter, observe(10.0, 7.5))
    assert 'the car drives 7.5 m/s' in reason


@pytest.mark.parametrize(('side', 'sign'), [('left', 1.0), ('right', -1.0)])
def test_a_lane_change_is_done_on_the_other_lane_only(side, sign) -> None:
    text = f'Change to the {side} lane.'
    assert not ends(instructed(text, observe()), observe(2.0, x_m=16.0, y_m=2.7 * sign))
    assert not ends(instructed(text, observe()), observe(2.0, x_m=16.0, y_m=-3.5 * sign))
    done = ends(instructed(text, observe()), observe(2.0, x_m=16.0, y_m=2.9 * sign))
    assert 'that side' in done
    stayed = not_followed(instructed(text, observe()), observe(10.0, x_m=40.0, y_m=0.5 * sign))
    assert 'moved' in stayed


def test_a_bend_is_no_lane_change() -> None:
    arbiter, angle = InstructionArbiter(), 0.6
    on_the_bend = observe(
        2.0,
        x_m=RADIUS_M * np.sin(angle),
        y_m=RADIUS_M * (1.0 - np.cos(angle)),
        yaw_rad=angle,
    )
    arcs = np.linspace(0.0, 19.0 / RADIUS_M, 20)
    path = np.stack([RADIUS_M * np.sin(arcs), RADIUS_M * (1.0 - np.cos(arcs))], axis=1)
    plan = TargetPointPolicy().plan(observe())
    arbiter.note_plan(type(plan)(**(vars(plan) | {'path_base_m': path})), 0.0)
    arbiter.submit(Instruction(id='a', text='Take the left lane.'), 0.0)
    arbiter.observe(observe())
    assert on_the_bend.pose_map.planar.position_m[1] > 5.0
    assert not ends(arbiter, on_the_bend)


def test_faster_is_done_when_faster() -> None:
    arbiter = instructed('Go faster.', observe(speed_mps=4.0))
    assert not ends(arbiter, observe(1.0, 4.9))
    assert arbiter.max_speed_mps == math.inf
    assert '5.1 m/s' in ends(arbiter, observe(2.0, 5.1))
    late = instructed('Go faster.', observe(speed_mps=4.0))
    assert 'highest speed was 4.0 m/s' in not_followed(late, observe(10.0, 4.0))


def test_a_target_speed_is_followed_when_it_was_reached() -> None:
    arbiter = instructed('Drive at 18 km/h.', observe())
    arbiter.observe(observe(5.0, 5.6))
    assert 'within 0.6 m/s' in ends(arbiter, observe(10.0, 7.0))
    arbiter = instructed('Drive at 18 km/h.', observe())
    assert 'within 2.5 m/s' in not_followed(arbiter, observe(10.0, 7.5))


def test_with_a_duration_nothing_else_ends_or_pauses_it_and_its_caps_hold() -> None:
    arbiter = instructed('Slow down.', observe(), duration_s=3.0)
    assert not ends(arbiter, observe(2.0, 0.0))
    assert arbiter.prompted is not None
    assert arbiter.max_speed_mps == 8.0
    assert not ends(arbiter, observe(2.9, 0.0))
    assert ends(arbiter, observe(3.0, 0.0))


def test_unknown_words_last_their_time() -> None:
    arbiter = instructed('Mind the ducks.', observe())
    assert not ends(arbiter, observe(9.9, 0.0, y_m=5.0))
    assert arbiter.prompted is not None
    assert ends(arbiter, observe(10.0)) == 'its 10 s are over'


def test_a_standing_car_has_a_lane_too() -> None:
    arbiter = InstructionArbiter()
    plan = TargetPointPolicy().plan(observe())
    still = np.zeros((20, 2))
    arbiter.note_plan(type(plan)(**(vars(plan) | {'path_base_m': still})), 0.0)
    arbiter.submit(Instruction(id='a', text='Take the left lane.'), 0.0)
    assert arbiter.observe(observe()) == []
    assert 'that side' in ends(arbiter, observe(1.0, x_m=5.0, y_m=3.0))


@pytest.mark.parametrize(
    ('text', 'caps_mps'),
    [
        ('Slow down.', [8.0, 8.0, 7.0, 5.6, 5.6]),
        ('Stop.', [8.0, 8.0, 6.0, 0.0, 0.0]),
        ('Drive at 18 km/h.', [8.0, 6.5, 5.0, 5.0, 5.0]),
    ],
)
def test_the_cap_falls_where_the_model_drives_on(text, caps_mps) -> None:
    """Cases R1 and R2: the car obeys whatever the model plans."""
    arbiter = instructed(text, observe())
    for t_s, cap_mps in zip([0.0, 1.0, 3.0, 6.0, 9.0], caps_mps, strict=True):
        assert not ends(arbiter, observe(t_s, 8.0))
        assert arbiter.max_speed_mps == pytest.approx(cap_mps)


def test_where_the_model_is_measured_the_cap_only_keeps_the_speed_from_rising() -> None:
    arbiter = InstructionArbiter(gives_words_as_typed=True)
    arbiter.submit(Instruction(id='a', text='Stop.'), 0.0)
    for t_s in (0.0, 5.0):
        arbiter.observe(observe(t_s, 8.0))
    assert arbiter.max_speed_mps == 8.0


def test_a_lane_change_in_a_long_bend_is_measured_against_the_bend() -> None:
    """Case R14: the lane goes on bending where the plan's path ends."""
    angles = np.linspace(0.0, 19.0 / RADIUS_M, 20)

    def on_arc(angle, radius_m=RADIUS_M):
        return np.array([radius_m * np.sin(angle), RADIUS_M - radius_m * np.cos(angle)])

    first = dataclasses.replace(
        observe(), target_points_base_m=np.array([on_arc(1.1), on_arc(1.5)])
    )
    plan = TargetPointPolicy().plan(first)
    path = np.stack([on_arc(angle) for angle in angles])
    arbiter = InstructionArbiter()
    arbiter.note_plan(dataclasses.replace(plan, path_base_m=path), 0.0)
    arbiter.submit(Instruction(id='a', text='Take the left lane.'), 0.0)
    arbiter.observe(first)
    place = on_arc(1.05)
    assert not ends(arbiter, observe(3.0, x_m=place[0], y_m=place[1], yaw_rad=1.05))
    place = on_arc(1.05, RADIUS_M - 3.5)
    done = ends(arbiter, observe(4.0, x_m=place[0], y_m=place[1], yaw_rad=1.05))
    assert 'moved 3.' in done
