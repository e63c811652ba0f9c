# SPDX-License-Identifier: Apache-2.0
"""The simulator's node has the CARLA bridge's interface (carla_ros_interface §2)."""

import json
import math
import os
import subprocess
import sys
import time

import numpy as np
import pytest

pytestmark = pytest.mark.ros

ROLE = 'ego_vehicle'
BASE = f'/carla/{ROLE}'
IMAGE = f'{BASE}/rgb_front/image'
# name, type, reliable, latched, depth of the history matters to publishers only
EXPECTED = {
    '/clock': ('rosgraph_msgs/msg/Clock', False),
    '/carla/status': ('carla_msgs/msg/CarlaStatus', False),
    '/carla/world_info': ('carla_msgs/msg/CarlaWorldInfo', True),
    '/carla/map': ('std_msgs/msg/String', True),
    '/carla/actor_list': ('carla_msgs/msg/CarlaActorList', False),
    '/carla/traffic_lights/info': ('carla_msgs/msg/CarlaTrafficLightInfoList', True),
    '/carla/traffic_lights/status': ('carla_msgs/msg/CarlaTrafficLightStatusList', True),
    IMAGE: ('sensor_msgs/msg/Image', False),
    f'{BASE}/rgb_front/camera_info': ('sensor_msgs/msg/CameraInfo', False),
    f'{BASE}/odometry': ('nav_msgs/msg/Odometry', False),
    f'{BASE}/imu': ('sensor_msgs/msg/Imu', False),
    f'{BASE}/gnss': ('sensor_msgs/msg/NavSatFix', False),
    f'{BASE}/speedometer': ('std_msgs/msg/Float32', False),
    f'{BASE}/vehicle_status': ('carla_msgs/msg/CarlaEgoVehicleStatus', False),
    f'{BASE}/vehicle_info': ('carla_msgs/msg/CarlaEgoVehicleInfo', True),
    f'{BASE}/global_plan': ('carla_msgs/msg/CarlaRoute', True),
    f'{BASE}/global_plan_gnss': ('carla_msgs/msg/CarlaGnssRoute', True),
    f'{BASE}/waypoints': ('nav_msgs/msg/Path', True),
    '/tf': ('tf2_msgs/msg/TFMessage', False),
}
EVENTS = {
    f'{BASE}/collision': 'carla_msgs/msg/CarlaCollisionEvent',
    f'{BASE}/lane_invasion': 'carla_msgs/msg/CarlaLaneInvasionEvent',
}


def start(*parameters):
    arguments = [f'-p{name}:={value}' for name, value in parameters]
    pairs = [part for argument in arguments for part in ('-p', argument[2:])]
    return subprocess.Popen(
        [sys.executable, '-m', 'simlingo_sim', '--ros-args', *pairs],
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def stop(process):
    process.terminate()
    try:
        output, _ = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    return output


class Listener:
    """A stack that receives everything and drives in lockstep by one fixed command."""

    def __init__(self, command):
        import rclpy

        from simlingo_ros.endpoints import load_type, qos_profile
        from simlingo_ros.interfaces import Qos

        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.node = rclpy.create_node('listener', context=self.context)
        self.executor = rclpy.executors.SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.newest, self.history, self.command = {}, {}, command
        self.publisher = self.node.create_publisher(
            load_type('carla_msgs/msg/CarlaEgoVehicleControl'), f'{BASE}/vehicle_control_cmd', 10
        )
        for name, (kind, is_latched) in EXPECTED.items():
            self.node.create_subscription(
                load_type(kind),
                name,
                lambda message, name=name: self._take(name, message),
                qos_profile(Qos(10, is_latched=is_latched)),
            )
        for name, kind in EVENTS.items():
            self.node.create_subscription(
                load_type(kind), name, lambda message, name=name: self._take(name, message), 10
            )

    def _take(self, name, message):
        self.newest[name] = message
        self.history.setdefault(name, []).append(message)
        if name == f'{BASE}/odometry' and self.command is not None:
            from simlingo_ros.conversions.vehicle import command_to_message

            self.publisher.publish(command_to_message(self.command, message.header.stamp))

    def spin_until(self, condition, limit_s=120.0):
        end_s = time.monotonic() + limit_s
        while not condition() and time.monotonic() < end_s:
            self.executor.spin_once(timeout_sec=0.2)
        assert condition(), sorted(set(EXPECTED) - set(self.newest))

    def stamps(self, name):
        """Return the stamps of the messages received on a topic, as (s, ns)."""
        stamps = (message.header.stamp for message in self.history.get(name, []))
        return {(stamp.sec, stamp.nanosec) for stamp in stamps}

    def close(self):
        self.executor.shutdown()
        self.node.destroy_node()
        self.context.try_shutdown()


@pytest.fixture(scope='module')
def running_world():
    """Everything published in sixty ticks of lockstep with the wheel to the right, then none."""
    from simlingo_core.types import VehicleCommand

    process = start(
        ('lockstep', 'true'), ('route', 'train:0'), ('vehicles', 5), ('pedestrians', 2)
    )
    listener = Listener(VehicleCommand(throttle=0.6, steer=-0.3))
    try:
        listener.spin_until(
            lambda: (
                len(listener.history.get(f'{BASE}/odometry', [])) > 60
                and set(EXPECTED) <= set(listener.newest)
            )
        )
        # Images are large and may be some ticks behind; without commands they catch up.
        listener.command = None
        listener.spin_until(
            lambda: listener.stamps(IMAGE) == listener.stamps(f'{BASE}/rgb_front/camera_info')
        )
        graph = {
            name: listener.node.get_publishers_info_by_topic(name) for name in (*EXPECTED, *EVENTS)
        }
        yield listener, graph
    finally:
        listener.close()
        output = stop(process)
    assert 'Traceback' not in output, output


@pytest.mark.parametrize('name', [*EXPECTED, *EVENTS])
def test_type_and_qos(running_world, name):
    from rclpy.qos import DurabilityPolicy, ReliabilityPolicy

    _, graph = running_world
    kind, is_latched = EXPECTED.get(name, (EVENTS.get(name), False))
    (info,) = graph[name]
    assert info.topic_type == kind
    assert info.qos_profile.reliability == ReliabilityPolicy.RELIABLE
    assert (info.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL) == is_latched


@pytest.mark.parametrize('name', EXPECTED)
def test_everything_is_published(running_world, name):
    listener, _ = running_world
    assert name in listener.newest


def test_signs_and_frames(running_world):
    listener, _ = running_world
    odometry = listener.history[f'{BASE}/odometry']
    first, last = odometry[0], odometry[-1]
    assert (first.header.frame_id, first.child_frame_id) == ('map', ROLE)
    yaw = [2 * math.atan2(o.pose.pose.orientation.z, o.pose.pose.orientation.w) for o in odometry]
    turned = math.remainder(yaw[-1] - yaw[0], 2 * math.pi)
    assert turned < -0.05
    assert last.twist.twist.angular.z < 0.0
    assert listener.newest[f'{BASE}/imu'].angular_velocity.z < 0.0
    assert listener.history[f'{BASE}/imu'][0].linear_acceleration.z == pytest.approx(9.81, abs=0.1)
    status = listener.newest[f'{BASE}/vehicle_status']
    assert status.header.frame_id == 'map'
    assert status.control.steer == pytest.approx(0.3, abs=1e-6)
    assert status.velocity == pytest.approx(last.twist.twist.linear.x, abs=0.2)
    speed = listener.newest[f'{BASE}/speedometer'].data
    assert speed == pytest.approx(last.twist.twist.linear.x, abs=0.2)


def test_ticks_and_stamps(running_world):
    listener, _ = running_world
    stamps = [
        o.header.stamp.sec * 20 + round(o.header.stamp.nanosec / 5e7)
        for o in listener.history[f'{BASE}/odometry']
    ]
    distinct = sorted(set(stamps))
    assert distinct == list(range(distinct[0], distinct[-1] + 1))
    status = listener.newest['/carla/status']
    assert status.synchronous_mode
    assert status.fixed_delta_seconds == pytest.approx(0.05)


def test_image(running_world):
    listener, _ = running_world
    image = listener.newest[IMAGE]
    assert (image.width, image.height, image.encoding, image.step) == (1024, 512, 'bgra8', 4096)
    assert image.header.frame_id == f'{ROLE}/rgb_front'
    pixels = np.frombuffer(image.data, np.uint8).reshape(512, 1024, 4)
    assert pixels[..., :3].std() > 20
    info = listener.newest[f'{BASE}/rgb_front/camera_info']
    assert info.k[0] == pytest.approx(358.506, abs=0.01)
    stamps = listener.stamps(IMAGE)
    assert stamps == listener.stamps(f'{BASE}/rgb_front/camera_info')
    assert len(stamps) > 10
    assert all(round(s * 20 + ns / 5e7) % 4 == 0 for s, ns in stamps)


def test_camera_frame_is_optical(running_world):
    listener, _ = running_world
    transforms = {
        t.child_frame_id: t for message in listener.history['/tf'] for t in message.transforms
    }
    camera = transforms[f'{ROLE}/rgb_front']
    assert camera.header.frame_id == ROLE
    place = camera.transform.translation
    assert (place.x, place.y, place.z) == pytest.approx((-1.5, 0.0, 2.0))
    turn = camera.transform.rotation
    assert (turn.x, turn.y, turn.z, turn.w) == pytest.approx((-0.5, 0.5, -0.5, 0.5))
    assert transforms[ROLE].header.frame_id == 'map'


def test_facts(running_world):
    listener, _ = running_world
    info = listener.newest['/carla/world_info']
    assert info.map_name == 'Carla/Maps/Town91'
    assert info.opendrive.lstrip().startswith('<')
    sheet = listener.newest[f'{BASE}/vehicle_info']
    assert len(sheet.wheels) == 4
    assert sheet.wheels[0].max_steer_angle > 0.5 > sheet.wheels[2].max_steer_angle
    assert sheet.wheels[0].position.y > 0 > sheet.wheels[1].position.y
    route = listener.newest[f'{BASE}/global_plan']
    assert len(route.poses) == len(route.road_options) > 100
    assert len(listener.newest[f'{BASE}/waypoints'].poses) == len(route.poses)
    fixes = listener.newest[f'{BASE}/global_plan_gnss'].coordinates
    assert len(fixes) == len(route.poses)
    first = listener.history[f'{BASE}/gnss'][0]
    assert fixes[0].latitude == pytest.approx(first.latitude, abs=1e-4)
    assert fixes[0].longitude == pytest.approx(first.longitude, abs=1e-4)
    lights = {light.id for light in listener.newest['/carla/traffic_lights/info'].traffic_lights}
    states = listener.newest['/carla/traffic_lights/status'].traffic_lights
    assert {light.id for light in states} == lights
    assert {light.state for light in states} <= {0, 1, 2}
    roles = {actor.rolename for actor in listener.newest['/carla/actor_list'].actors}
    assert {ROLE, 'traffic'} <= roles


@pytest.mark.slow
def test_autopilot_finishes_the_drive_in_real_time_of_its_own(tmp_path):
    """In lockstep with the expert at the wheel nobody is waited for."""
    result = tmp_path / 'result.json'
    process = start(
        ('lockstep', 'true'),
        ('autopilot', 'true'),
        ('has_camera', 'false'),
        ('route', 'train:0'),
        ('result_path', str(result)),
        ('vehicles', 0),
        ('pedestrians', 0),
    )
    try:
        output, _ = process.communicate(timeout=150)
    finally:
        process.kill()
    assert process.returncode == 0, output
    summary = json.loads(result.read_text())
    assert summary['arrived'], summary
    assert summary['driving_score'] > 50.0
    assert summary['route_completion'] == 100.0


def test_another_episode_can_be_begun():
    import rclpy

    from simlingo_core.types import VehicleCommand
    from simlingo_ros import interfaces
    from simlingo_ros.endpoints import create_subscription, load_type

    process = start(
        ('lockstep', 'true'), ('route', 'train:0'), ('vehicles', 0), ('has_camera', 'false')
    )
    listener = Listener(VehicleCommand(throttle=0.3))
    choices = []
    create_subscription(listener.node, interfaces.EPISODE_CHOICES, choices.append)
    client = listener.node.create_client(
        load_type(interfaces.START_EPISODE.type), interfaces.START_EPISODE.name
    )

    def begin(**wanted):
        future = client.call_async(load_type(interfaces.START_EPISODE.type).Request(**wanted))
        rclpy.spin_until_future_complete(listener.node, future, listener.executor, 60.0)
        return future.result()

    try:
        listener.spin_until(lambda: len(listener.history.get(f'{BASE}/odometry', [])) > 5)
        listener.spin_until(lambda: choices and client.service_is_ready())
        assert (choices[0].route, choices[0].seed) == ('train:0', 0)
        assert 'test:8' in choices[0].known_routes
        assert 'red_light' in choices[0].known_situations

        refused = begin(route='test:no_such_route')
        assert (refused.success, 'no_such_route' in refused.reason) == (False, True)
        assert 'did you mean' in begin(route='train:1', situation='red_lihgt').reason
        assert 'seed' in begin(route='train:1', seed=-1).reason
        assert choices[-1].route == 'train:0'

        assert begin(route='train:1', situation='red_light', seed=3).success
        listener.spin_until(lambda: choices[-1].route == 'train:1')
        assert (choices[-1].situations, choices[-1].seed) == (['red_light'], 3)
        seconds = [o.header.stamp for o in listener.history[f'{BASE}/odometry']]
        listener.history[f'{BASE}/odometry'].clear()
        listener.spin_until(lambda: len(listener.history[f'{BASE}/odometry']) > 5)
        assert min((s.sec, s.nanosec) for s in seconds) <= (0, 50_000_000)
    finally:
        listener.close()
        output = stop(process)
    assert 'Traceback' not in output, output


def test_bad_settings_are_refused():
    for parameter, word in (
        (('route', 'test:no_such_route'), 'no_such_route'),
        (('situation', 'red_lihgt'), 'red_light'),
        (('quality', 'superb'), 'superb'),
        (('protocol', 'mine'), 'mine'),
    ):
        process = start(parameter)
        output, _ = process.communicate(timeout=40)
        assert process.returncode == 1, (parameter, output)
        assert word in output
        assert 'Traceback' not in output
