# SPDX-License-Identifier: Apache-2.0
"""The ego car and its sensors."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlingo_core.errors import ConfigError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geodesy import GeoReference
from simlingo_core.geometry import Pose2
from simlingo_core.types import VehicleCommand
from simlingo_core.vehicle_model import move_bicycle
from simlingo_sim.ego.sensors import SensorConfig, Sensors
from simlingo_sim.ego.vehicle import EgoVehicle, VehicleConfig, throttle_acceleration_mps2

START = Pose2(10.0, -5.0, 0.5)


def driven(speed_mps, *commands):
    """Return a car after one tick with each command."""
    car = EgoVehicle(VehicleConfig())
    car.reset(START, speed_mps)
    for command in commands:
        car.step(command)
    return car


@pytest.mark.parametrize('speed_mps', [3.0, 5.0, 8.0, 11.0])
@pytest.mark.parametrize('steer', [-0.2, -0.05, 0.05, 0.1, 0.2])
def test_turns_like_upstreams_bicycle(speed_mps, steer):
    car = driven(speed_mps, *[VehicleCommand(steer=steer, throttle=0.4)] * 20)
    after = move_bicycle(Pose2(0.0, 0.0, 0.0), car.speed_mps, steer, TICK_PERIOD_S)
    yaw_rate = car.ego_state(0.0).yaw_rate_radps
    assert yaw_rate == pytest.approx(after.yaw_rad / TICK_PERIOD_S, rel=0.1)
    assert yaw_rate * steer > 0.0, 'steering is positive left'


def test_tyres_slip_where_the_bicycle_would_not():
    car = driven(15.0, *[VehicleCommand(steer=1.0, throttle=0.5)] * 40)
    assert car.speed_mps * car.ego_state(0.0).yaw_rate_radps < 9.5


def test_stops_in_ten_metres_and_stays():
    car = driven(10.0, *[VehicleCommand.full_brake()] * 100)
    assert car.speed_mps == 0.0
    assert 5.5 < math.dist(car.pose_map.position_m, START.position_m) < 8.0
    place = car.pose_map
    for _ in range(20):
        car.step(VehicleCommand.full_brake())
    assert car.pose_map == place


def test_accelerates_like_the_regression():
    """From standing with full throttle: 11.8 m/s after two seconds."""
    assert driven(0.0, *[VehicleCommand(throttle=1.0)] * 40).speed_mps == pytest.approx(
        11.8, abs=0.5
    )
    assert throttle_acceleration_mps2(0.7, 10.0) == pytest.approx(
        (10.107786 - 10.0) / 0.05, rel=1e-5
    )


def test_coasts_to_a_stop_and_never_backwards():
    car = driven(3.0)
    speeds = []
    for _ in range(400):
        car.step(VehicleCommand())
        speeds.append(car.speed_mps)
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[-1] == 0.0


def test_reverses_and_the_gearbox_brakes_first():
    car = driven(0.0, *[VehicleCommand(throttle=0.5, reverse=True)] * 60)
    assert -5.0 < car.speed_mps < -1.0
    back = START.inverse_transform(car.pose_map.position_m)
    assert back[0] < -1.0
    assert abs(back[1]) < 1e-6
    for _ in range(60):
        car.step(VehicleCommand(throttle=0.5))
    assert car.speed_mps > 0.5


def test_hand_brake_holds():
    assert driven(2.0, *[VehicleCommand(throttle=1.0, hand_brake=True)] * 20).speed_mps == 0.0


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-5.0, 30.0),
    st.lists(
        st.builds(
            VehicleCommand,
            steer=st.floats(-1, 1),
            throttle=st.floats(0, 1),
            brake=st.sampled_from([0.0, 0.0, 0.5, 1.0]),
            hand_brake=st.booleans(),
            reverse=st.booleans(),
        ),
        min_size=1,
        max_size=40,
    ),
)
def test_whatever_the_pedals_do_the_motion_stays_possible(speed_mps, commands):
    car = driven(speed_mps)
    for command in commands:
        before = car.pose_map
        car.step(command)
        state = car.ego_state(0.0)
        assert np.isfinite(state.acceleration_base_mps2).all()
        assert abs(state.yaw_rate_radps) < 4.0
        assert math.dist(before.position_m, car.pose_map.position_m) < 41.0 * TICK_PERIOD_S


def test_mirrored_commands_give_mirrored_motion():
    left = driven(5.0, *[VehicleCommand(steer=0.4, throttle=0.5)] * 40).pose_map
    right = driven(5.0, *[VehicleCommand(steer=-0.4, throttle=0.5)] * 40).pose_map
    a, b = (START.inverse_transform(pose.position_m) for pose in (left, right))
    np.testing.assert_allclose(a, [b[0], -b[1]], atol=1e-9)


def test_absurd_cars_are_refused():
    with pytest.raises(ConfigError, match='wheelbase_m'):
        VehicleConfig(wheelbase_m=0.0)


def test_sensors_without_noise_are_exact():
    car = driven(5.0, *[VehicleCommand(steer=0.2, throttle=0.5)] * 10)
    ego = car.ego_state(0.5)
    reference = GeoReference(latitude_deg=49.0, longitude_deg=8.0)
    sensors = Sensors(SensorConfig(has_noise=False), reference, np.random.default_rng(0))
    imu, gnss = sensors.read_imu(ego), sensors.read_gnss(ego)
    np.testing.assert_allclose(
        imu.acceleration_base_mps2, ego.acceleration_base_mps2 + np.array([0.0, 0.0, 9.81])
    )
    assert imu.acceleration_base_mps2[1] > 0.5, 'a left turn accelerates to the left'
    assert imu.angular_velocity_base_radps[2] == ego.yaw_rate_radps
    fix = [gnss.latitude_deg, gnss.longitude_deg, gnss.altitude_m]
    np.testing.assert_allclose(
        reference.map_from_geodetic(fix), ego.pose_map.translation_m, atol=1e-6
    )
    assert sensors.read_speedometer(ego) == ego.speed_mps


def test_noise_is_the_leaderboards():
    ego = driven(0.0).ego_state(0.0)
    sensors = Sensors(SensorConfig(), GeoReference(), np.random.default_rng(1))
    imus = [sensors.read_imu(ego) for _ in range(2000)]
    fixes = np.array(
        [[g.latitude_deg, g.longitude_deg] for g in map(sensors.read_gnss, [ego] * 2000)]
    )
    accelerations = np.array([imu.acceleration_base_mps2 for imu in imus])
    np.testing.assert_allclose(accelerations.std(axis=0), [0.001, 0.001, 0.015], rtol=0.1)
    turns = np.array([imu.angular_velocity_base_radps for imu in imus])
    np.testing.assert_allclose(turns.std(axis=0), 0.001, rtol=0.1)
    np.testing.assert_allclose(fixes.std(axis=0), 5e-6, rtol=0.1)


def test_absurd_sensors_are_refused():
    for bad in ({'gnss_noise_deg': -1.0}, {'accelerometer_noise_mps2': (float('nan'),) * 3}):
        with pytest.raises(ConfigError):
            SensorConfig(**bad)
