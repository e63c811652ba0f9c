# SPDX-License-Identifier: Apache-2.0
"""Publishers that offer less than a node asks for, over DDS between processes."""

import signal

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from carla_msgs.msg import CarlaRoute
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.event_handler import PublisherEventCallbacks
from rclpy.qos import QoSProfile, ReliabilityPolicy
from std_msgs.msg import Float32, String

from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.route import Route
from simlingo_core.types import EgoState, RoadOption
from simlingo_ros import interfaces
from simlingo_ros.conversions.route import route_to_message
from simlingo_ros.conversions.time import seconds_to_stamp
from simlingo_ros.conversions.vehicle import ego_state_to_odometry
from simlingo_ros.endpoints import create_subscription, load_type
from simlingo_ros.images import array_to_image

pytestmark = pytest.mark.ros
BEST_EFFORT = ReliabilityPolicy.BEST_EFFORT
OFFER = '/observer offers best effort, volatile'


@pytest.fixture
def lines(observer):
    """Diagnostics by name: level and message."""
    found = {}

    def collect(message):
        found.update({s.name: (ord(s.level), s.message) for s in message.status})

    observer.node.create_subscription(DiagnosticArray, '/diagnostics', collect, 10)
    return found


def offer(observer, message_type, topic, **policies):
    # rclpy's own callback of an incompatible subscription uses a deprecated function.
    quiet = PublisherEventCallbacks(use_default_callbacks=False)
    profile = QoSProfile(**{'depth': 1, 'reliability': BEST_EFFORT, **policies})
    return observer.node.create_publisher(message_type, topic, profile, event_callbacks=quiet)


def poke_until(observer, lines, name):
    poke = offer(observer, String, 'poke')

    def is_reported():
        poke.publish(String(data='fault'))
        return name in lines

    observer.spin_until(is_reported)


def test_a_subscription_takes_what_the_publisher_offers_and_reports_it(talk, observer, lines):
    talk()
    poke_until(observer, lines, 'talker: poke')
    assert lines['talker: poke'] == (2, 'poked with a fault')
    expected = (0, f'{OFFER}; messages may be lost')
    observer.spin_until(lambda: lines.get('talker: poke qos') == expected)


def test_a_publisher_that_cannot_be_heard_is_named_with_its_qos(talk, observer, lines):
    """Case 6: a publisher with another quality of service is named in diagnostics."""
    talk('-p', 'qos_overrides./poke.subscription.reliability:=reliable')
    poke_until(observer, lines, 'talker: poke qos')
    message = (
        f'{OFFER}; this node requests reliable, volatile and receives nothing from it; change the '
        'publisher, or set qos_overrides./poke.subscription.reliability to best_effort'
    )
    # The name of a node comes a moment after its publisher.
    observer.spin_until(lambda: lines['talker: poke qos'] == (2, message))
    assert 'talker: poke' not in lines


@pytest.mark.parametrize(
    ('override', 'words'),
    [
        ('/poke.subscription.reliability:=best', 'expected one of reliable, best_effort'),
        ('/pike.subscription.reliability:=best_effort', 'has no effect: the node has no such'),
    ],
)
def test_an_override_that_cannot_be_honoured_ends_the_node(talk, override, words):
    process = talk('-p', f'qos_overrides.{override}')
    assert process.wait() == 1
    assert 'ConfigError' in process.output
    assert words in process.output


def test_perception_observes_sensors_that_are_best_effort(start, observer, lines):
    """Case 6: camera, odometry and speed offered best effort arrive without any override."""
    durability = 'qos_overrides./carla/ego_vehicle/global_plan.subscription.durability:=volatile'
    words = ('--ros-args', '-p', 'use_sim_time:=true', '-p', durability)
    process = start('-m', 'simlingo_perception', *words)
    sensors = (interfaces.IMAGE, interfaces.ODOMETRY, interfaces.SPEEDOMETER)
    image, odometry, speed = (
        offer(observer, load_type(sensor.type), sensor.resolve()) for sensor in sensors
    )
    reliable = ReliabilityPolicy.RELIABLE
    route = offer(observer, CarlaRoute, interfaces.ROUTE.resolve(), reliability=reliable)
    observations = []
    create_subscription(observer.node, interfaces.OBSERVATION, observations.append)
    points = np.column_stack([np.arange(101.0), np.zeros(101)])
    straight = route_to_message(Route(points, [RoadOption.LANE_FOLLOW] * 101), Time())
    pixels, t_s = np.zeros((64, 128, 4), np.uint8), 1.0

    def is_observed():
        nonlocal t_s
        assert process.popen.poll() is None, process.output
        t_s += 0.1
        route.publish(straight)
        ego = EgoState(t_s=t_s, pose_map=Pose3.from_planar(Pose2(9.0, 0.0, 0.0)), speed_mps=0.0)
        odometry.publish(ego_state_to_odometry(ego, 'ego_vehicle'))
        speed.publish(Float32(data=0.0))
        image.publish(array_to_image(pixels, 'bgra8', stamp=seconds_to_stamp(t_s)))
        observer.spin_for(0.05)
        names = [f'perception: {sensor.resolve()} qos' for sensor in sensors]
        expected = (0, f'{OFFER}; messages may be lost')
        return observations and all(lines.get(name) == expected for name in names)

    observer.spin_until(is_observed)
    process.signal_group(signal.SIGINT)
    assert process.wait() == 0, process.output
