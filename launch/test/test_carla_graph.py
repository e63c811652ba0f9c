# SPDX-License-Identifier: Apache-2.0
"""What ``world:=carla`` starts, and the objects that the bridge spawns."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from simlingo_bringup.carla_objects import adapt_objects, objects_file
from simlingo_bringup.graph import find_graph
from simlingo_bringup.programs import check_programs
from simlingo_bringup.resolution import resolve
from simlingo_bringup.share import find_share
from simlingo_carla import cameras
from simlingo_carla.world_config import CarlaConfig
from simlingo_core.errors import ConfigError
from simlingo_core.geometry import Pose3
from simlingo_perception.config import PerceptionConfig
from simlingo_ros import interfaces
from simlingo_sim.camera.specs import training_camera

BRIDGE_NODES = {
    'carla_ros_bridge',
    'carla_spawn_objects',
    'set_initial_pose',
    'carla_waypoint_publisher',
}
OBJECTS = json.loads(find_share('config', 'carla_objects.json').read_text())
(CAR,) = [entry for entry in OBJECTS['objects'] if entry['type'].startswith('vehicle.')]
SENSORS = {sensor['id']: sensor for sensor in CAR['sensors']}


def nodes(**arguments):
    return {node.name: node for node in resolve(find_graph('carla'), arguments)}


def test_every_value_of_the_spawned_camera_is_that_of_the_training_camera():
    (camera,) = [s for s in SENSORS.values() if s['type'] == 'sensor.camera.rgb']
    wanted, place = training_camera(), camera['spawn_point']
    pose = Pose3.from_roll_pitch_yaw(
        [place['x'], place['y'], place['z']],
        *(math.radians(place[key]) for key in ('roll', 'pitch', 'yaw')),
    )
    assert np.allclose(pose.translation_m, wanted.base_from_camera.translation_m)
    assert np.allclose(pose.quaternion_xyzw, wanted.base_from_camera.quaternion_xyzw)
    assert camera['id'] == interfaces.DEFAULT_CAMERA
    assert (camera['image_size_x'], camera['image_size_y']) == (wanted.width_px, wanted.height_px)
    assert camera['fov'] == wanted.fov_deg == PerceptionConfig().camera_fov_deg
    # Nothing else may change its images: the direct door has the same three attributes.
    attributes = {k: v for k, v in camera.items() if k not in {'type', 'id', 'spawn_point'}}
    direct = cameras.attributes_of(wanted)
    assert {key: float(value) for key, value in direct.items()} == attributes


def test_the_car_is_that_of_the_direct_door_and_has_all_that_the_stack_reads():
    assert CAR['type'] == CarlaConfig().blueprint
    assert CAR['id'] == interfaces.DEFAULT_ROLE
    for interface in (interfaces.IMU, interfaces.GNSS, interfaces.ODOMETRY,
                      interfaces.SPEEDOMETER):  # fmt: skip
        sensor = SENSORS[interface.resolve().rpartition('/')[2]]
        # At the origin of the car, where the stack believes them to be; odometry has no place.
        assert not any(sensor.get('spawn_point', {}).values())
    assert {'sensor.pseudo.tf', 'actor.pseudo.control'} <= {s['type'] for s in CAR['sensors']}
    types = [entry['type'] for entry in OBJECTS['objects']]
    assert {'sensor.pseudo.actor_list', 'sensor.pseudo.traffic_lights'} <= set(types)


def test_role_camera_and_place_reach_the_objects(tmp_path):
    assert objects_file('', 'ego_vehicle', 'rgb_front', '').endswith('config/carla_objects.json')
    changed = json.loads(Path(objects_file('', 'hero', 'eye', '1,2,3,0,0,180')).read_text())
    (car,) = [entry for entry in changed['objects'] if entry['type'].startswith('vehicle.')]
    assert car['id'] == 'hero'
    assert car['spawn_point'] == dict(x=1.0, y=2.0, z=3.0, roll=0.0, pitch=0.0, yaw=180.0)
    assert 'eye' in {sensor['id'] for sensor in car['sensors']}
    back = adapt_objects(changed, 'ego_vehicle', 'rgb_front', '')
    (car,) = [entry for entry in back['objects'] if entry['type'].startswith('vehicle.')]
    del car['spawn_point']
    assert back == OBJECTS
    own = tmp_path / 'own.json'
    own.write_text('{}')
    assert objects_file(str(own), 'hero', 'eye', '') == str(own)


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        ({'spawn_point': '1,2,3'}, 'x,y,z,roll,pitch,yaw'),
        ({'spawn_point': 'a,b,c,d,e,f'}, 'x,y,z,roll,pitch,yaw'),
        ({'objects_file': '/no/such/file.json'}, 'expected an existing JSON file'),
        ({'carla_port': '0'}, 'port'),
        ({'bridge': 'on'}, 'auto, start, passive, none'),
    ],
)
def test_bad_arguments_are_refused_before_anything_starts(bridge, arguments, words):
    with pytest.raises(ConfigError, match=words):
        nodes(**arguments)


def test_bridge_is_started_where_it_is_installed(bridge):
    assert set(nodes()) >= BRIDGE_NODES
    assert not BRIDGE_NODES & set(nodes(bridge='none'))
    found = nodes(town='Town03', carla_host='10.0.0.7', carla_port='2004', role_name='hero')
    parameters = found['carla_ros_bridge'].parameters
    assert parameters['synchronous_mode'] is True
    assert parameters['fixed_delta_seconds'] == 0.05
    assert parameters['passive'] is False
    assert (parameters['host'], parameters['port']) == ('10.0.0.7', 2004)
    assert parameters['town'] == 'Town03'
    assert parameters['ego_vehicle_role_name'] == ('hero',)
    assert nodes(bridge='passive')['carla_ros_bridge'].parameters['passive'] is True
    assert found['carla_waypoint_publisher'].parameters['role_name'] == 'hero'
    assert found['carla_waypoint_publisher'].full_name == '/carla_waypoint_publisher'
    assert found['perception'].parameters['route_source'] == 'waypoints'


def test_bridge_that_is_not_installed_is_waited_for_or_refused(monkeypatch):
    monkeypatch.setenv('AMENT_PREFIX_PATH', '')
    assert not BRIDGE_NODES & set(nodes())
    with pytest.raises(ConfigError, match=r'lib/carla_ros_bridge/bridge.*bridge:=none'):
        check_programs(nodes(bridge='start').values())
    check_programs(nodes().values())


def test_goal_of_rviz_reaches_the_waypoint_publisher():
    remaps = dict(nodes(rviz='true', role_name='hero')['rviz'].remaps)
    assert remaps['/goal_pose'] == '/carla/hero/goal'


def test_relay_joins_the_native_output():
    graph = find_graph('carla_native')
    found = {node.name: node for node in resolve(graph, {'carla_port': '2002'})}
    assert not BRIDGE_NODES & set(found)
    parameters = found['carla_relay'].parameters
    assert (parameters['role_name'], parameters['port']) == ('hero', 2002)
    assert parameters['town'] == parameters['route'] == ''
    perception = found['perception'].parameters
    assert perception['route_source'] == 'global_plan'
    assert perception['uses_camera_info'] is False
    assert found['control'].parameters['role_name'] == 'hero'
    localised = {node.name: node for node in resolve(graph, {'localisation': 'true'})}
    assert localised['carla_relay'].parameters['has_odometry'] is False
    assert 'carla_relay' not in {node.name for node in resolve(graph, {'relay': 'false'})}


def test_localisation_takes_the_place_of_the_odometry():
    graph = find_graph('stack')
    found = {node.name: node for node in resolve(graph, {'localisation': 'true'})}
    assert found['world'].parameters['has_odometry'] is False
    assert 'localisation' in found['world'].after
    assert 'localisation' not in {node.name for node in resolve(graph, {})}
