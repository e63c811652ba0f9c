# SPDX-License-Identifier: Apache-2.0
"""What all graphs share: arguments, the schedule, the base frame, the simulator."""

from typing import Any

from simlingo_bringup.specification import Argument, ArgumentSpec, Condition, NodeSpec, Restart

# Of nodes that only watch.  In lockstep no node can be late, and the world runs as fast as it can.
IN_REAL_TIME = Condition('lockstep', (False,))

ARGUMENTS = (
    ArgumentSpec(
        name='world',
        default='sim',
        description='what the stack drives in; sim starts a world, bag plays bag:=PATH, '
        'carla_direct drives on a CARLA server without its ROS bridge',
        choices=('sim', 'carla', 'carla_direct', 'carla_native', 'bag'),
    ),
    ArgumentSpec(
        name='role_name', default='ego_vehicle', description="the car's role name in CARLA"
    ),
    ArgumentSpec(name='camera_id', default='rgb_front', description='id of the front camera'),
    ArgumentSpec(
        name='namespace', default='simlingo', description="namespace of the stack's own topics"
    ),
    ArgumentSpec(
        name='params_file', default='', description='parameter file that overrides the defaults'
    ),
    ArgumentSpec(
        name='use_sim_time', default=True, description='follow /clock instead of the wall clock'
    ),
    ArgumentSpec(
        name='log_level',
        default='info',
        description='least severe messages to print',
        choices=('debug', 'info', 'warn', 'error', 'fatal'),
    ),
    ArgumentSpec(
        name='lockstep',
        default=False,
        description='the world waits for each command; the speed of the machine has no influence',
    ),
    ArgumentSpec(
        name='plan_period_ticks', default=4, description='ticks from one plan to the next'
    ),
    ArgumentSpec(
        name='plan_latency_ticks',
        default=2,
        description='in lockstep: ticks until a plan comes into force',
    ),
)

SEED = ArgumentSpec(name='seed', default=0, description='of traffic, situations and looks')
QUALITY = ArgumentSpec(
    name='quality',
    default='plain',
    description='of the images',
    choices=('plain', 'antialiased', 'full'),
)
WAITS_FOR = ArgumentSpec(
    name='waits_for',
    default='',
    description='full name of a node that must listen before the episode begins; empty: none',
)

SCHEDULE = (
    ('lockstep', Argument('lockstep')),
    ('plan_period_ticks', Argument('plan_period_ticks')),
    ('plan_latency_ticks', Argument('plan_latency_ticks')),
)
ROLE = ('role_name', Argument('role_name'))
CAMERA = ('camera_id', Argument('camera_id'))

FRAMES = NodeSpec(
    package='simlingo_bringup',
    module='simlingo_bringup.frames',
    executable='frame_publisher',
    name='frames',
    config_class='simlingo_bringup.frames.config:FramesConfig',
    parameters=(ROLE,),
    required=False,
    restart=Restart.ON_FAILURE,
)


def world(
    parameters: tuple[tuple[str, Any], ...], name: str = 'world', **changes: Any
) -> NodeSpec:
    """Return the simulator's node with the parameters of a graph."""
    return NodeSpec(
        package='simlingo_sim',
        module='simlingo_sim',
        executable='simlingo_world',
        name=name,
        config_class='simlingo_sim.config:SimConfig',
        parameters=(('use_sim_time', False), ROLE, CAMERA, *parameters),
        publishes_images=True,
        **changes,
    )
