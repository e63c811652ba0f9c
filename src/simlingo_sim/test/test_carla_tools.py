# SPDX-License-Identifier: Apache-2.0
"""What tools of CARLA attach to, against the table of its bridge (carla_ros_interface §2, §3)."""

import math

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from derived_object_msgs.msg import Object

from simlingo_core.errors import ConfigError, ContractError, WorldError
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.types import VehicleCommand
from simlingo_ros.conversions.carla_tools import AckermannTarget, SpawnRequest, depth_to_image
from simlingo_ros.conversions.objects import objects_to_message, users_to_markers
from simlingo_sim.carla_tools import spawned
from simlingo_sim.carla_tools.drive_commands import AckermannDriver, twist_command
from simlingo_sim.carla_tools.road_users import RoadUserTracker
from simlingo_sim.carla_tools.sensor_messages import messages_of, topics_of
from simlingo_sim.carla_tools.spawned import SpawnRegistry, blueprints
from simlingo_sim.config import SimConfig
from simlingo_sim.ego.vehicle import EgoVehicle, VehicleConfig
from simlingo_sim.session import Session
from simlingo_sim.state import ActorKind, ActorState, WorldState
from simlingo_sim.weather import weather_named

pytestmark = pytest.mark.ros
ROLE = 'ego_vehicle'
VEHICLE = VehicleConfig()


def actor(ident, kind, pose, speed_mps=0.0):
    return ActorState(
        id=ident,
        kind=kind,
        type_id='',
        role='',
        pose_map=pose,
        speed_mps=speed_mps,
        extent_m=(2.0, 1.0, 0.5),
    )


def state(tick, ego, *others):
    return WorldState(tick=tick, t_s=0.05 * tick, ego=ego, actors=others, lights={})


def test_objects_stand_on_the_ground_and_move_in_map():
    tracker, south = RoadUserTracker(), -math.pi / 2
    for tick, speed in ((10, 4.0), (11, 4.1)):
        users = tracker.update(
            state(
                tick,
                actor(1, ActorKind.CAR, Pose2(5.0, 6.0, south + 0.01 * tick), speed),
                actor(7, ActorKind.TRUCK, Pose2(0.0, 0.0, 0.0)),
                actor(8, ActorKind.CHILD, Pose2(0.0, 0.0, 0.0)),
                actor(9, ActorKind.CONE, Pose2(0.0, 0.0, 0.0)),
            )
        )
    message = objects_to_message(users, Time(sec=3))
    assert [entry.id for entry in message.objects] == [1, 7, 8]
    car, truck, child = message.objects
    assert message.header.frame_id == car.header.frame_id == 'map'
    assert (car.classification, truck.classification, child.classification) == (
        Object.CLASSIFICATION_CAR,
        Object.CLASSIFICATION_TRUCK,
        Object.CLASSIFICATION_PEDESTRIAN,
    )
    assert (car.object_classified, car.classification_certainty) == (True, 255)
    assert car.classification_age == 2
    assert car.pose.position.z == 0.0
    assert list(car.shape.dimensions) == [4.0, 2.0, 1.0]
    assert car.twist.linear.y == pytest.approx(-4.1, abs=0.05)
    assert car.accel.linear.y == pytest.approx(-2.0, abs=0.1)
    assert car.twist.angular.z == pytest.approx(0.2)
    marker = users_to_markers(users, Time()).markers[0]
    assert (marker.type, marker.pose.position.z, marker.scale.z) == (marker.CUBE, 0.5, 1.0)


def test_tracker_begins_anew_when_time_goes_back():
    tracker = RoadUserTracker()
    ego = actor(1, ActorKind.CAR, Pose2(0.0, 0.0, 0.0), 5.0)
    tracker.update(state(50, ego))
    (user,) = tracker.update(state(0, ego))
    assert (user.age_ticks, user.acceleration_map_mps2.tolist()) == (1, [0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ('twist', 'wanted'),
    [
        ((0.0, 0.0), VehicleCommand(brake=1.0)),
        ((5.0, 0.0), VehicleCommand(throttle=0.5)),
        ((20.0, 0.61), VehicleCommand(throttle=1.0, steer=0.5)),
        ((-5.0, -9.0), VehicleCommand(throttle=0.5, steer=-1.0, reverse=True)),
    ],
)
def test_twist_is_read_as_the_bridges_node_reads_it(twist, wanted):
    assert twist_command(*twist, VEHICLE) == wanted


@pytest.mark.parametrize(('speed_mps', 'angle_rad'), [(8.0, 0.0), (3.0, 0.1), (-2.0, 0.0)])
def test_ackermann_target_is_reached_and_forgotten_after_a_second(speed_mps, angle_rad):
    driver, car = AckermannDriver(VEHICLE), EgoVehicle(VEHICLE)
    target = AckermannTarget(wheel_angle_rad=angle_rad, speed_mps=speed_mps, acceleration_mps2=0.0)
    for _ in range(200):
        driver.take(target)
        car.step(driver.step(car.speed_mps))
    assert car.speed_mps == pytest.approx(speed_mps, abs=0.3)
    assert car.wheel_angle_rad == pytest.approx(
        angle_rad * VEHICLE.single_wheel_share, rel=0.1, abs=1e-6
    )
    stop = AckermannTarget(wheel_angle_rad=0.0, speed_mps=0.0, acceleration_mps2=0.0)
    for _ in range(200):
        driver.take(stop)
        command = driver.step(car.speed_mps)
        car.step(command)
    assert (command.hand_brake, abs(car.speed_mps)) == (True, 0.0)
    assert [driver.step(0.0) is None for _ in range(21)] == [False] * 19 + [True] * 2


def request(type_id=spawned.DEPTH, ident='eye', parent=1, **attributes):
    return SpawnRequest(
        type_id=type_id, id=ident, attributes=attributes, pose=Pose3.identity(), parent_id=parent
    )


def test_what_the_world_has_anyhow_is_granted_and_nothing_changes():
    registry = SpawnRegistry(ROLE, 'rgb_front')
    assert registry.spawn(request('vehicle.lincoln.mkz_2020', ROLE, 0)) == 1
    assert registry.spawn(request('sensor.pseudo.odom', 'odometry')) >= 10_000
    assert registry.spawn(request('sensor.camera.rgb', 'rgb_front', fov='110')) < 10_000
    assert registry.sensors == {}


@pytest.mark.parametrize(
    ('wrong', 'words'),
    [
        (request('sensor.lidar.ray_cast'), 'no blueprint .*sensor.camera.depth'),
        (request('vehicle.lincoln.mkz_2020', 'other', 0), 'has one car'),
        (request('sensor.pseudo.tf', 'tf2'), "under the id 'tf' only"),
        (request(ident='rgb_front'), 'is taken'),
        (request(ident='a/b'), 'letters, digits'),
        (request(parent=0), 'attach_to is 0; expected 1'),
        (request(colour='red'), "'colour' is unknown; expected fov"),
        (request(fov='wide'), "fov is 'wide'"),
        (request(sensor_tick='-1'), 'sensor_tick'),
        (request(image_size_x='9'), 'width_px is 9'),
    ],
)
def test_bad_request_is_refused_with_its_remedy(wrong, words):
    registry = SpawnRegistry(ROLE, 'rgb_front')
    with pytest.raises((ContractError, ConfigError), match=words):
        registry.spawn(wrong)
    assert registry.sensors == {}


def test_sensors_have_ids_periods_and_can_be_taken_away():
    registry = SpawnRegistry(ROLE, 'rgb_front')
    ident = registry.spawn(request(sensor_tick='0.1', lens_k='-1.0'))
    sensor = registry.sensors[ident]
    assert (sensor.period_ticks, sensor.camera.width_px, sensor.camera.fov_deg) == (2, 800, 90.0)
    with pytest.raises(ContractError, match='is taken'):
        registry.spawn(request())
    assert registry.destroy(ident) is sensor
    assert registry.destroy(ident) is None
    assert registry.spawn(request()) == ident + 1
    assert blueprints('sensor.camera.*') == list(spawned.CAMERAS)
    assert blueprints('') == list(spawned.BLUEPRINTS)


@pytest.fixture(scope='module')
def session():
    session = Session(SimConfig(route='train:2', vehicles=0, pedestrians=0))
    yield session
    session.close()


def spawn(type_id, **attributes):
    registry = SpawnRegistry(ROLE, 'rgb_front')
    made = SpawnRequest(
        type_id=type_id,
        id='mine',
        attributes=attributes,
        pose=Pose3.from_roll_pitch_yaw([2.0, 0.0, 2.0], 0.0, 0.0, 0.0),
        parent_id=1,
    )
    return registry.sensors[registry.spawn(made)]


def test_depth_is_in_metres_along_the_optical_axis(session):
    sensor = spawn(spawned.DEPTH, image_size_x='200', image_size_y='100', fov='90')
    made = dict(messages_of(sensor, session, ROLE, lambda: None))
    image, info = (made[f'/carla/{{role}}/mine/{name}'] for name in ('image', 'camera_info'))
    assert (image.encoding, image.step, image.header.frame_id) == ('32FC1', 800, f'{ROLE}/mine')
    depth = np.frombuffer(image.data, np.float32).reshape(100, 200)
    # The camera is 2 m above flat ground: row r below the middle sees it at 2 f / r.
    for row in (25.5, 49.5):
        assert depth[50 + int(row), 100] == pytest.approx(2.0 * 100.0 / row, rel=0.01)
    assert depth.max() > 100.0
    assert info.k[0] == pytest.approx(100.0)
    (transform,) = made['tf']
    assert (transform.header.frame_id, transform.child_frame_id) == (ROLE, f'{ROLE}/mine')


def test_classes_have_the_colours_of_cityscapes(session):
    sensor = spawn(spawned.SEMANTIC, image_size_x='200', image_size_y='100', fov='90')
    made = dict(messages_of(sensor, session, ROLE, lambda: None))
    image = made['/carla/{role}/mine/image']
    assert image.encoding == 'bgra8'
    pixels = np.frombuffer(image.data, np.uint8).reshape(100, 200, 4)
    assert pixels[90, 100, :3].tolist() == [128, 64, 128]  # road
    assert pixels[0, 100, :3].tolist() == [180, 130, 70]  # sky
    assert len(np.unique(pixels.reshape(-1, 4), axis=0)) < 20


@pytest.mark.parametrize(
    'type_id', [spawned.GNSS, spawned.IMU, spawned.ODOMETRY, spawned.SPEEDOMETER, spawned.OBJECTS]
)
def test_other_sensors_send_the_types_of_the_bridge(session, type_id):
    from simlingo_ros.endpoints import load_type

    sensor = spawn(type_id)
    ((key, topic),) = topics_of(sensor).items()
    objects = objects_to_message((), Time())
    made = dict(messages_of(sensor, session, ROLE, lambda: objects))
    assert isinstance(made[key], load_type(topic.type))
    assert topic.resolve(ROLE) == f'/carla/{ROLE}/mine'


def test_weather_goal_and_place_change_the_episode(session):
    world = session.world
    world.set_weather(weather_named('HardRainNoon'))
    session.advance()
    assert world.state.weather.precipitation == 100.0
    points = world.route.points_map_m
    middle = points[len(points) // 2]
    session.drive_to(middle)
    assert np.hypot(*(world.route.points_map_m[-1] - middle)) < 3.0
    start = Pose2(*points[10], float(world.route.heading_at(5.0)))
    session.put(start)
    session.advance()
    assert np.hypot(*(world.state.ego.pose_map.position_m - points[10])) < 0.5
    assert np.hypot(*(world.route.points_map_m[-1] - middle)) < 3.0
    assert not session.is_over
    with pytest.raises(WorldError, match=r'not on a road|off the road'):
        session.drive_to(np.array([1e4, 1e4]))
    assert np.hypot(*(world.route.points_map_m[-1] - middle)) < 3.0


def test_depth_image_has_little_endian_floats():
    image = depth_to_image(np.array([[1.5, 2.5]], np.float32), Time(), 'f')
    assert np.frombuffer(image.data, '<f4').tolist() == [1.5, 2.5]
