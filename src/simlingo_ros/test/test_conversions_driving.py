# SPDX-License-Identifier: Apache-2.0
"""Round trips of observation, plan and language, through the wire format of the messages."""

import math

import numpy as np
import pytest
from conversion_samples import (
    options,
    phrases,
    point_tables,
    poses,
    same_pose,
    shares,
    single,
    texts,
    times,
    wire,
)
from hypothesis import given
from hypothesis import strategies as st

import simlingo_ros.conversions as convert
from simlingo_core.errors import ContractError, NonFiniteError
from simlingo_core.geometry import Pose3
from simlingo_core.status import InstructionState, InstructionStatus, SafetyLevel, SafetyState
from simlingo_core.types import (
    Answer,
    Commentary,
    DrivingPlan,
    Instruction,
    InstructionKind,
    InstructionSource,
    Observation,
    RoadOption,
    SafetyMode,
)
from simlingo_msgs.action import FollowInstruction
from simlingo_msgs.msg import Instruction as InstructionMessage
from simlingo_msgs.srv import Ask
from simlingo_ros.conversions.language import instruction_seen

pytestmark = pytest.mark.ros


@given(times, st.binary(max_size=50), poses, st.floats(-5, 50), point_tables(2), options, shares)
def test_observation(t_s, jpeg, pose, speed, targets, option, progress):
    observation = Observation(
        t_s=t_s,
        image_jpeg=jpeg,
        pose_map=pose,
        speed_mps=speed,
        target_points_base_m=targets,
        command=option,
        next_command=RoadOption.STRAIGHT,
        command_distance_m=12.5,
        route_progress=progress,
        is_off_route=progress > 0.5,
    )
    back = convert.message_to_observation(wire(convert.observation_to_message(observation)))
    assert (back.t_s, back.image_jpeg, back.speed_mps) == (t_s, jpeg, speed)
    assert (back.command, back.next_command) == (option, RoadOption.STRAIGHT)
    assert (back.command_distance_m, back.route_progress) == (12.5, progress)
    assert back.is_off_route == (progress > 0.5)
    same_pose(back.pose_map, pose)
    np.testing.assert_array_equal(back.target_points_base_m, targets)


@given(
    times,
    poses,
    point_tables(20),
    point_tables(10),
    single(0, 60) | st.just(math.inf),
    texts,
    shares,
)
def test_plan(t_s, pose, path, speeds, limit, name, confidence):
    for known in (confidence, math.nan):
        plan = DrivingPlan(
            t_s=t_s,
            pose_map=pose,
            path_base_m=path,
            speed_waypoints_base_m=speeds,
            policy=name,
            max_speed_mps=limit,
            stop_reason='off_route',
            instruction_id='i1',
            confidence=known,
            inference_time_s=0.125,
        )
        back = convert.message_to_plan(wire(convert.plan_to_message(plan)))
        assert (back.t_s, back.max_speed_mps, back.policy) == (t_s, limit, name)
        assert (back.instruction_id, back.inference_time_s) == ('i1', 0.125)
        assert back.stop_reason == 'off_route'
        np.testing.assert_array_equal(back.confidence, known)
        np.testing.assert_array_equal(back.path_base_m, path)
        np.testing.assert_array_equal(back.speed_waypoints_base_m, speeds)
        same_pose(back.pose_map, pose)


@pytest.mark.parametrize(
    ('field', 'value'),
    [('max_speed', math.nan), ('inference_time', math.inf), ('confidence', math.inf)],
)
def test_a_plan_with_a_number_that_is_not_finite_is_refused_by_name(field, value):
    message = convert.plan_to_message(empty_plan())
    setattr(message, field, value)
    with pytest.raises(NonFiniteError, match=f'DrivingPlan.{field}'):
        convert.message_to_plan(message)


def test_a_plan_with_a_point_that_is_not_finite_is_refused():
    message = convert.plan_to_message(empty_plan())
    message.path[3].y = math.nan
    with pytest.raises(NonFiniteError, match=r'DrivingPlan\.path\[3, 1\]'):
        convert.message_to_plan(message)


def empty_plan():
    return DrivingPlan(
        t_s=0.0,
        pose_map=Pose3.identity(),
        path_base_m=np.zeros((20, 2)),
        speed_waypoints_base_m=np.zeros((10, 2)),
        policy='none',
    )


@given(
    times,
    texts,
    phrases,
    st.sampled_from(InstructionSource),
    st.sampled_from(InstructionKind),
    st.sampled_from(SafetyMode),
)
def test_instruction(t_s, identifier, text, source, kind, mode):
    instruction = Instruction(
        t_s=t_s, id=identifier, text=text, source=source, kind=kind, safety_mode=mode
    )
    message = wire(convert.instruction_to_message(instruction))
    assert convert.message_to_instruction(message) == instruction


def test_who_only_watches_passes_over_an_instruction_that_the_planner_rejects():
    assert instruction_seen(InstructionMessage(text='go')).text == 'go'
    for bad in (InstructionMessage(text=''), InstructionMessage(text='go', kind=9)):
        assert instruction_seen(bad) is None


def test_the_default_of_message_and_core_is_the_safe_mode():
    """Case G12: one default everywhere."""
    default = Instruction(text='go').safety_mode
    assert default is SafetyMode.REFUSE_UNSAFE
    assert convert.message_to_instruction(InstructionMessage(text='go')).safety_mode is default
    goal, _ = convert.goal_to_instruction(FollowInstruction.Goal(text='go'), 'g', 0.0)
    assert goal.safety_mode is default


def test_a_bad_instruction_is_refused():
    message = convert.instruction_to_message(Instruction(id='a', text='go'))
    message.kind = 7
    with pytest.raises(ContractError, match=r'Instruction\.kind is 7.*INSTRUCT'):
        convert.message_to_instruction(message)
    message.kind, message.text = 0, '  '
    with pytest.raises(ContractError, match='empty'):
        convert.message_to_instruction(message)


@given(times, texts, st.sampled_from(InstructionState), texts, texts)
def test_instruction_status(t_s, identifier, state, reason, reply):
    status = InstructionStatus(
        t_s=t_s, id=identifier, state=state, reason=reason, spoken_reply=reply
    )
    message = wire(convert.instruction_status_to_message(status))
    assert convert.message_to_instruction_status(message) == status
    result = wire(convert.status_to_result(status))
    assert (result.state, result.reason, result.spoken_reply) == (int(state), reason, reply)


@given(times, texts, st.booleans())
def test_commentary(t_s, text, is_growing):
    commentary = Commentary(t_s=t_s, text=text, is_growing=is_growing)
    message = wire(convert.commentary_to_message(commentary))
    assert convert.message_to_commentary(message) == commentary


@given(times, st.sampled_from(SafetyLevel), st.lists(texts, max_size=3), single(0, 9))
def test_safety_state(t_s, level, reasons, age):
    for known in (age, math.nan):
        state = SafetyState(
            t_s=t_s, level=level, reasons=tuple(reasons), plan_age_s=known, margin_s=-known
        )
        back = convert.message_to_safety_state(wire(convert.safety_state_to_message(state)))
        assert (back.t_s, back.level, back.reasons) == (t_s, level, tuple(reasons))
        np.testing.assert_array_equal(back.plan_age_s, known)
        np.testing.assert_array_equal(back.margin_s, -known)


@given(phrases, times, st.booleans())
def test_question_and_answer(text, t_s, is_success):
    instruction = convert.ask_to_instruction(wire(Ask.Request(question=text)), 'q1', t_s)
    assert (instruction.text, instruction.kind) == (text, InstructionKind.ASK)
    answer = Answer(text=text, image_t_s=t_s, is_success=is_success)
    response = wire(convert.fill_answer(Ask.Response(), answer))
    assert convert.response_to_answer(response) == answer


@given(phrases, single(0, 60), st.sampled_from(SafetyMode))
def test_goal(text, duration, mode):
    instruction = Instruction(
        id='g', text=text, source=InstructionSource.API, safety_mode=mode, t_s=1.0
    )
    goal = wire(convert.instruction_to_goal(instruction, duration))
    assert convert.goal_to_instruction(goal, 'g', 1.0) == (instruction, duration)


def test_a_goal_for_an_impossible_time_is_refused():
    goal = FollowInstruction.Goal(text='go', duration=math.nan)
    with pytest.raises(NonFiniteError, match='duration'):
        convert.goal_to_instruction(goal, 'g', 0.0)
