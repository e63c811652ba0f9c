# SPDX-License-Identifier: Apache-2.0
"""CARLA's topics: silent ones are named, with a remedy."""

import threading

import pytest

from simlingo_bringup import carla_topics
from simlingo_bringup.carla_topics import TopicFacts, collect_topic_facts, judge_topics
from simlingo_bringup.doctor import Status

RELIABLE = ('/bridge offers reliable, volatile',)


def facts(**samples):
    return [
        TopicFacts(name=f'/carla/hero/{name}', publishers=RELIABLE, samples=count)
        for name, count in samples.items()
    ]


@pytest.mark.parametrize(
    ('found', 'status', 'words'),
    [
        ([], Status.WARNING, 'ROS_DOMAIN_ID=0'),
        (facts(imu=60, gnss=60, map=0), Status.OK, ''),
        (facts(imu=0, gnss=60), Status.ERROR, 'docker/fastdds_udp.xml on both sides'),
        (facts(imu=0, gnss=0), Status.ERROR, 'nobody ticks the server'),
        (facts(imu=9, odd=None), Status.OK, 'not installed: /carla/hero/odd'),
    ],
)
def test_silence_has_its_remedy(found, status, words):
    finding = judge_topics(found, {})[0]
    assert finding.status is status
    assert words in finding.remedy
    assert bool(finding.remedy) == bool(words)


def test_publishers_that_may_lose_messages_are_named():
    lossy = TopicFacts(name='/carla/hero/imu', publishers=('/x offers best effort',), samples=1)
    assert '/x offers best effort' in judge_topics([lossy], {})[1].found
    assert judge_topics(facts(imu=1), {})[1].found == 'all reliable'


@pytest.mark.ros
def test_domain_is_looked_at(monkeypatch):
    import rclpy
    from sensor_msgs.msg import Imu, NavSatFix

    monkeypatch.setattr(carla_topics, 'LISTEN_S', 1.0)
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node('server', context=context)
    talks = node.create_publisher(Imu, '/carla/hero/imu', 10)
    node.create_publisher(NavSatFix, '/carla/hero/gnss', 10)
    is_over = threading.Event()

    def talk():
        while not is_over.wait(0.05):
            talks.publish(Imu())

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        found = {topic.name: topic for topic in collect_topic_facts()}
    finally:
        is_over.set()
        thread.join()
        node.destroy_node()
        context.try_shutdown()
    assert found['/carla/hero/imu'].samples > 0
    assert found['/carla/hero/gnss'].samples == 0
    assert found['/carla/hero/gnss'].publishers == ('/server offers reliable, volatile',)
