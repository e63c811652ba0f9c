# SPDX-License-Identifier: Apache-2.0
"""A viewer in the protocol of Foxglove receives what it subscribes to; nothing else is heard."""

import asyncio
import json
import re
import signal
import struct
import threading

import aiohttp
import pytest
from rclpy.serialization import deserialize_message

from simlingo_core.types import Commentary
from simlingo_msgs.msg import Commentary as CommentaryMessage
from simlingo_ros import interfaces
from simlingo_ros.conversions.language import commentary_to_message
from simlingo_ros.endpoints import create_publisher

pytestmark = pytest.mark.ros
PROTOCOL = 'foxglove.sdk.v1'
MESSAGE_DATA = 1


class Viewer:
    """Subscribes to one topic and keeps what comes."""

    def __init__(self, url, topic):
        self.channels, self.received = {}, []
        self._topic, self._end = topic, threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._watch(url)))
        self._thread.start()

    async def _watch(self, url):
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(url, protocols=[PROTOCOL]) as socket,
        ):
            while not self._end.is_set():
                try:
                    message = await socket.receive(timeout=0.2)
                except TimeoutError:
                    continue
                if message.type is aiohttp.WSMsgType.TEXT:
                    await self._read(socket, json.loads(message.data))
                elif message.type is aiohttp.WSMsgType.BINARY and message.data[0] == MESSAGE_DATA:
                    struct.unpack_from('<IQ', message.data, 1)
                    self.received.append(message.data[13:])

    async def _read(self, socket, message):
        if message['op'] != 'advertise':
            return
        for channel in message['channels']:
            self.channels[channel['topic']] = channel
            if channel['topic'] == self._topic:
                wanted = [{'id': 1, 'channelId': channel['id']}]
                await socket.send_str(json.dumps({'op': 'subscribe', 'subscriptions': wanted}))

    def close(self):
        self._end.set()
        self._thread.join()


def test_a_viewer_receives_what_it_subscribes_to(start, observer):
    pytest.importorskip('foxglove')
    node, topic = observer.node, '/commentary'
    out = create_publisher(node, interfaces.COMMENTARY)
    plans = create_publisher(node, interfaces.PLAN)
    process = start('-m', 'simlingo_view.foxglove_server', '--ros-args', '-p', 'port:=0')
    process.wait_for_output(': active')
    url = re.search(r'ws://\S+', process.output)[0]
    observer.spin_for(0.5)
    assert out.get_subscription_count() == 0

    viewer = Viewer(url, topic)
    observer.spin_until(lambda: out.get_subscription_count() == 1)
    assert plans.get_subscription_count() == 0
    channel = viewer.channels[topic]
    assert (channel['encoding'], channel['schemaEncoding']) == ('cdr', 'ros2msg')
    assert channel['schemaName'] == 'simlingo_msgs/msg/Commentary'
    assert 'MSG: std_msgs/Header' in channel['schema']

    def publish():
        out.publish(commentary_to_message(Commentary(t_s=1.0, text='Driving on.')))
        observer.spin_for(0.05)
        return viewer.received

    observer.spin_until(publish)
    received = deserialize_message(bytes(viewer.received[0]), CommentaryMessage)
    assert received.text == 'Driving on.'

    viewer.close()
    observer.spin_until(lambda: out.get_subscription_count() == 0)
    process.signal_group(signal.SIGINT)
    assert process.wait() == 0, process.output
