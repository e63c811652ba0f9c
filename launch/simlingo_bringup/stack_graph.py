# SPDX-License-Identifier: Apache-2.0
"""The stack: perception, planner and control, in the simulator or in another world."""

from dataclasses import replace

from simlingo_bringup.carla_graph import (
    BRIDGE_NODES,
    CARLA_ARGUMENTS,
    DIRECT_SERVER,
    LOCALISATION,
    RELAY,
    route_source,
)
from simlingo_bringup.expert_graph import OBSERVER
from simlingo_bringup.graph_parts import (
    ARGUMENTS,
    CAMERA,
    FRAMES,
    QUALITY,
    ROLE,
    SCHEDULE,
    SEED,
    WAITS_FOR,
    world,
)
from simlingo_bringup.specification import (
    Argument,
    ArgumentSpec,
    Computed,
    Condition,
    Graph,
    NodeSpec,
    Restart,
)
from simlingo_bringup.view_graph import (
    ENDS_WHEN_DONE,
    PAGE_ARGUMENTS,
    RESTARTS_WITH_PAGE,
    VIEW_ARGUMENTS,
    VIEW_NODES,
)

STACK_ARGUMENTS = (
    ArgumentSpec(
        name='policy',
        default='mini',
        description='mini, path of a model folder, or route or straight, which need no model',
    ),
    ArgumentSpec(
        name='device', default='auto', description='where the model computes: auto, cpu, cuda'
    ),
    ArgumentSpec(
        name='engine',
        default='auto',
        description='what runs the model: auto, torch, openvino, onnxruntime, tensorrt',
    ),
    ArgumentSpec(
        name='precision',
        default='auto',
        description='number format of the engine: auto, float32, bfloat16, int8',
    ),
    ArgumentSpec(
        name='engine_fallback',
        default=False,
        description='use PyTorch where the engine cannot be used, instead of ending',
    ),
    ArgumentSpec(
        name='ready',
        default='plan',
        description="says /carla/<role>/status: with the first plan, or, for CARLA's leaderboard, "
        'as soon as the planner has loaded',
        choices=('plan', 'planner'),
    ),
    ArgumentSpec(
        name='rate_limit_hz',
        default=10.0,
        description='in real time: images planned on per second, at most',
    ),
)
SIMULATOR_ARGUMENTS = (
    ArgumentSpec(name='route', default='test:0', description='route set and id'),
    SEED,
    ArgumentSpec(
        name='situation', default='', description='name of the situation; empty: that of the route'
    ),
    ArgumentSpec(name='vehicles', default=30, description='other vehicles on the road'),
    ArgumentSpec(name='pedestrians', default=10, description='people on foot'),
    QUALITY,
    ArgumentSpec(
        name='weather',
        default='',
        description='preset of CARLA such as HardRainNight, random, noon; empty: of the route',
    ),
    ArgumentSpec(
        name='camera_faults',
        default='',
        description='dirt, drops, glare, noise, exposure, frozen, late, dropped; empty: none',
    ),
    ArgumentSpec(
        name='autopilot', default=False, description='the expert drives, the stack only plans'
    ),
    ArgumentSpec(
        name='result_path', default='', description='where the world writes its result as JSON'
    ),
    ArgumentSpec(
        name='top_view_period_ticks',
        default=0,
        description='ticks between images from above; 0: none',
    ),
    WAITS_FOR,
)
# What a CARLA server has of its own.
EMBEDDED_ONLY = ('vehicles', 'pedestrians', 'quality', 'weather', 'camera_faults')

BAG_ARGUMENTS = (
    ArgumentSpec(name='bag', default='', description='recording that world:=bag plays'),
    ArgumentSpec(name='bag_rate', default=1.0, description='speed of it, times real time'),
    ArgumentSpec(name='bag_start', default=0.0, description='where in it to begin, in seconds'),
    ArgumentSpec(name='bag_loop', default=False, description='begin it again at its end'),
)

VOICE_ARGUMENTS = (
    ArgumentSpec(
        name='voice', default=False, description='speech in and out (simlingo voice check)'
    ),
    ArgumentSpec(
        name='voice_source',
        default='topic',
        description='where sound comes from: topic, or microphone as well',
    ),
)

OBSERVER_ARGUMENTS = (
    ArgumentSpec(
        name='observe', default=False, description='record video and curves of the episode'
    ),
    ArgumentSpec(name='folder', default='out/episode', description='where video and curves go'),
    ArgumentSpec(
        name='instruction',
        default='',
        description='instruction that the observer gives once on the way',
    ),
    ArgumentSpec(
        name='instruction_progress',
        default=0.25,
        description='share of the route from which on it may give it',
    ),
)

STACK_OBSERVER = replace(
    OBSERVER,
    parameters=(
        *OBSERVER.parameters,
        ('instruction', '{instruction}'),
        ('instruction_progress', Argument('instruction_progress')),
    ),
    condition=Condition('observe', (True,)),
)
PERCEPTION = NodeSpec(
    package='simlingo_perception',
    module='simlingo_perception',
    executable='perception_node',
    name='perception',
    config_class='simlingo_perception.config:PerceptionNodeConfig',
    parameters=(
        ROLE,
        CAMERA,
        *SCHEDULE,
        ('rate_limit_hz', Argument('rate_limit_hz')),
        ('route_source', Computed(route_source)),
        # Its intrinsics are wrong there.
        ('uses_camera_info', Computed(lambda arguments: arguments['world'] != 'carla_native')),
    ),
    # A planner that hangs fills the stock shared-memory segment with images; when it is killed,
    # the next one would get nothing.
    publishes_images=True,
    restart=Restart.ON_FAILURE,
)
PLANNER = NodeSpec(
    package='simlingo_planner',
    module='simlingo_planner',
    executable='planner_node',
    name='planner',
    config_class='simlingo_planner.config:PlannerNodeConfig',
    parameters=(
        SCHEDULE[0],
        ('policy', '{policy}'),
        ('device', '{device}'),
        ('engine', '{engine}'),
        ('precision', '{precision}'),
        ('engine_fallback', Argument('engine_fallback')),
    ),
    restart=Restart.ON_FAILURE,
)
CONTROL = NodeSpec(
    package='simlingo_control',
    module='simlingo_control',
    executable='control_node',
    name='control',
    config_class='simlingo_control.config:ControlNodeConfig',
    parameters=(ROLE, *SCHEDULE, ('ready', '{ready}')),
    restart=Restart.ON_FAILURE,
)
VOICE = NodeSpec(
    package='simlingo_voice',
    module='simlingo_voice',
    executable='voice_node',
    name='voice',
    config_class='simlingo_voice.config:VoiceNodeConfig',
    parameters=(('source', '{voice_source}'),),
    condition=Condition('voice', (True,)),
    restart=Restart.ON_FAILURE,
)
WORLD = world(
    parameters=(
        *SCHEDULE[:2],
        ENDS_WHEN_DONE,
        ('has_odometry', Computed(lambda arguments: not arguments['localisation'])),
        *((argument.name, Argument(argument.name)) for argument in SIMULATOR_ARGUMENTS),
    ),
    condition=Condition('world', ('sim',)),
    after=('localisation', 'perception', 'planner', 'control', 'observer'),
    restart=RESTARTS_WITH_PAGE,
)
CARLA_WORLD = world(
    name='carla_world',
    parameters=(
        *SCHEDULE[:2],
        ENDS_WHEN_DONE,
        ('world', DIRECT_SERVER),
        ('has_odometry', Computed(lambda arguments: not arguments['localisation'])),
        *(
            (argument.name, Argument(argument.name))
            for argument in SIMULATOR_ARGUMENTS
            if argument.name not in EMBEDDED_ONLY
        ),
    ),
    condition=Condition('world', ('carla_direct',)),
    after=('localisation', 'perception', 'planner', 'control', 'observer'),
)
BAG_WORLD = NodeSpec(
    package='simlingo_bringup',
    module='simlingo_bringup.bag_world',
    executable='bag_world',
    name='bag_world',
    config_class='simlingo_bringup.bag_world.config:BagWorldConfig',
    parameters=(
        ('use_sim_time', False),
        ROLE,
        CAMERA,
        ('bag', '{bag}'),
        ('rate', Argument('bag_rate')),
        ('start_s', Argument('bag_start')),
        ('is_looped', Argument('bag_loop')),
    ),
    condition=Condition('world', ('bag',)),
    after=('perception', 'planner', 'control', 'observer'),
    publishes_images=True,
)

STACK = Graph(
    name='stack',
    description='the stack drives: camera to observation to plan to command',
    arguments=(
        *ARGUMENTS,
        *STACK_ARGUMENTS,
        *SIMULATOR_ARGUMENTS,
        *CARLA_ARGUMENTS,
        *BAG_ARGUMENTS,
        *OBSERVER_ARGUMENTS,
        *VOICE_ARGUMENTS,
        *VIEW_ARGUMENTS,
        *PAGE_ARGUMENTS,
    ),
    nodes=(
        *BRIDGE_NODES,
        RELAY,
        FRAMES,
        STACK_OBSERVER,
        CONTROL,
        LOCALISATION,
        PERCEPTION,
        PLANNER,
        VOICE,
        WORLD,
        CARLA_WORLD,
        BAG_WORLD,
        *VIEW_NODES,
    ),
    config_file='stack.yaml',
)


def stack_in(world: str) -> Graph:
    """Return the stack as a graph of its own name whose default world is this one."""
    arguments = tuple(
        replace(argument, default=world) if argument.name == 'world' else argument
        for argument in STACK.arguments
    )
    return replace(STACK, name=world, description=f'the stack in {world}', arguments=arguments)


CARLA = stack_in('carla')
CARLA_NATIVE = replace(
    stack_in('carla_native'),
    arguments=tuple(
        replace(argument, default='hero') if argument.name == 'role_name' else argument
        for argument in stack_in('carla_native').arguments
    ),
)
