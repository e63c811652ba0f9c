# SPDX-License-Identifier: Apache-2.0
"""Broadcasters, diagnostics and types with one real node in this process."""

import numpy as np
import pytest
import rclpy
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import SingleThreadedExecutor
from tf2_msgs.msg import TFMessage

from simlingo_core.errors import BackendError, ContractError
from simlingo_core.geometry import Pose3
from simlingo_ros.bag_format import type_hash
from simlingo_ros.definitions import full_definition
from simlingo_ros.diagnostics import Diagnostics
from simlingo_ros.endpoints import load_type, qos_profile, wait_for_listener
from simlingo_ros.interfaces import ALL, CLOCK_TOPIC, DIAGNOSTICS, TF_STATIC, TF_TOPIC, Kind
from simlingo_ros.monitors import Level, RateMonitor
from simlingo_ros.transforms import (
    StaticTransformBroadcaster,
    TransformBroadcaster,
    make_transform,
)

pytestmark = pytest.mark.ros
MESSAGES = [entry.type for entry in ALL if entry.kind is Kind.TOPIC]


@pytest.fixture
def node():
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node('car', namespace='simlingo', context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    yield node
    executor.shutdown()
    node.destroy_node()
    rclpy.shutdown(context=context)


def listen(node, message_type, interface):
    received = []
    node.create_subscription(
        message_type, interface.name, received.append, qos_profile(interface.subscription_qos)
    )
    return received


def spin(node, condition):
    for _ in range(200):
        if condition():
            return
        node.executor.spin_once(timeout_sec=0.05)
    raise AssertionError('not within 10 s')


@pytest.mark.parametrize('type_name', [entry.type for entry in ALL])
def test_every_type_of_the_table_is_installed(type_name):
    assert load_type(type_name).__name__ == type_name.split('/')[-1]


@pytest.mark.parametrize('type_name', ['std_msgs/Bool', 'no_msgs/msg/Bool', 'std_msgs/msg/Boole'])
def test_a_type_that_is_not_there_is_named(type_name):
    with pytest.raises(ContractError, match=type_name):
        load_type(type_name)


@pytest.mark.parametrize('type_name', sorted(set(MESSAGES)))
def test_definitions_for_bags_are_whole(node, type_name):
    """What the index gives hashes to what the middleware announces for the compiled type."""
    publisher = node.create_publisher(load_type(type_name), 'any', 1)
    (info,) = node.get_publishers_info_by_topic(publisher.topic_name)
    assert type_hash(type_name) == str(info.topic_type_hash)


def test_a_definition_that_is_not_installed_is_named():
    with pytest.raises(BackendError, match='no_msgs/Nothing'):
        full_definition('no_msgs/msg/Nothing')


def test_static_transforms_add_up_for_late_listeners(node):
    stamp = Time(sec=1)
    broadcaster = StaticTransformBroadcaster(node)
    broadcaster.send([make_transform('hero', 'base_link', Pose3.identity(), stamp)])
    camera = Pose3.from_roll_pitch_yaw([-1.5, 0.0, 2.0], 0.0, 0.0, 0.0)
    broadcaster.send([make_transform('base_link', 'camera', camera, stamp)])
    received = listen(node, TFMessage, TF_STATIC)
    spin(node, lambda: received)
    first, second = received[-1].transforms
    assert (first.header.frame_id, first.child_frame_id) == ('hero', 'base_link')
    assert first.transform.rotation.w == 1.0
    assert second.child_frame_id == 'camera'
    assert (second.transform.translation.x, second.transform.translation.z) == (-1.5, 2.0)


def test_moving_transforms_go_out_together(node):
    received = listen(node, TFMessage, TF_TOPIC)
    broadcaster = TransformBroadcaster(node)
    pose = Pose3.from_roll_pitch_yaw(np.array([1.0, 2.0, 0.0]), 0.0, 0.0, np.pi)
    spin(node, lambda: node.count_subscribers('/tf'))

    def sent():
        broadcaster.send([make_transform('map', 'hero', pose, Time(sec=2))] * 2)
        return received

    spin(node, sent)
    assert len(received[0].transforms) == 2
    assert received[0].transforms[0].header.stamp.sec == 2
    assert abs(received[0].transforms[0].transform.rotation.z) == pytest.approx(1.0)


def test_diagnostics_carry_level_message_and_values(node):
    received = listen(node, DiagnosticArray, DIAGNOSTICS)
    diagnostics = Diagnostics(node)
    diagnostics.watch_rate('/camera', RateMonitor(20.0))
    diagnostics.report('plan', Level.ERROR, 'too old', {'age_s': 0.7})
    assert diagnostics.worst_level() is Level.STALE
    spin(node, lambda: received)  # comes by itself within a second
    lines = {status.name: status for status in received[-1].status}
    plan = lines['simlingo/car: plan']
    assert (plan.level, plan.message) == (b'\x02', 'too old')
    assert [(value.key, value.value) for value in plan.values] == [('age_s', '0.7')]
    assert lines['simlingo/car: /camera'].level == b'\x03'
    received.clear()
    diagnostics.report('plan', Level.OK, 'fresh')
    spin(node, lambda: received)  # at once, since the level has changed
    assert {s.name: s.message for s in received[0].status}['simlingo/car: plan'] == 'fresh'
    diagnostics.clear('plan')
    assert set(diagnostics.statuses()) == {'/camera'}


def test_who_must_miss_nothing_is_waited_for(node):
    clock, where = '/clock', '/simlingo/car'
    assert wait_for_listener(node, [clock, '/tf'], where, 0.1) == [clock, '/tf']
    for interface in (CLOCK_TOPIC, TF_TOPIC):
        listen(node, load_type(interface.type), interface)
    assert wait_for_listener(node, [clock, '/tf'], where, 10.0) == []
    assert wait_for_listener(node, [clock], '/simlingo/other', 0.1) == [clock]
