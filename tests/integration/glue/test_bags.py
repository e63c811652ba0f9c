# SPDX-License-Identifier: Apache-2.0
"""Record and replay between real processes, and read back without ROS."""

import signal
import time
from pathlib import Path

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from rclpy.serialization import deserialize_message, serialize_message
from rosbags.highlevel import AnyReader
from rosbags.interfaces import QosDurability
from rosbags.rosbag2 import StoragePlugin, Writer
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image
from std_msgs.msg import String

import simlingo_ros.conversions as convert
from simlingo_core.geometry import Pose3
from simlingo_core.types import DrivingPlan
from simlingo_msgs.msg import DrivingPlan as PlanMessage
from simlingo_ros.bag_format import to_bag_qos, type_hash
from simlingo_ros.definitions import full_definition
from simlingo_ros.endpoints import create_publisher, create_subscription, qos_profile
from simlingo_ros.interfaces import BRIDGE, CLOCK_TOPIC, LATCHED, PLAN

pytestmark = pytest.mark.ros
TOOL = Path(__file__).parent / 'bag_tool.py'


def plan(tick):
    return convert.plan_to_message(
        DrivingPlan(
            t_s=tick * 0.05,
            pose_map=Pose3.identity(),
            path_base_m=np.full((20, 2), tick),
            speed_waypoints_base_m=np.zeros((10, 2)),
            max_speed_mps=tick,
            policy='Zähler',
        )
    )


@pytest.fixture
def recorded(start, observer, tmp_path):
    """A bag with ten plans, a latched word, few of a frequent topic's and no image."""
    path = tmp_path / 'drive'
    plans = create_publisher(observer.node, PLAN)
    words = observer.node.create_publisher(String, 'word', qos_profile(LATCHED))
    images = observer.node.create_publisher(Image, 'image', 1)
    often = observer.node.create_publisher(String, 'often', qos_profile(BRIDGE))
    words.publish(String(data='before anybody listened'))
    process = start(TOOL, 'record', path, AMENT_PREFIX_PATH='')
    publishers = (plans, words, often)
    observer.spin_until(lambda: all(p.get_subscription_count() for p in publishers))
    observer.spin_for(0.5)
    for tick in range(10):
        plans.publish(plan(tick))
        images.publish(Image())
        often.publish(String(data=str(tick)))
        observer.spin_for(0.05)
    # What has not reached the recorder when it is stopped is not in the bag.
    observer.spin_for(1.0)
    process.signal_group(signal.SIGINT)
    assert process.wait() == 0, process.output
    assert 'Traceback' not in process.output
    for publisher in (*publishers, images):
        observer.node.destroy_publisher(publisher)
    return path


def test_a_bag_holds_every_message(recorded, values_of):
    with AnyReader([recorded]) as reader:
        found = {}
        for connection, _, data in reader.messages():
            found.setdefault(connection.topic, []).append((connection, bytes(data)))
        assert set(found) == {'/plan', '/word', '/often'}
        assert [
            values_of(deserialize_message(data, PlanMessage)) for _, data in found['/plan']
        ] == [values_of(plan(i)) for i in range(10)]
        connection, data = found['/plan'][3]
        independent = reader.deserialize(data, connection.msgtype)
        assert independent.policy == 'Zähler'
        assert independent.path[7].x == 3.0
        assert independent.header.stamp.nanosec == 150_000_000
        assert deserialize_message(found['/word'][0][1], String).data == 'before anybody listened'


def test_of_a_frequent_topic_no_more_is_kept_than_asked_for(recorded):
    with AnyReader([recorded]) as reader:
        of_it = [connection for connection in reader.connections if connection.topic == '/often']
        stamps_ns = [stamp_ns for _, stamp_ns, _ in reader.messages(of_it)]
    assert 2 <= len(stamps_ns) < 10
    assert np.diff(stamps_ns).min() >= 0.2e9


def test_a_replay_is_what_was_recorded(recorded, start, observer, values_of):
    plans, words = [], []
    create_subscription(observer.node, PLAN, plans.append, qos=BRIDGE)
    observer.node.create_subscription(String, 'word', words.append, qos_profile(LATCHED))
    process = start(TOOL, 'replay', recorded)
    observer.spin_until(lambda: words and plans and plans[-1].max_speed == 9.0)
    assert [message.max_speed for message in plans] == list(range(10))
    assert all(isinstance(message, PlanMessage) for message in plans)
    assert values_of(plans[3]) == values_of(plan(3))
    assert words[0].data == 'before anybody listened'
    observer.spin_until(lambda: process.popen.poll() is not None)
    assert process.wait() == 0, process.output


def test_a_topic_of_a_type_that_is_not_installed_is_left_out_and_the_rest_is_played(
    start, observer, tmp_path
):
    with Writer(tmp_path / 'foreign', version=9, storage_plugin=StoragePlugin.MCAP) as bag:
        known = bag.add_connection(
            '/plan',
            'simlingo_msgs/msg/DrivingPlan',
            msgdef=full_definition('simlingo_msgs/msg/DrivingPlan'),
            rihs01=type_hash('simlingo_msgs/msg/DrivingPlan'),
        )
        foreign = bag.add_connection(
            '/objects',
            'derived_object_msgs/msg/Thing',
            msgdef='int32 id',
            rihs01='RIHS01_48ca2298dc6a606f876aa785c208b2b8d5d63e6e1f0f06c88bcefbec100dcea0',
        )
        bag.write(foreign, 1, bytes(8))
        bag.write(known, 2, serialize_message(plan(3)))
    plans = []
    create_subscription(observer.node, PLAN, plans.append, qos=BRIDGE)
    process = start(TOOL, 'replay', tmp_path / 'foreign')
    observer.spin_until(lambda: process.popen.poll() is not None)
    assert process.wait() == 0, process.output
    assert [message.max_speed for message in plans] == [3.0]
    assert process.output.count('/objects is not played') == 1


def test_a_bag_without_a_clock_is_played_in_a_loop_with_one(recorded, start, observer):
    plans, clocks = [], []
    create_subscription(observer.node, PLAN, plans.append, qos=BRIDGE)
    create_subscription(observer.node, CLOCK_TOPIC, clocks.append)
    options = ('--loop', '--clock', '--rate', '20', '--topic', '/plan')
    process = start('-m', 'simlingo_bringup', 'replay', recorded, *options)
    observer.spin_until(lambda: len(plans) > 15)
    process.signal_group(signal.SIGINT)
    assert process.wait() == 0, process.output
    speeds = [message.max_speed for message in plans]
    assert 0.0 in speeds[speeds.index(9.0) :], 'it begins again'
    assert len({message.clock.nanosec for message in clocks}) > 1


def test_a_recording_waits_for_the_clock_and_holds_the_publishers_qos(start, observer, tmp_path):
    path = tmp_path / 'waiting'
    words = observer.node.create_publisher(String, 'word', qos_profile(LATCHED))
    clock = create_publisher(observer.node, CLOCK_TOPIC)
    words.publish(String(data='before the clock'))
    options = ('--topic', '/word', '--compress', '--humble')
    process = start('-m', 'simlingo_bringup', 'record', path, *options)
    process.wait_for_output('the recording waits for it')
    observer.spin_until(words.get_subscription_count)
    for _ in range(20):
        clock.publish(Clock(clock=Time(sec=300)))
        observer.spin_for(0.05)
    process.signal_group(signal.SIGINT)
    assert process.wait() == 0, process.output
    with AnyReader([path]) as reader:
        ((connection, time_ns, data),) = reader.messages()
    assert time_ns == 300_000_000_000
    assert deserialize_message(bytes(data), String).data == 'before the clock'
    (qos,) = connection.ext.offered_qos_profiles
    assert (qos.durability, qos.depth < 200) == (QosDurability.TRANSIENT_LOCAL, True)
    assert 'version: 8' in (path / 'metadata.yaml').read_text()


def test_a_full_disk_ends_the_recording_with_the_reason(start, observer, tmp_path):
    words = observer.node.create_publisher(String, 'word', qos_profile(BRIDGE))
    limited = (
        'import resource, runpy, sys\n'
        'resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))\n'
        f'sys.argv = [{str(TOOL)!r}, "record", {str(tmp_path / "full")!r}]\n'
        f'runpy.run_path({str(TOOL)!r}, run_name="__main__")\n'
    )
    process = start('-c', limited)
    observer.spin_until(words.get_subscription_count)
    end_s = time.monotonic() + 60.0
    while process.popen.poll() is None and time.monotonic() < end_s:
        words.publish(String(data='x' * 100_000))
        observer.spin_for(0.02)
    assert process.wait() == 1, process.output
    assert process.output.count('the recording ends here') == 1
    assert 'Traceback' not in process.output


def test_a_killed_recording_is_played_as_far_as_it_goes(start, observer, tmp_path):
    path = tmp_path / 'killed'
    plans = create_publisher(observer.node, PLAN)
    recorder = start(TOOL, 'record', path)
    observer.spin_until(plans.get_subscription_count)
    for tick in range(10):
        plans.publish(plan(tick))
        observer.spin_for(0.05)
    observer.spin_for(1.0)
    recorder.signal_group(signal.SIGKILL)
    recorder.wait()
    observer.node.destroy_publisher(plans)
    (file,) = path.glob('*.mcap')
    file.write_bytes(file.read_bytes() + b'\x06cut in the middle')
    played = []
    create_subscription(observer.node, PLAN, played.append, qos=BRIDGE)
    process = start(TOOL, 'replay', path)
    observer.spin_until(lambda: process.popen.poll() is not None)
    assert process.wait() == 0, process.output
    assert [message.max_speed for message in played] == list(range(10))
    assert 'has no end, its recorder was killed; the 10 messages' in process.output


def test_a_recorder_ends_after_its_time(start, tmp_path):
    process = start(TOOL, 'record', tmp_path / 'short', 0.3)
    assert process.wait() == 0, process.output
    assert (tmp_path / 'short' / 'metadata.yaml').is_file()


def test_bad_bags_are_explained(start, tmp_path):
    occupied = tmp_path / 'there'
    occupied.mkdir()
    process = start(TOOL, 'record', occupied)
    assert process.wait() == 1
    assert f'ConfigError: cannot record into {occupied}' in process.output
    process = start(TOOL, 'replay', tmp_path / 'nowhere')
    assert process.wait() == 1
    assert 'ConfigError: cannot read the bag' in process.output
    assert list(occupied.iterdir()) == []


def test_a_part_of_an_sqlite_bag_is_played_under_other_names_with_what_was_latched(
    start, observer, tmp_path
):
    definition, digest = full_definition('std_msgs/msg/String'), type_hash('std_msgs/msg/String')
    with Writer(tmp_path / 'old', version=8, storage_plugin=StoragePlugin.SQLITE3) as bag:
        route, word = (
            bag.add_connection(
                name,
                'std_msgs/msg/String',
                msgdef=definition,
                rihs01=digest,
                offered_qos_profiles=[to_bag_qos(qos)],
            )
            for name, qos in (('/route', LATCHED), ('/word', BRIDGE))
        )
        bag.write(route, 1, serialize_message(String(data='the way')))
        for second in range(6):
            bag.write(word, 1 + second * 10**9, serialize_message(String(data=str(second))))
    routes, words = [], []
    observer.node.create_subscription(String, 'route', routes.append, qos_profile(LATCHED))
    observer.node.create_subscription(String, 'renamed', words.append, qos_profile(BRIDGE))
    options = ('--start', '2', '--duration', '2.5', '--rate', '10', '--remap', '/word:=/renamed')
    options += ('--wait-for', '/word', '--wait-for', '/route')
    process = start('-m', 'simlingo_bringup', 'replay', tmp_path / 'old', *options)
    observer.spin_until(lambda: process.popen.poll() is not None)
    assert process.wait() == 0, process.output
    assert [message.data for message in words] == ['2', '3', '4']
    assert [message.data for message in routes] == ['the way']
    process = start('-m', 'simlingo_bringup', 'replay', tmp_path / 'old', '--start', '7')
    assert process.wait() == 1
    assert 'start is 7 s; expected 0 to 5.0' in process.output
