# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from simlingo_core.images import decode_rgb
from simlingo_core.overlay import PATH_RGB, PinholeCamera
from simlingo_core.route import Route
from simlingo_core.status import InstructionState, InstructionStatus, SafetyLevel, SafetyState
from simlingo_core.types import Instruction, InstructionKind, RoadOption
from simlingo_view.display.drawing import draw_overlay
from simlingo_view.display.shapes import plan_shapes, route_shape, speed_color
from simlingo_view.stack_memory import KEPT_OBSERVATIONS, InstructionLog, StackMemory


def by_name(shapes):
    return {shape.name: shape for shape in shapes}


def status(ident, state, reason=''):
    return InstructionStatus(t_s=1.0, id=ident, state=state, reason=reason)


def test_shapes_lie_where_the_plan_was_made(plan, observation):
    shapes = by_name(plan_shapes(plan, observation, StackMemory()))

    ahead_map_m = np.add(plan.path_base_m, [10.0, 20.0])
    np.testing.assert_allclose(shapes['path'].points_map_m[:, :2], ahead_map_m)
    np.testing.assert_allclose(shapes['target_points'].points_map_m[0], [30.0, 20.0, 0.1])
    assert len(shapes['speed_waypoints'].colors) == 10
    assert shapes['safety_state'].is_empty
    assert shapes['instruction'].is_empty


def test_shapes_show_words_and_route(plan):
    memory = StackMemory()
    memory.safety = SafetyState(
        t_s=2.0, level=SafetyLevel.EMERGENCY, reasons=('other_commander:/teleop',)
    )
    memory.commentary = 'Driving on.'
    memory.instructions.add(Instruction(id='a', text='slow down'))
    memory.instructions.note(status('a', InstructionState.ACTIVE))

    shapes = by_name(plan_shapes(plan, None, memory))
    route = Route(np.array([[0.0, 0.0], [10.0, 0.0]]), [RoadOption.LANE_FOLLOW] * 2)

    assert shapes['safety_state'].text == 'emergency: another node commands the car (/teleop)'
    assert shapes['instruction'].text == 'instruction: slow down'
    assert shapes['commentary'].text == 'Driving on.'
    assert shapes['target_points'].is_empty
    assert len(route_shape(route).points_map_m) == 2
    assert route_shape(None).is_empty


def test_colours_of_speeds_go_from_red_to_green():
    assert speed_color(0.0)[0] > speed_color(0.0)[1]
    assert speed_color(20.0) == speed_color(12.0)
    assert speed_color(12.0)[1] > speed_color(12.0)[0]


def test_the_overlay_has_the_path_where_the_camera_sees_it(plan, observation):
    jpeg = draw_overlay(observation, plan, StackMemory(), 95)

    image = decode_rgb(jpeg)
    assert image.shape == (512 + 62, 1024, 3)
    u_px, v_px = PinholeCamera().project(plan.path_base_m)[12]
    np.testing.assert_allclose(image[round(v_px), round(u_px)], PATH_RGB, atol=40)
    np.testing.assert_allclose(image[100, 100], 90, atol=3)


def test_observations_are_kept_until_their_plans_have_come(plan, observation):
    memory = StackMemory()
    memory.add_observation(observation)
    assert memory.observation_of(plan) is observation

    for tick in range(KEPT_OBSERVATIONS):
        memory.add_observation(type(observation)(**vars(observation) | {'t_s': 10.0 + tick}))
    assert memory.observation_of(plan) is None


def test_an_instruction_is_followed_to_its_end():
    log = InstructionLog()
    assert log.add(Instruction(text='', kind=InstructionKind.CANCEL)) is None
    log.add(Instruction(id='a', text='slow down'))
    log.add(Instruction(text='stop'))
    assert log.active_text == ''

    log.note(status('a', InstructionState.ACCEPTED))
    assert log.active_text == 'slow down'
    log.note(status('a', InstructionState.CANCELLED))
    log.note(status('planner-1', InstructionState.RECEIVED))
    log.note(status('planner-1', InstructionState.ACTIVE))

    assert log.active_text == 'stop'
    assert log.note(status('unknown', InstructionState.ACTIVE)) is None
    assert [entry.state for entry in log.entries] == [
        InstructionState.CANCELLED,
        InstructionState.ACTIVE,
    ]


@pytest.mark.parametrize('text', ['<script>alert(1)</script>', 'x' * 500, '\x00\x07', '日本語 🚗'])
def test_hostile_words_are_only_drawn(plan, observation, text):
    memory = StackMemory()
    memory.commentary = text
    memory.instructions.add(Instruction(id='a', text=text + '.'[: 500 - len(text)]))
    memory.instructions.note(status('a', InstructionState.ACTIVE))

    assert decode_rgb(draw_overlay(observation, plan, memory, 80)).shape == (574, 1024, 3)
