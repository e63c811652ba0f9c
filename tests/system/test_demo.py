# SPDX-License-Identifier: Apache-2.0
"""``simlingo demo`` from its command line to what it leaves behind."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import psutil
import pytest
from rosbags.highlevel import AnyReader

pytestmark = pytest.mark.ros

SIMLINGO = Path(sys.executable).with_name('simlingo')
BASE = '/carla/ego_vehicle'
SHORT_ROUTE = 'train:22'
EXPERT = ('--policy', 'expert')
LIMIT_S = 150.0
LARGEST_BAG_BYTES = 100_000_000
SUMMARY_FIELDS = {
    'arrived': bool,
    'driving_score': float,
    'route_completion': float,
    'infractions': list,
    'plans_per_second': float,
    'plan_age_ms': dict,
    'plan_latency_ms': dict,
    'control_hz': float,
    'instructions': list,
    'says_and_does': dict,
    'seed': int,
    'versions': dict,
}


class Demo:
    """One ``simlingo demo``, with its output in a file."""

    def __init__(self, folder, route, *options):
        self.folder = folder / 'demo'
        self.output = folder / 'output.txt'
        with self.output.open('w') as stream:
            self.process = subprocess.Popen(
                [str(SIMLINGO), 'demo', '--route', route, '--out', str(self.folder), *options],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    @property
    def text(self):
        return self.output.read_text()

    def wait(self):
        return self.process.wait(LIMIT_S)

    def wait_for(self, text, limit_s=60.0):
        deadline_s = time.monotonic() + limit_s
        while text not in self.text:
            assert self.process.poll() is None, self.text
            assert time.monotonic() < deadline_s, self.text
            time.sleep(0.1)

    def find_processes(self):
        """Return everything that works for this folder: nodes and the recorder name it."""
        found = []
        for process in psutil.process_iter():
            try:
                if any(str(self.folder) in word for word in process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    @property
    def summary(self):
        return json.loads((self.folder / 'summary.json').read_text())

    @property
    def result(self):
        return json.loads((self.folder / 'result.json').read_text())

    def close(self):
        if self.process.poll() is None:
            # The first asks it to end its nodes; they must not be left alone.
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20.0)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        for process in self.find_processes():
            process.kill()


@pytest.fixture(scope='module')
def demo(tmp_path_factory):
    """The expert's episode on a short route, to its end."""
    demo = Demo(tmp_path_factory.mktemp('demo'), SHORT_ROUTE, *EXPERT)
    try:
        demo.code = demo.wait()
        demo.left_behind = demo.find_processes()
        yield demo
    finally:
        demo.close()


def decode(path):
    """Return times and a few whole images of a video."""
    times_s, images = [], []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        facts = (context.name, context.pix_fmt, context.width, context.height)
        for number, frame in enumerate(container.decode(stream)):
            times_s.append(float(frame.time))
            if number % 50 == 10:
                images.append(frame.to_ndarray(format='rgb24'))
    return facts, times_s, images


def test_it_arrives_with_exit_code_0(demo):
    assert demo.code == 0, demo.text
    assert demo.summary['arrived'] is True
    assert 'Traceback' not in demo.text
    assert demo.left_behind == []


def test_summary_holds_every_field(demo):
    summary, result = demo.summary, demo.result
    assert set(summary) == set(SUMMARY_FIELDS)
    for name, kind in SUMMARY_FIELDS.items():
        assert isinstance(summary[name], kind), name
    assert (result['route'], result['town'], summary['seed']) == (SHORT_ROUTE, 'Town92', 0)
    assert summary['driving_score'] == pytest.approx(
        summary['route_completion'] * result['penalty'], abs=0.01
    )
    assert result['route_length_m'] == pytest.approx(164.2, abs=0.1)
    assert result['duration_s'] > 10.0
    # Every tick has a vehicle status; on a busy machine the world is slow, not the count.
    assert summary['control_hz'] == pytest.approx(20.0, abs=1.0)
    assert {'ros-rclpy', 'libsumo'} <= set(summary['versions'])


def test_video_plays_in_a_browser(demo):
    path = demo.folder / 'episode.mp4'
    (codec, pixels, width, height), times_s, images = decode(path)
    assert codec == 'h264'
    assert pixels == 'yuv420p'
    assert width >= 1024
    assert height >= 512
    assert times_s[-1] - times_s[0] == pytest.approx(demo.result['duration_s'], abs=2.0)
    assert (np.diff(times_s) > 0.0).all()
    assert all(image.std() > 20 for image in images)
    assert not np.array_equal(images[0], images[-1])
    # Fast start: the index comes before the images.
    data = path.read_bytes()
    assert 0 < data.index(b'moov') < data.index(b'mdat')


def test_bag_holds_the_drive_but_no_raw_image(demo):
    path = demo.folder / 'episode.mcap'
    assert path.stat().st_size < LARGEST_BAG_BYTES
    poses = []
    with AnyReader([path]) as bag:
        kinds = {connection.topic: connection.msgtype for connection in bag.connections}
        chosen = [c for c in bag.connections if c.topic == f'{BASE}/odometry']
        stamps_ns = [t_ns for _, t_ns, _ in bag.messages(chosen)]
        for connection, _, raw in bag.messages(chosen):
            place = bag.deserialize(raw, connection.msgtype).pose.pose.position
            poses.append((place.x, place.y))
    assert 'sensor_msgs/msg/Image' not in kinds.values()
    assert {
        '/clock',
        '/tf',
        '/carla/world_info',
        f'{BASE}/vehicle_status',
        f'{BASE}/global_plan',
        f'{BASE}/rgb_front/camera_info',
    } <= set(kinds)
    # The world waits for the recorder: the first seconds are there.
    assert stamps_ns[0] < 0.5e9
    assert len(poses) == pytest.approx(20.0 * demo.result['duration_s'], abs=10.0)
    driven_m = sum(math.dist(a, b) for a, b in pairwise(poses))
    assert driven_m == pytest.approx(demo.result['route_length_m'], abs=12.0)


def test_report_shows_the_video_and_the_verdict(demo):
    page = (demo.folder / 'report.html').read_text()
    assert '<video src="episode.mp4"' in page
    assert demo.result['status'] in page
    assert SHORT_ROUTE in page
    assert 'http://' not in page.replace('http://www.w3.org/', '')


def test_the_whole_stack_drives_and_is_spoken_to(tmp_path):
    """In lockstep, so that it does not depend on the machine; the baseline obeys nobody."""
    demo = Demo(tmp_path, SHORT_ROUTE, '--policy', 'route', '--lockstep')
    try:
        code = demo.wait()
        summary = demo.summary
        assert code == (0 if summary['arrived'] else 1), demo.text
        assert 'Traceback' not in demo.text
        assert 'RuntimeWarning' not in demo.text
        warnings = [line for line in demo.text.splitlines() if '[WARN]' in line]
        assert all(line.lstrip().startswith('world |') for line in warnings), warnings
        assert '[ERROR]' not in demo.text
        assert summary['control_hz'] == pytest.approx(20.0, abs=1.0)
        assert summary['plans_per_second'] == pytest.approx(5.0, abs=0.5)
        assert 99.0 < summary['plan_age_ms']['median'] < 301.0
        assert summary['plan_latency_ms']['median'] > 0.0
        (instruction,) = summary['instructions']
        assert instruction['text'] == 'Slow down.'
        # Summary and status tell the same: the planner's measure.
        outcome, _, measured = instruction['ended'].partition(': ')
        assert (instruction['outcome'], outcome) in (
            ('followed', 'done'),
            ('not followed', 'not followed'),
        )
        assert measured.startswith('its 10 s are over')
        report = (demo.folder / 'report.html').read_text()
        assert 'Slow down.' in report
        # Without a world there is an emergency, which is no part of the episode.
        assert 'ego_missing' not in report
        with AnyReader([demo.folder / 'episode.mcap']) as bag:
            topics = {connection.topic for connection in bag.connections}
        assert {'/simlingo/plan', '/simlingo/instruction', '/simlingo/safety_state'} <= topics
    finally:
        demo.close()


def test_a_policy_that_is_not_there_is_named(tmp_path):
    demo = Demo(tmp_path, SHORT_ROUTE, '--policy', 'minni')
    try:
        assert demo.wait() not in (0, None)
        assert "policy is 'minni'" in demo.text
    finally:
        demo.close()


def drive_off(stop):
    """Take the wheel from the expert and leave the road until asked to stop."""
    import rclpy
    from carla_msgs.msg import CarlaEgoVehicleControl
    from std_msgs.msg import Bool

    from simlingo_ros.endpoints import qos_profile
    from simlingo_ros.interfaces import Qos

    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node('person', context=context)
    override = node.create_publisher(
        Bool, f'{BASE}/vehicle_control_manual_override', qos_profile(Qos(1, is_latched=True))
    )
    wheel = node.create_publisher(CarlaEgoVehicleControl, f'{BASE}/vehicle_control_cmd_manual', 10)
    try:
        override.publish(Bool(data=True))
        deadline_s = time.monotonic() + 90.0
        while not stop() and time.monotonic() < deadline_s:
            wheel.publish(CarlaEgoVehicleControl(throttle=0.9, steer=0.06))
            time.sleep(0.05)
    finally:
        node.destroy_node()
        context.try_shutdown()


def test_a_car_that_does_not_arrive_is_exit_code_1(tmp_path):
    demo = Demo(tmp_path, SHORT_ROUTE, *EXPERT)
    try:
        demo.wait_for('world | [INFO] active')
        drive_off(lambda: demo.process.poll() is not None or 'episode over' in demo.text)
        assert demo.wait() == 1, demo.text
        assert demo.summary['arrived'] is False
        assert demo.result['status'].startswith('Failed')
        assert demo.summary['route_completion'] < 100.0
        assert demo.result['status'] in (demo.folder / 'report.html').read_text()
    finally:
        demo.close()


def test_a_route_that_is_not_there_is_no_success(tmp_path):
    demo = Demo(tmp_path, 'test:nowhere', *EXPERT)
    try:
        assert demo.wait() not in (0, None), demo.text
        assert 'nowhere' in demo.text
        assert not (demo.folder / 'summary.json').exists()
        assert demo.find_processes() == []
    finally:
        demo.close()


@pytest.mark.slow
def test_a_route_of_the_held_out_town(tmp_path):
    """With a situation on the way."""
    demo = Demo(tmp_path, 'test:31', *EXPERT)
    try:
        code = demo.wait()
        assert code == (0 if demo.summary['arrived'] else 1), demo.text
        assert demo.summary['arrived'], demo.text
        assert demo.result['town'] == 'Town93'
        assert demo.result['situations'] == ['blocked_lane']
    finally:
        demo.close()
