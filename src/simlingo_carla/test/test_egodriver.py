# SPDX-License-Identifier: Apache-2.0
"""The policy as an egodriver server, driven by the closed loop of ``carla_driver_interface``."""

from dataclasses import replace

import grpc
import numpy as np
import pytest
from carla_driver_interface.inprocess import in_process_channel
from carla_driver_interface.server import serving
from carla_driver_interface.testing import FakeCamera, FakeLoop
from typer.testing import CliRunner

from simlingo_carla.egodriver.command import app
from simlingo_carla.egodriver.plan_trajectory import plan_poses, poses_along, times_s
from simlingo_carla.egodriver.policy_driver import REAR_AXLE_M, PolicyDriver
from simlingo_carla.egodriver.rolling_route import RollingRoute
from simlingo_core.baselines import StraightPolicy, plan_along
from simlingo_core.errors import BackendError, ConfigError
from simlingo_core.geometry import Pose3
from simlingo_core.types import Observation
from simlingo_planner.baselines import TargetPointPolicy

CAMERA = FakeCamera(width=256, height=128, fov_deg=110.0, x=REAR_AXLE_M - 1.5, z=2.0)


def loop(policy, camera=CAMERA, **changes):
    return FakeLoop(in_process_channel(PolicyDriver(policy)), (camera,), **changes)


def test_car_sets_off_and_stays_in_its_lane():
    result = loop(TargetPointPolicy()).run(40)

    assert result.steps == 40
    assert result.speeds_mps[-1] > 2.0
    assert np.abs(result.lateral_offsets_m).max() < 0.3
    assert result.debug[-1].scalars['plan_age_s'] == 0.0
    assert result.debug[-1].policy_name == 'simlingo_route'


def test_car_beside_its_lane_comes_back_the_right_way():
    result = loop(TargetPointPolicy(), initial_lateral_offset_m=1.5, initial_speed_mps=4.0).run(50)

    offsets = result.lateral_offsets_m
    assert abs(offsets[-1]) < 0.75 * offsets[0]
    assert offsets.min() > -0.5


def test_policy_that_fails_brakes_the_car():
    class Failing(StraightPolicy):
        def plan(self, observation, instruction=None):
            raise BackendError('no')

    result = loop(Failing(), initial_speed_mps=5.0).run(32)

    assert result.speeds_mps[-1] == pytest.approx(0.0, abs=0.01)
    braking = np.diff(result.speeds_mps) / 0.1
    assert braking.min() > -5.0  # no more than a firm brake


@pytest.mark.parametrize(
    ('camera', 'message'),
    [
        (replace(CAMERA, fov_deg=60.0), 'needs 110 degrees'),
        (replace(CAMERA, height=64), 'needs 128 rows'),
    ],
)
def test_camera_that_sees_too_little_is_refused_at_the_start(camera, message):
    with pytest.raises(grpc.RpcError) as caught:
        loop(TargetPointPolicy(), camera).run(1)
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert message in caught.value.details()


def test_front_camera_is_found_among_others():
    others = (replace(CAMERA, logical_id='left'), replace(CAMERA, logical_id='my_front_wide'))
    driver = PolicyDriver(TargetPointPolicy())
    assert FakeLoop(in_process_channel(driver), others).run(2).steps == 2
    unclear = (replace(CAMERA, logical_id='a'), replace(CAMERA, logical_id='b'))
    with pytest.raises(grpc.RpcError, match='expected exactly one'):
        FakeLoop(in_process_channel(driver), unclear).run(1)
    named = PolicyDriver(TargetPointPolicy(), camera_id='b')
    assert FakeLoop(in_process_channel(named), unclear).run(2).steps == 2


@pytest.mark.parametrize('mode', ['carla', 'alpasim'])
def test_over_a_port_in_both_modes(mode):
    with (
        serving(PolicyDriver(StraightPolicy()), port=0, host='127.0.0.1', mode=mode) as port,
        FakeLoop(f'127.0.0.1:{port}', (CAMERA,)) as remote,
    ):
        assert remote.run(3).steps == 3


def test_poses_are_those_of_a_car_that_follows_the_plan():
    observation = Observation(
        t_s=0.0,
        image_jpeg=b'',
        pose_map=Pose3.identity(),
        speed_mps=4.0,
        target_points_base_m=np.array([[30.0, 0.0], [60.0, 0.0]]),
    )
    plan = plan_along(observation, np.array([[0.0, 0.0], [40.0, 0.0]]), 5.0, 'test')
    driven = np.array([pose.x_m for pose in plan_poses(plan, 5.0)])
    np.testing.assert_allclose(driven, 5.0 * times_s(), atol=0.2)
    from_rest = np.diff([pose.x_m for pose in plan_poses(plan, 0.0)], prepend=0.0) / 0.1
    assert np.diff(from_rest).max() < 4.01 * 0.1  # no more than a car can do
    assert from_rest[-1] == pytest.approx(5.0, abs=0.1)
    stopping = plan_poses(replace(plan, stop_reason='off_route'), 4.0)
    assert stopping[-1].x_m == pytest.approx(2.0)  # v^2 / 2a
    capped = plan_poses(replace(plan, max_speed_mps=1.0), 1.0)
    assert capped[-1].x_m == pytest.approx(2.5)


def test_noise_about_the_origin_does_not_turn_the_car():
    path = np.stack([np.arange(20.0), np.zeros(20)], axis=1)
    path[:2] = [[0.02, 0.1], [0.9, -0.2]]
    poses = poses_along(path, np.array([0.3, 0.6, 2.0]))
    assert [pose.yaw_rad for pose in poses] == [0.0, 0.0, 0.0]
    assert [pose.x_m for pose in poses_along(np.zeros((0, 2)), np.array([1.0]))] == [1.0]


def test_route_that_rolls_on_is_extended_and_another_one_replaces_it():
    route, x = RollingRoute(), np.arange(0.0, 100.0, 2.0)
    line = np.stack([x, np.zeros(50)], axis=1)
    assert route.add(line)
    assert not route.add(line[5:40])
    assert route.add(line + np.array([10.0, 0.2]))
    assert route.route.points_map_m[0].tolist() == [0.0, 0.0]
    assert route.route.length_m == pytest.approx(108.0, abs=0.3)
    assert route.add(line + np.array([0.0, 20.0]))
    assert route.route.points_map_m[0].tolist() == [0.0, 20.0]
    assert not route.add(line[:1])


def test_port_of_another_server_is_refused():
    with serving(PolicyDriver(StraightPolicy()), port=0, host='127.0.0.1') as port:
        arguments = ['--egodriver', '--policy', 'straight', '--port', str(port)]
        error = CliRunner().invoke(app, arguments).exception
    assert isinstance(error, ConfigError)
    assert f'cannot listen at 127.0.0.1:{port}' in str(error)


def test_command_says_what_is_wrong():
    runner = CliRunner()
    for arguments, message in (
        ([], 'expected --egodriver'),
        (['--egodriver', '--mode', 'x'], 'expected carla or alpasim'),
        (['--egodriver', '--policy', 'rute'], "did you mean 'route'"),
    ):
        error = runner.invoke(app, arguments).exception
        assert isinstance(error, ConfigError)
        assert message in str(error)
