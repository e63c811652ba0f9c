# SPDX-License-Identifier: Apache-2.0
"""The leaderboard's agent: its file under a stand-in of the base class, settings, bad input."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from leaderboard_stand_in import ROS2_AGENT_FILE, Drive, Track, load_agent_class

import simlingo_bringup
from simlingo_bringup.graph import find_graph
from simlingo_carla.agent_config import AgentConfig, read_agent_arguments
from simlingo_carla.agent_core import AgentCore, Readings, SparsePlan
from simlingo_carla.leaderboard_data import SENSORS, readings, sparse_plan
from simlingo_carla.sensor_pose import SensorPose
from simlingo_core.baselines import StraightPolicy
from simlingo_core.errors import ConfigError, ContractError, NonFiniteError
from simlingo_core.geodesy import GeoReference, compass_from_yaw
from simlingo_core.georeference import is_latitude_mirrored, solve_reference
from simlingo_core.types import RoadOption, VehicleCommand
from simlingo_perception.pose_filter import PoseFilter
from simlingo_ros import interfaces
from simlingo_sim.camera.specs import training_camera

TICKS = 200
REFERENCE = GeoReference(latitude_deg=49.0, longitude_deg=8.0)


def plan_of(points=((0.0, 0.0), (60.0, 0.0), (120.0, 0.0)), reference=REFERENCE):
    rows = np.column_stack([points, np.zeros(len(points))])
    return SparsePlan(
        fixes=reference.geodetic_from_map(rows),
        first_point_map_m=np.array(points[0]),
        options=(RoadOption.LANE_FOLLOW,) * len(points),
    )


def readings_at(x_m=0.0, y_m=0.0, yaw_rad=0.0, speed_mps=5.0, reference=REFERENCE, **changes):
    values = {
        'image_bgra': np.zeros((512, 1024, 4), np.uint8),
        'fix': reference.geodetic_from_map([x_m, y_m, 0.0]),
        'compass_rad': compass_from_yaw(yaw_rad),
        'speed_mps': speed_mps,
    }
    return Readings(**(values | changes))


@pytest.mark.parametrize(
    ('profile', 'policy', 'ticks', 'with_image'),
    [
        ('default', 'route', TICKS, False),
        ('upstream', 'route', TICKS, False),
        ('default', 'mini', 40, True),
    ],
)
def test_the_agent_file_drives_under_the_base_class(
    monkeypatch, tmp_path, profile, policy, ticks, with_image
):
    monkeypatch.setenv('SAVE_PATH', str(tmp_path))
    config = tmp_path / 'agent.yaml'
    config.write_text(f'policy: {policy}\nprofile: {profile}\n')
    agent_class = load_agent_class(monkeypatch)
    drive = Drive(agent_class, 'test:0', f'{config}+old_name+r1_rep0', with_image=with_image)
    try:
        assert drive.agent.track is Track.SENSORS
        drive.run(ticks)
        position = drive.frame.ego.pose_map.translation_m[:2]
        arc_m, offset_m = drive.world.route.project(position)
        assert arc_m > 0.1 * ticks
        assert abs(offset_m) < 2.0
        assert drive.agent.core.log.errors == []
        error = drive.agent.core.log.pose.position_m - position
        # Upstream's longitude is kilometres off here, for route and car alike.
        assert np.hypot(*error) < 1.5 or profile == 'upstream'
    finally:
        drive.close()
    first = drive.controls[0]
    assert (first.brake == 1.0) is (profile == 'upstream')
    log = json.loads((tmp_path / 'r1_rep0' / 'metric_info.json').read_text())
    assert list(log) == [str(k) for k in range(1, ticks + 1)]


def test_camera_of_the_agent_is_that_of_the_training():
    camera, spec = SENSORS[0], training_camera()
    assert (camera['width'], camera['height']) == (spec.width_px, spec.height_px)
    assert camera['fov'] == pytest.approx(spec.fov_deg)
    assert (camera['x'], -camera['y'], camera['z']) == (spec.x_m, spec.y_m, spec.z_m)


@pytest.mark.parametrize(
    ('text', 'policy', 'name'),
    [
        ('mini', 'mini', ''),
        ('mini+RouteScenario_1', 'mini', 'RouteScenario_1'),
        ('mini+first+second', 'mini', 'second'),
        ('{yaml}', 'route', ''),
        ('{yaml}+{folder}+name', '{folder}', 'name'),
        ('{yaml}+name', 'route', 'name'),
    ],
)
def test_config_string(tmp_path, text, policy, name):
    (tmp_path / 'a.yaml').write_text('policy: route\n')
    words = {'yaml': tmp_path / 'a.yaml', 'folder': tmp_path}
    found = read_agent_arguments(text.format(**words), {})
    assert (found.config.policy, found.save_name) == (policy.format(**words), name)


def test_profile_from_the_environment():
    found = read_agent_arguments('mini', {'SIMLINGO_PROFILE': 'upstream'})
    assert found.config.is_upstream
    with pytest.raises(ConfigError, match='profile'):
        read_agent_arguments('mini', {'SIMLINGO_PROFILE': 'upstraem'})


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('polcy: mini', 'polcy'),
        ('- mini', r"holds \['mini'\]"),
        ('plan_period_ticks: often', "plan_period_ticks is 'often'; expected int"),
        ('plan_period_ticks: 0', 'plan_period_ticks'),
        ('profile: upstream\nplan_period_ticks: 2', 'expected 1'),
        ('a: [', 'cannot be read'),
    ],
)
def test_bad_settings_are_named(tmp_path, content, message):
    path = tmp_path / 'a.yaml'
    path.write_text(content)
    with pytest.raises(ConfigError, match=message):
        read_agent_arguments(str(path), {})
    with pytest.raises(ConfigError, match='cannot be read'):
        read_agent_arguments(str(tmp_path / 'none.yaml'), {})


def test_reference_is_found_from_one_point():
    found = solve_reference(plan_of([(300.0, -900.0), (0.0, 0.0)]).fixes[0], [300.0, -900.0])
    assert found.latitude_deg == pytest.approx(49.0, abs=1e-9)
    assert found.longitude_deg == pytest.approx(8.0, abs=1e-9)
    with pytest.raises(NonFiniteError):
        solve_reference([math.nan, 8.0], [0.0, 0.0])
    with pytest.raises(ContractError, match='no reference'):
        solve_reference([49.0, 8.0], [0.0, 3e7])


def test_server_that_mirrors_latitudes_is_noticed():
    x_m, y_m = 100.0, 250.0
    start = [x_m, y_m]
    right, wrong = (REFERENCE.geodetic_from_map([x_m, y, 0.0]) for y in (y_m, -y_m))
    assert not is_latitude_mirrored(REFERENCE, right, start)
    assert is_latitude_mirrored(REFERENCE, wrong, start)
    pose = SensorPose(REFERENCE, start).step(wrong, compass_from_yaw(0.3), 0.0)
    np.testing.assert_allclose(pose.position_m, start, atol=1e-3)
    assert pose.yaw_rad == pytest.approx(0.3)


@pytest.mark.parametrize('is_upstream', [False, True])
def test_filter_believes_in_a_full_brake_for_forty_ticks_as_upstream(is_upstream):
    rng = np.random.default_rng(0)
    ours, reference = SensorPose(REFERENCE, [0, 0], is_upstream=is_upstream), PoseFilter()
    remembered, given = VehicleCommand.full_brake(), VehicleCommand(steer=0.3, throttle=0.7)
    for tick in range(60):
        x_m, y_m = 0.4 * tick + rng.normal(0, 0.5), rng.normal(0, 0.5)
        fix = REFERENCE.geodetic_from_map([x_m, y_m, 0.0])
        pose = ours.step(fix, compass_from_yaw(0.01 * tick), 8.0)
        expected = reference.step([x_m, y_m], 0.01 * tick, 8.0, remembered)
        np.testing.assert_allclose(pose.position_m, expected.position_m, atol=1e-6)
        ours.note_command(given)
        holds = is_upstream and tick < 40
        remembered = VehicleCommand.full_brake() if holds else given


def test_compass_that_is_no_number():
    fix = REFERENCE.geodetic_from_map([0.0, 0.0, 0.0])
    upstream = SensorPose(REFERENCE, [0, 0], is_upstream=True)
    assert upstream.step(fix, math.nan, 1.0).yaw_rad == pytest.approx(math.pi / 2)
    with pytest.raises(NonFiniteError, match='compass is nan'):
        SensorPose(REFERENCE, [0, 0]).step(fix, math.nan, 1.0)


@pytest.mark.parametrize(
    'changes',
    [
        {'fix': np.array([math.nan, 8.0, 0.0])},
        {'compass_rad': math.inf},
        {'speed_mps': math.nan},
        {'image_bgra': np.zeros((0, 0, 4), np.uint8)},
    ],
)
def test_bad_reading_brakes_fully_and_the_drive_goes_on(changes):
    core = AgentCore(StraightPolicy(), plan_of())
    for tick in range(5):
        command = core.step(readings_at(0.25 * tick), 0.05 * tick)
        assert command.brake == 0.0
    assert core.step(readings_at(1.5, **changes), 0.30).brake == 1.0
    assert len(core.log.errors) == 1
    assert core.step(readings_at(1.75), 0.35).brake == 0.0


def test_bad_data_of_the_leaderboard_are_named():
    good = {
        'rgb_0': (1, np.zeros((512, 1024, 4), np.uint8)),
        'imu': (1, np.zeros(7)),
        'gps': (1, np.zeros(3)),
        'speed': (1, {'speed': 1.0}),
    }
    assert readings(good).speed_mps == 1.0
    for changes, message in (
        ({'rgb_0': None}, 'sensors rgb_0 are missing'),
        ({'imu': (1, np.zeros(6))}, 'the compass last'),
        ({'rgb_0': (1, np.zeros((512, 1024)))}, 'the camera gave'),
    ):
        data = {k: v for k, v in (good | changes).items() if v is not None}
        with pytest.raises(ContractError, match=message):
            readings(data)
    with pytest.raises(ContractError, match='set_global_plan'):
        sparse_plan([], [])


def test_plan_period_and_instruction():
    class Counting(StraightPolicy):
        calls = ()

        def plan(self, observation, instruction=None):
            Counting.calls += (instruction,)
            return super().plan(observation, instruction)

    core = AgentCore(
        Counting(), plan_of(), AgentConfig(plan_period_ticks=4, instruction='slow down')
    )
    for tick in range(8):
        core.step(readings_at(0.25 * tick), 0.05 * tick)
    assert len(Counting.calls) == 2
    assert Counting.calls[0].text


def test_ros2_agent_names_what_the_graph_has(monkeypatch):
    monkeypatch.setenv('SIMLINGO_POLICY', 'route')
    agent = load_agent_class(monkeypatch, ROS2_AGENT_FILE)('localhost', 2000)
    agent.setup('anything+RouteScenario_1_rep0')

    assert agent.started == agent.get_ros_entrypoint()  # before setup, as the base class does
    entry = agent.get_ros_entrypoint()
    assert entry['parameters']['policy'] == 'route'
    graph = find_graph('stack')
    arguments = {argument.name: argument for argument in graph.arguments}
    for name, text in entry['parameters'].items():
        arguments[name].parse(str(text))
    assert entry['package'] == 'simlingo_bringup'
    folder = Path(simlingo_bringup.__file__).parents[1] / 'launch'
    assert (folder / entry['launch_file']).exists()
    assert agent.track is Track.SENSORS
    topics = {f'/carla/hero/{sensor["id"]}' for sensor in agent.sensors()}
    assert topics == {
        interfaces.IMAGE.resolve('hero', 'rgb_front').removesuffix('/image'),
        interfaces.IMU.resolve('hero'),
        interfaces.GNSS.resolve('hero'),
        interfaces.SPEEDOMETER.resolve('hero'),
    }
