# SPDX-License-Identifier: Apache-2.0
"""The expert on a route of the simulator, watched: the graph of ``simlingo demo``."""

from simlingo_bringup.graph_parts import (
    ARGUMENTS,
    CAMERA,
    FRAMES,
    IN_REAL_TIME,
    QUALITY,
    ROLE,
    SEED,
    WAITS_FOR,
    world,
)
from simlingo_bringup.specification import Argument, ArgumentSpec, Graph, NodeSpec
from simlingo_bringup.view_graph import ENDS_WHEN_DONE, PAGE, PAGE_ARGUMENTS

DRIVE_ARGUMENTS = (
    ArgumentSpec(name='route', default='test:20', description='route set and id'),
    SEED,
    QUALITY,
    WAITS_FOR,
    ArgumentSpec(
        name='folder', default='out/demo', description='where video, curves and result go'
    ),
)

OBSERVER = NodeSpec(
    package='simlingo_bringup',
    module='simlingo_bringup.observer',
    executable='observer_node',
    name='observer',
    config_class='simlingo_bringup.observer.config:ObserverConfig',
    parameters=(ROLE, CAMERA, ('folder', Argument('folder'))),
    gives_way=IN_REAL_TIME,
)
EXPERT_WORLD = world(
    parameters=(
        ('lockstep', Argument('lockstep')),
        ('route', Argument('route')),
        ('seed', Argument('seed')),
        ('quality', Argument('quality')),
        ('waits_for', Argument('waits_for')),
        ('autopilot', True),
        ENDS_WHEN_DONE,
        ('top_view_period_ticks', 4),
        ('result_path', '{folder}/result.json'),
    ),
    after=('observer',),
)

EXPERT_DRIVE = Graph(
    name='expert_drive',
    description='the expert drives a route of the simulator, and everything is recorded',
    arguments=(*ARGUMENTS, *DRIVE_ARGUMENTS, *PAGE_ARGUMENTS),
    nodes=(FRAMES, OBSERVER, EXPERT_WORLD, PAGE),
)
