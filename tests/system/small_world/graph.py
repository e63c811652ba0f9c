# SPDX-License-Identifier: Apache-2.0
"""The graph: frames, perception, planner and control of the stack, and the small world."""

from __future__ import annotations

from dataclasses import replace

from simlingo_bringup.graph_parts import ARGUMENTS, CAMERA, FRAMES, ROLE, SCHEDULE
from simlingo_bringup.specification import Argument, ArgumentSpec, Condition, Graph, NodeSpec
from simlingo_bringup.stack_graph import CONTROL, PERCEPTION, PLANNER, STACK_ARGUMENTS

EPISODE_ARGUMENTS = (
    ArgumentSpec(name='radius_m', default=60.0, description='radius of the route'),
    ArgumentSpec(
        name='episode_ticks', default=0, description='ticks until the world ends; 0: never'
    ),
    ArgumentSpec(name='summary_path', default='', description='where the world writes its end'),
)
WORLD = NodeSpec(
    package='small_world',
    module='small_world',
    executable='small_world',
    name='world',
    config_class='small_world.config:SmallWorldConfig',
    parameters=(
        ('use_sim_time', False),
        ROLE,
        CAMERA,
        *SCHEDULE[:2],
        *((argument.name, Argument(argument.name)) for argument in EPISODE_ARGUMENTS),
    ),
    condition=Condition('world', ('sim',)),
    after=('perception', 'planner', 'control'),
    publishes_images=True,
)
GRAPH = Graph(
    name='small_world',
    description='the stack in a world of the tests',
    arguments=(*ARGUMENTS, *STACK_ARGUMENTS, *EPISODE_ARGUMENTS),
    nodes=(
        FRAMES,
        CONTROL,
        PERCEPTION,
        replace(PLANNER, module='small_world.slow_planner'),
        WORLD,
    ),
)
