# SPDX-License-Identifier: Apache-2.0
"""The whole stack on a recording: ``simlingo up world:=bag bag:=PATH``."""

import signal
from pathlib import Path

import pytest
from carla_msgs.msg import CarlaEgoVehicleControl
from sensor_msgs.msg import Image

from simlingo_bringup.bag_world.plan import plan_playback
from simlingo_bringup.graph import find_graph
from simlingo_bringup.resolution import resolve
from simlingo_core.errors import ConfigError
from simlingo_evaluation.replay.evaluation import Request, evaluate_bag
from simlingo_msgs.msg import DrivingPlan
from simlingo_ros.bag_cut import cut_bag
from simlingo_ros.bag_reader import BagReader

CLIP = Path(__file__).parent.parent / 'replay' / 'light_and_turn'


@pytest.mark.ros
def test_the_stack_plans_and_commands_on_a_recording_under_another_role(start, observer):
    plans, commands, images = [], [], []
    node = observer.node
    node.create_subscription(DrivingPlan, '/simlingo/plan', plans.append, 10)
    command_topic = '/carla/hero/vehicle_control_cmd'
    node.create_subscription(CarlaEgoVehicleControl, command_topic, commands.append, 10)
    node.create_subscription(Image, '/carla/hero/rgb_front/image', images.append, 1)
    arguments = ('world:=bag', f'bag:={CLIP}', 'policy:=route', 'role_name:=hero', 'bag_rate:=0.5')
    process = start('-m', 'simlingo_bringup', 'up', *arguments)
    observer.spin_until(lambda: process.popen.poll() is not None)

    assert process.wait() == 0, process.output
    assert 'the recording is over' in process.output
    assert 'other_commander' not in process.output
    assert 'follows the plan' in process.output
    assert plans
    stamps_s = {plan.header.stamp.sec + plan.header.stamp.nanosec / 1e9 for plan in plans}
    assert all(31.5 < stamp_s < 37.7 for stamp_s in stamps_s)
    assert max(command.throttle for command in commands) > 0.0
    assert (images[0].width, images[0].height, images[0].encoding) == (1024, 512, 'bgr8')


@pytest.mark.ros
@pytest.mark.slow
def test_over_topics_a_policy_is_scored_as_in_process(start, tmp_path):
    recorder = start('-m', 'simlingo_bringup', 'record', tmp_path / 'bag')
    recorder.wait_for_output('records')
    words = ('world:=bag', f'bag:={CLIP}', 'policy:=route', 'bag_rate:=0.25')
    stack = start('-m', 'simlingo_bringup', 'up', *words)
    assert stack.wait() == 0, stack.output
    recorder.signal_group(signal.SIGINT)
    recorder.wait()

    over_topics = evaluate_bag(tmp_path / 'bag', Request(policy='recorded')).summary
    in_process = evaluate_bag(CLIP, Request(policy='route')).summary
    assert over_topics['plans'] == pytest.approx(in_process['plans'], abs=2)
    for name in ('ade_2s', 'fde_2.5s', 'lateral_error', 'speed_error'):
        expected = in_process['measures'][name]['mean']
        assert over_topics['measures'][name]['mean'] == pytest.approx(expected, rel=0.1), name


def test_only_topics_of_the_world_are_played():
    with BagReader(CLIP) as bag:
        played = plan_playback(bag, 'hero', 'front')
    targets = {topic: entry.interface.name for topic, entry in played.items()}
    assert targets['/carla/ego_vehicle/odometry'] == '/carla/hero/odometry'
    image = played['/carla/ego_vehicle/rgb_front/image/compressed']
    assert (image.interface.name, image.is_decoded) == ('/carla/hero/front/image', True)
    assert not {'/simlingo/plan', '/carla/ego_vehicle/vehicle_control_cmd'} & set(played)


def test_a_bag_without_images_and_a_missing_bag_are_refused(tmp_path):
    cut_bag(CLIP, tmp_path / 'blind', start_s=32.0, end_s=33.0, topics=['*odometry', '*plan'])
    with (
        BagReader(tmp_path / 'blind') as bag,
        pytest.raises(ConfigError, match='no sensor_msgs/msg/Image'),
    ):
        plan_playback(bag, 'hero', 'front')
    with pytest.raises(ConfigError, match='bag:=PATH'):
        resolve(find_graph('stack'), {'world': 'bag'})
