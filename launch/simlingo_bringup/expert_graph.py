# SPDX-License-Identifier: Apache-2.0
"""The expert on a route of the simulator, watched: the graph of ``simlingo demo``."""

from simlingo_bringup.graph_parts import ARGUMENTS, CAMERA, FRAMES, ROLE
from simlingo_bringup.specification import Argument, ArgumentSpec, Condition, Graph, NodeSpec

DRIVE_ARGUMENTS = (
    ArgumentSpec(name='route', default='test:20', description='route set and id'),
    ArgumentSpec(name='seed', default=0, description='of traffic, situations and looks'),
    ArgumentSpec(
        name='quality',
        default='plain',
        description='of the images',
        choices=('plain', 'antialiased', 'full'),
    ),
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
    # In lockstep no node can be late, and the world runs as fast as it can.
    gives_way=Condition('lockstep', (False,)),
)
EXPERT_WORLD = NodeSpec(
    package='simlingo_sim',
    module='simlingo_sim',
    executable='simlingo_world',
    name='world',
    config_class='simlingo_sim.config:SimConfig',
    parameters=(
        ('use_sim_time', False),
        ROLE,
        CAMERA,
        ('lockstep', Argument('lockstep')),
        ('route', Argument('route')),
        ('seed', Argument('seed')),
        ('quality', Argument('quality')),
        ('autopilot', True),
        ('top_view_period_ticks', 4),
        ('result_path', '{folder}/result.json'),
    ),
    after=('observer',),
    publishes_images=True,
)

EXPERT_DRIVE = Graph(
    name='expert_drive',
    description='the expert drives a route of the simulator, and everything is recorded',
    arguments=(*ARGUMENTS, *DRIVE_ARGUMENTS),
    nodes=(FRAMES, OBSERVER, EXPERT_WORLD),
)
