# SPDX-License-Identifier: Apache-2.0
"""With the UDP profile raw images travel between containers, also where they share a network.

Network namespaces and a /dev/shm for each process stand for the containers.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROFILE = ROOT / 'docker' / 'fastdds_udp.xml'
FIRST, SECOND = 'simlingo-a', 'simlingo-b'
TALKER = """
import rclpy
from sensor_msgs.msg import Image
rclpy.init()
node = rclpy.create_node('talker')
publisher = node.create_publisher(Image, 'image', 1)
image = Image(height=512, width=1024, encoding='bgra8', step=4096, data=bytes(512 * 4096))
node.create_timer(0.05, lambda: publisher.publish(image))
rclpy.spin(node)
"""
LISTENER = """
import time, rclpy
from sensor_msgs.msg import Image
rclpy.init()
node = rclpy.create_node('listener')
heard = []
node.create_subscription(Image, 'image', heard.append, 1)
end = time.monotonic() + 60
while len(heard) < 20 and time.monotonic() < end:
    rclpy.spin_once(node, timeout_sec=0.2)
print('heard', len(heard), flush=True)
"""


def run(*words):
    subprocess.run(words, check=True)


@pytest.fixture
def network():
    """Two network namespaces with a cable between them."""
    assert os.geteuid() == 0, 'only root makes network namespaces: run the test as root'
    run('ip', 'netns', 'add', FIRST)
    run('ip', 'netns', 'add', SECOND)
    try:
        ends = ('netns', FIRST, 'type', 'veth', 'peer', 'name', 'cable', 'netns', SECOND)
        run('ip', 'link', 'add', 'cable', *ends)
        for number, name in enumerate((FIRST, SECOND), 1):
            run('ip', '-n', name, 'address', 'add', f'10.77.0.{number}/24', 'dev', 'cable')
            run('ip', '-n', name, 'link', 'set', 'lo', 'up')
            run('ip', '-n', name, 'link', 'set', 'cable', 'up')
        yield
    finally:
        run('ip', 'netns', 'delete', FIRST)
        run('ip', 'netns', 'delete', SECOND)


def start_inside(name, code, **options):
    """Start Python in a network namespace with a /dev/shm of its own."""
    shell = 'mount -t tmpfs tmpfs /dev/shm && exec "$@"'
    words = ['ip', 'netns', 'exec', name, 'unshare', '--mount', 'sh', '-c', shell, 'sh']
    environment = os.environ | {
        'FASTDDS_DEFAULT_PROFILES_FILE': str(PROFILE),
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET',
    }
    return subprocess.Popen([*words, sys.executable, '-c', code], env=environment, **options)


@pytest.mark.slow
@pytest.mark.parametrize('listens_in', [FIRST, SECOND], ids=['same network', 'other network'])
def test_images_cross_between_containers(network, listens_in):
    talker = start_inside(FIRST, TALKER)
    try:
        listener = start_inside(listens_in, LISTENER, stdout=subprocess.PIPE, text=True)
        output, _ = listener.communicate(timeout=120)
    finally:
        talker.kill()
        talker.wait()
    assert output == 'heard 20\n'
