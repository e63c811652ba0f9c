# SPDX-License-Identifier: Apache-2.0
"""The page node over ROS: nobody watches, somebody watches and talks, nobody watches again."""

import asyncio
import json
import re
import signal
import threading
import urllib.error
import urllib.request

import aiohttp
import numpy as np
import pytest
from carla_msgs.msg import CarlaControl
from std_srvs.srv import SetBool

from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.images import encode_jpeg
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_core.types import EgoState
from simlingo_ros import interfaces
from simlingo_ros.conversions.language import instruction_status_to_message
from simlingo_ros.conversions.time import seconds_to_stamp
from simlingo_ros.conversions.vehicle import ego_state_to_odometry
from simlingo_ros.endpoints import create_publisher, create_subscription
from simlingo_ros.images import array_to_image, compressed_message

pytestmark = pytest.mark.ros
WATCHED = ('IMAGE', 'ODOMETRY')


class Watcher:
    """A browser's web socket in a thread of its own."""

    def __init__(self, url):
        self.messages, self.images = [], 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._watch(url)))
        self._thread.start()

    async def _watch(self, url):
        async with aiohttp.ClientSession() as session, session.ws_connect(url + 'live') as socket:
            while not self._end.is_set():
                try:
                    message = await socket.receive(timeout=0.2)
                except TimeoutError:
                    continue
                if message.type is aiohttp.WSMsgType.TEXT:
                    self.messages.append(json.loads(message.data))
                elif message.type is aiohttp.WSMsgType.BINARY:
                    self.images += 1

    def newest(self, kind):
        found = [message for message in self.messages if message['type'] == kind]
        return found[-1] if found else None

    def instruction(self, number):
        found = [m for m in self.messages if m['type'] == 'instruction' and m['id'] == number]
        return found[-1] if found else None

    def close(self):
        self._end.set()
        self._thread.join()


def post(observer, url, name, body):
    """Return status and answer; the test's node goes on spinning meanwhile."""
    result = []

    def run():
        request = urllib.request.Request(
            f'{url}api/{name}', json.dumps(body).encode(), {'Content-Type': 'application/json'}
        )
        try:
            with urllib.request.urlopen(request, timeout=60.0) as answer:
                result.append((answer.status, json.load(answer)))
        except urllib.error.HTTPError as error:
            with error:
                result.append((error.code, json.load(error)))

    thread = threading.Thread(target=run)
    thread.start()
    observer.spin_until(lambda: result)
    thread.join()
    return result[0]


@pytest.fixture
def page(start, observer):
    words = ('-p', 'port:=0', '-p', 'use_sim_time:=true', '-p', 'lockstep:=true')
    process = start('-m', 'simlingo_view.page', '--ros-args', *words)
    process.wait_for_output(': active')
    url = re.search(r'http://\S+/', process.output)[0]
    yield url
    process.signal_group(signal.SIGINT)
    assert process.wait() == 0, process.output


def test_somebody_watches_talks_and_leaves(page, observer):
    node = observer.node
    out = {name: create_publisher(node, getattr(interfaces, name)) for name in WATCHED}
    controls = create_subscription(node, interfaces.WORLD_CONTROL, print)
    observer.spin_until(lambda: controls.get_publisher_count() == 1)
    observer.spin_until(lambda: not any(p.get_subscription_count() for p in out.values()))
    status, answer = post(observer, page, 'say', {'text': 'slow down'})
    assert (status, 'planner does not run' in answer['error']) == (503, True)
    status, answer = post(observer, page, 'consider', {'text': 'slow down'})
    assert (status, 'not offered' in answer['error']) == (503, True)

    statuses = create_publisher(node, interfaces.INSTRUCTION_STATUS)
    observer.spin_until(lambda: statuses.get_subscription_count() == 1)
    watcher = Watcher(page)
    observer.spin_until(lambda: all(p.get_subscription_count() == 1 for p in out.values()))
    observer.spin_until(lambda: watcher.newest('hello'))
    assert watcher.newest('hello')['lockstep']
    pixels, tick = np.full((64, 128, 4), 90, np.uint8), 0

    def publish():
        nonlocal tick
        tick += 1
        t_s = 0.05 * tick
        out['IMAGE'].publish(array_to_image(pixels, 'bgra8', stamp=seconds_to_stamp(t_s)))
        pose = Pose3.from_planar(Pose2(t_s, 0.0, 0.0))
        ego = EgoState(t_s=t_s, pose_map=pose, speed_mps=3.0)
        out['ODOMETRY'].publish(ego_state_to_odometry(ego, 'ego_vehicle'))
        observer.spin_for(0.05)
        return watcher.images > 2 and (watcher.newest('state') or {}).get('speed') == 3.0

    observer.spin_until(publish)

    heard, ids = [], []
    create_subscription(node, interfaces.INSTRUCTION, heard.append)

    def say():
        """Say it until it is heard: only the page knows when it has found planner and listener."""
        status, answer = post(observer, page, 'say', {'text': '<script>alert(1)</script>'})
        if status == 200:
            ids.append(answer['id'])
        observer.spin_for(0.05)
        return heard

    observer.spin_until(say)
    assert heard[0].text == '<script>alert(1)</script>'
    assert heard[0].id in ids
    observer.spin_until(lambda: watcher.instruction(heard[0].id))
    ended = InstructionStatus(
        t_s=1.0, id=heard[0].id, state=InstructionState.REJECTED, reason='not understood'
    )
    statuses.publish(instruction_status_to_message(ended))
    observer.spin_until(lambda: watcher.instruction(heard[0].id)['states'])
    assert watcher.instruction(heard[0].id)['states'][-1]['reason'] == 'not understood'

    watcher.close()
    observer.spin_until(lambda: not any(p.get_subscription_count() for p in out.values()))


def test_two_pages_see_a_world_that_makes_previews_and_is_started_again(page, observer):
    node = observer.node
    odometry = create_publisher(node, interfaces.ODOMETRY)
    pages, tick = [Watcher(page), Watcher(page)], 0

    def see_images(publisher, message_of):
        """Publish until both pages have got three more images."""
        seen = [watcher.images for watcher in pages]

        def publish():
            nonlocal tick
            tick += 1
            publisher.publish(message_of(seconds_to_stamp(0.05 * tick)))
            pose = Pose3.from_planar(Pose2(0.0, 0.0, 0.0))
            ego = EgoState(t_s=0.05 * tick, pose_map=pose, speed_mps=3.0)
            odometry.publish(ego_state_to_odometry(ego, 'ego_vehicle'))
            observer.spin_for(0.05)
            return all(w.images > n + 2 for w, n in zip(pages, seen, strict=True))

        observer.spin_until(publish)

    pixels = np.full((64, 128, 4), 90, np.uint8)
    jpeg = encode_jpeg(pixels)
    image = create_publisher(node, interfaces.IMAGE)
    see_images(image, lambda stamp: array_to_image(pixels, 'bgra8', stamp=stamp))
    preview = create_publisher(node, interfaces.PREVIEW)
    observer.spin_until(lambda: not image.get_subscription_count())
    see_images(preview, lambda stamp: compressed_message(jpeg, stamp=stamp))
    pages.pop().close()
    # The world ends, and another one makes no previews and begins at zero.
    for publisher in (preview, image):
        node.destroy_publisher(publisher)
    observer.spin_for(0.5)
    tick = 0
    image = create_publisher(node, interfaces.IMAGE)
    see_images(image, lambda stamp: array_to_image(pixels, 'bgra8', stamp=stamp))
    assert 'new_episode' in {message['type'] for message in pages[0].messages}
    pages[0].close()


def test_the_car_is_stopped_and_the_world_paused(page, observer):
    node, stops, controls = observer.node, [], []

    def stop(request, response):
        stops.append(request.data)
        response.success = True
        return response

    status, answer = post(observer, page, 'world', {'action': 'pause'})
    assert (status, 'no world listens' in answer['error']) == (503, True)
    ticks = create_publisher(node, interfaces.WORLD_STATUS)
    node.create_service(SetBool, interfaces.EMERGENCY_STOP.resolve(), stop)
    create_subscription(node, interfaces.WORLD_CONTROL, controls.append)

    def is_offered():
        return post(observer, page, 'stop', {'stop': True})[0] == 200

    observer.spin_until(is_offered)
    assert post(observer, page, 'stop', {'stop': False}) == (200, {'stop': False})
    assert stops[-2:] == [True, False]
    assert ticks.get_subscription_count() == 0
    for action, number in (('pause', CarlaControl.PAUSE), ('step', CarlaControl.STEP_ONCE)):

        def is_heard(action=action, number=number):
            status, _ = post(observer, page, 'world', {'action': action})
            return status == 200 and controls and controls[-1].command == number

        observer.spin_until(is_heard)
