# SPDX-License-Identifier: Apache-2.0
"""Round trips of vehicle, route and traffic lights, through the wire format of the messages."""

import math

import numpy as np
import pytest
from carla_msgs.msg import CarlaEgoVehicleControl, CarlaRoute, CarlaTrafficLightStatusList
from conversion_samples import (
    STAMP,
    angles,
    options,
    poses,
    same_pose,
    shares,
    single,
    times,
    vectors,
    wire,
)
from geometry_msgs.msg import PoseStamped
from hypothesis import given
from hypothesis import strategies as st
from nav_msgs.msg import Odometry, Path
from sensor_msgs.msg import Imu, NavSatFix
from std_msgs.msg import Float32, Header

import simlingo_ros.conversions as convert
from simlingo_core.errors import ContractError, NonFiniteError
from simlingo_core.frame import GnssReading, ImuReading
from simlingo_core.geometry import Pose3
from simlingo_core.route import Route
from simlingo_core.types import (
    EgoState,
    RoadOption,
    VehicleCommand,
)

pytestmark = pytest.mark.ros


@given(times, poses, st.floats(-50, 50), st.floats(-3, 3), vectors(3))
def test_odometry(t_s, pose, speed, rate, acceleration):
    ego = EgoState(
        t_s=t_s,
        pose_map=pose,
        speed_mps=speed,
        yaw_rate_radps=rate,
        acceleration_base_mps2=acceleration,
    )
    message = wire(convert.ego_state_to_odometry(ego, 'hero'))
    assert (message.header.frame_id, message.child_frame_id) == ('map', 'hero')
    back = convert.odometry_to_ego_state(message, acceleration)
    assert (back.t_s, back.speed_mps, back.yaw_rate_radps) == (t_s, speed, rate)
    same_pose(back.pose_map, pose)
    np.testing.assert_array_equal(back.acceleration_base_mps2, acceleration)


@pytest.mark.parametrize(
    ('path', 'name'),
    [
        ('pose.pose.position.y', 'Odometry.pose.pose.position.y'),
        ('twist.twist.linear.x', 'Odometry.twist.twist.linear.x'),
        ('twist.twist.angular.z', 'Odometry.twist.twist.angular.z'),
    ],
)
def test_odometry_that_is_not_finite_is_refused_by_name(path, name):
    message = Odometry()
    message.header.frame_id = 'map'
    *parents, last = path.split('.')
    target = message
    for parent in parents:
        target = getattr(target, parent)
    setattr(target, last, math.nan)
    with pytest.raises(NonFiniteError, match=name):
        convert.odometry_to_ego_state(message)


@given(vectors(3), vectors(3), angles)
def test_imu(acceleration, rates, yaw):
    reading = ImuReading(
        acceleration_base_mps2=acceleration,
        angular_velocity_base_radps=rates,
        orientation_yaw_rad=yaw,
    )
    back = convert.message_to_imu(wire(convert.imu_to_message(reading, STAMP, 'hero/imu')))
    np.testing.assert_array_equal(back.acceleration_base_mps2, acceleration)
    np.testing.assert_array_equal(back.angular_velocity_base_radps, rates)
    assert math.cos(back.orientation_yaw_rad - yaw) == pytest.approx(1.0, abs=1e-12)


def test_an_imu_without_orientation_is_refused():
    message = Imu()
    message.orientation_covariance[0] = -1.0
    with pytest.raises(ContractError, match='no orientation'):
        convert.message_to_imu(message)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-100, 9000))
def test_gnss(latitude, longitude, altitude):
    reading = GnssReading(latitude_deg=latitude, longitude_deg=longitude, altitude_m=altitude)
    assert convert.message_to_gnss(wire(convert.gnss_to_message(reading, STAMP, 'g'))) == reading


@pytest.mark.parametrize(('latitude', 'status'), [(91.0, 0), (math.nan, 0), (10.0, -1)])
def test_a_fix_that_is_none_is_refused(latitude, status):
    message = NavSatFix(latitude=latitude)
    message.status.status = status
    with pytest.raises(ContractError, match='NavSatFix'):
        convert.message_to_gnss(message)


@given(single(-100, 100))
def test_speed(speed):
    assert convert.message_to_speed(wire(convert.speed_to_message(speed))) == speed
    message = convert.speed_to_carla_speedometer(speed, STAMP, 'speed')
    assert convert.message_to_speed(wire(message)) == speed


def test_a_speed_that_is_not_finite_is_refused():
    with pytest.raises(NonFiniteError, match=r'Float32\.data'):
        convert.message_to_speed(Float32(data=math.inf))


@given(single(-1, 1), shares, shares, st.booleans(), st.booleans())
def test_command_changes_the_sign_of_the_steering_only(steer, throttle, brake, hand, reverse):
    command = VehicleCommand(
        steer=steer, throttle=throttle, brake=brake, hand_brake=hand, reverse=reverse
    )
    message = wire(convert.command_to_message(command, STAMP))
    assert message.steer == -steer
    assert message.header.stamp == STAMP
    assert message.gear == (-1 if reverse else 1)
    assert convert.message_to_command(message) == command


@pytest.mark.parametrize('field', ['steer', 'throttle', 'brake'])
@pytest.mark.parametrize('value', [math.nan, 1.5])
def test_a_bad_command_is_refused_by_name(field, value):
    message = CarlaEgoVehicleControl(**{field: value})
    with pytest.raises(ContractError, match=f'CarlaEgoVehicleControl.{field} is'):
        convert.message_to_command(message)


@given(times, single(0, 60), vectors(3), angles)
def test_vehicle_status(t_s, speed, acceleration, yaw):
    status = convert.VehicleStatus(
        t_s=t_s,
        speed_mps=speed,
        acceleration_map_mps2=acceleration,
        orientation_map=Pose3.from_roll_pitch_yaw(np.zeros(3), 0.0, 0.0, yaw),
        command=VehicleCommand(steer=0.5, throttle=0.25),
    )
    message = wire(convert.status_to_message(status))
    assert message.control.steer == -0.5
    back = convert.message_to_status(message)
    assert (back.t_s, back.speed_mps, back.command) == (t_s, speed, status.command)
    np.testing.assert_array_equal(back.acceleration_map_mps2, acceleration)
    same_pose(back.orientation_map, status.orientation_map)


@given(st.lists(options, min_size=2, max_size=9))
def test_route(route_options):
    points = [[2.0 * i, 0.5 * i * i] for i in range(len(route_options))]
    route = Route(points, route_options)
    back = convert.message_to_route(wire(convert.route_to_message(route, STAMP)))
    np.testing.assert_array_equal(back.points_map_m, route.points_map_m)
    assert back.options == route.options


def test_a_bad_route_is_refused():
    route = Route([[0, 0], [1, 0]], [RoadOption.LANE_FOLLOW] * 2)
    good = convert.route_to_message(route, STAMP)
    good.road_options = [4]
    with pytest.raises(ContractError, match='2 poses but 1'):
        convert.message_to_route(good)
    good.road_options = [4, 9]
    with pytest.raises(ContractError, match=r'road_options\[1\] is 9'):
        convert.message_to_route(good)
    good.road_options = [4, 4]
    good.poses[1].position.x = math.nan
    with pytest.raises(NonFiniteError, match=r'poses\[1\]\.position\.x'):
        convert.message_to_route(good)
    good.poses[1].position.x = 1.0
    good.header.frame_id = 'odom'
    with pytest.raises(ContractError, match='frame_id'):
        convert.message_to_route(good)


@pytest.mark.parametrize('kind', ['CarlaRoute', 'Path'])
def test_repeated_points_of_a_route_are_dropped(kind):
    points = [[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.0, 0.004], [2.0, 0.0]]
    poses = [convert.pose_to_message(Pose3([x, y, 0.0], [0.0, 0.0, 0.0, 1.0])) for x, y in points]

    def route_of(poses):
        header = Header(frame_id='map')
        if kind == 'Path':
            stamped = [PoseStamped(pose=pose) for pose in poses]
            return convert.path_message_to_route(Path(header=header, poses=stamped))
        options = [4, 1, 4, 2, 4][: len(poses)]
        return convert.message_to_route(
            CarlaRoute(header=header, poses=poses, road_options=options)
        )

    route = route_of(poses)
    assert route.points_map_m.tolist() == [[0, 0], [1, 0], [2, 0]]
    assert route.options == ((4, 4, 4) if kind == 'Path' else (1, 2, 4))
    assert [route_of(poses[:count]) for count in (0, 1, 2)] == [None, None, None]
    assert convert.message_to_route(CarlaRoute()) is None, 'no points, no frame'


@given(st.dictionaries(st.integers(1, 2**32 - 1), st.integers(0, 4), max_size=6))
def test_light_states(states):
    assert convert.message_to_light_states(wire(convert.light_states_to_message(states))) == states


def test_unknown_and_repeated_lights_are_refused():
    message = convert.light_states_to_message({4: 2})
    message.traffic_lights[0].state = 5
    with pytest.raises(ContractError, match='light 4 has state 5'):
        convert.message_to_light_states(message)
    light = convert.light_states_to_message({4: 2}).traffic_lights
    with pytest.raises(ContractError, match='twice'):
        convert.message_to_light_states(
            CarlaTrafficLightStatusList(traffic_lights=[*light, *light])
        )


@given(poses, vectors(3), vectors(3))
def test_light_boxes(pose, center, size):
    box = convert.LightBox(id=9, pose_map=pose, trigger_center_m=center, trigger_size_m=size)
    (back,) = convert.message_to_light_boxes(wire(convert.light_boxes_to_message([box])))
    assert back.id == 9
    same_pose(back.pose_map, pose)
    np.testing.assert_array_equal(back.trigger_center_m, center)
    np.testing.assert_array_equal(back.trigger_size_m, size)
