# SPDX-License-Identifier: Apache-2.0
"""The perception node over ROS: which routes and stamps it takes, and what it says otherwise."""

import math
import signal

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from carla_msgs.msg import CarlaRoute
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Float32, Header

from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.route import Route
from simlingo_core.types import EgoState, RoadOption
from simlingo_ros import interfaces
from simlingo_ros.conversions.route import route_to_message
from simlingo_ros.conversions.time import seconds_to_stamp
from simlingo_ros.conversions.vehicle import ego_state_to_odometry
from simlingo_ros.endpoints import create_publisher, create_subscription
from simlingo_ros.images import array_to_image

pytestmark = pytest.mark.ros
PERIOD_S = 0.1
TOPIC = '/carla/ego_vehicle/global_plan'


class Car:
    """A car that stands on a straight road, with a small 4:3 camera that is 20 ms late."""

    def __init__(self, observer):
        self.observer, self.t_s, self.x_m, self.y_m = observer, 1.0, 20.0, 0.0
        node = observer.node
        self.out = {
            name: create_publisher(node, interface)
            for name, interface in (
                ('route', interfaces.ROUTE),
                ('image', interfaces.IMAGE),
                ('odometry', interfaces.ODOMETRY),
                ('speed', interfaces.SPEEDOMETER),
                ('info', interfaces.CAMERA_INFO),
            )
        }
        self.observations, self.lines = [], {}
        create_subscription(node, interfaces.OBSERVATION, self.observations.append)
        create_subscription(node, interfaces.DIAGNOSTICS, self._on_diagnostics)

    def _on_diagnostics(self, message):
        for status in message.status:
            self.lines[status.name.partition(': ')[2]] = (ord(status.level), status.message)

    def drive_until(self, condition):
        """Publish sensors until something has happened."""

        def is_reached():
            self.publish()
            self.observer.spin_for(PERIOD_S / 2)
            return condition()

        self.observer.spin_until(is_reached)

    def publish(self):
        self.t_s += PERIOD_S
        for late_s in (0.0, 0.05):
            pose = Pose3.from_planar(Pose2(self.x_m, self.y_m, 0.0))
            ego = EgoState(t_s=self.t_s + late_s, pose_map=pose, speed_mps=0.0)
            self.out['odometry'].publish(ego_state_to_odometry(ego, 'ego_vehicle'))
        self.out['speed'].publish(Float32(data=0.0))
        pixels = np.full((48, 64, 3), int(self.t_s * 10) % 256, np.uint8)
        stamp = seconds_to_stamp(self.t_s + 0.02)
        self.out['image'].publish(array_to_image(pixels, '8UC3', stamp=stamp))

    def says(self, line, level, text):
        return line in self.lines and (
            self.lines[line][0] == level and text in self.lines[line][1]
        )


@pytest.fixture
def car(start, observer):
    words = ('-p', 'input_age_limit_s:=5.0', '-p', 'use_sim_time:=true')
    process = start('-m', 'simlingo_perception', '--ros-args', *words)
    car = Car(observer)
    observer.spin_until(lambda: all(out.get_subscription_count() for out in car.out.values()))
    car.process = process
    yield car
    process.signal_group(signal.SIGINT)
    assert process.wait() == 0, process.output


def straight(y_m=0.0):
    points = np.column_stack([np.arange(201.0), np.full(201, y_m)])
    return route_to_message(Route(points, [RoadOption.LANE_FOLLOW] * 201), Time())


def test_the_newest_route_counts_and_without_a_usable_one_the_car_stops(car):
    """Case R6: empty, NaN and far routes over ROS; and 2: repeated points."""
    car.observer.spin_for(1.0)
    assert 'waits for its inputs: no image has come yet' in car.process.output
    assert 'WARN' not in car.process.output

    # One point: waiting, and nothing is an error.
    lonely = straight()
    lonely.poses, lonely.road_options = lonely.poses[:1] * 2, [4, 4]
    car.out['route'].publish(lonely)
    car.drive_until(lambda: car.says('inputs', 1, 'route has 2 points at one place, waiting'))
    assert TOPIC not in car.lines

    # Every point twice, and a camera that is 20 ms late: the episode starts.
    doubled = straight()
    doubled.poses = [pose for pose in doubled.poses for _ in range(2)]
    doubled.road_options = [4] * len(doubled.poses)
    car.out['route'].publish(doubled)
    car.drive_until(lambda: len(car.observations) > 2)
    observation = car.observations[-1]
    assert observation.header.stamp.nanosec % 100_000_000 == 20_000_000
    assert observation.route_progress == pytest.approx(0.1)

    faults = []
    for bad, level, text in (
        (_with_nan(straight()), 1, 'the newest route cannot be used'),
        (CarlaRoute(), 1, 'route has 0 points, waiting'),
        (straight(y_m=-210.0), 2, 'OFF_ROUTE'),
    ):
        car.out['route'].publish(bad)
        car.drive_until(lambda level=level, text=text: car.says('inputs', level, text))
        car.observations.clear()
        for _ in range(5):
            car.publish()
            car.observer.spin_for(PERIOD_S / 2)
        is_off_route = text == 'OFF_ROUTE'
        assert bool(car.observations) == is_off_route, text
        assert all(observation.is_off_route for observation in car.observations)
        faults.append(car.lines[TOPIC])
    assert [level for level, _ in faults] == [2, 0, 0]
    assert 'poses[7].position.y is nan' in faults[0][1]
    assert '210 m' in car.lines['inputs'][1]

    car.out['route'].publish(straight())
    car.drive_until(lambda: not car.observations[-1].is_off_route)

    # A camera that sees too little is refused: once in the log, for as long as it does so.
    car.out['info'].publish(CameraInfo(width=64, k=[32.0, *[0.0] * 8]))
    image = '/carla/ego_vehicle/rgb_front/image'
    car.drive_until(lambda: car.says(image, 2, 'camera_info says 90.0 degrees'))
    for _ in range(30):
        car.publish()
        car.observer.spin_for(PERIOD_S / 2)
    assert car.process.output.count('camera_info says 90.0 degrees') == 1


def _with_nan(message):
    message.poses[7].position.y = math.nan
    message.header = Header(frame_id='map')
    return message
