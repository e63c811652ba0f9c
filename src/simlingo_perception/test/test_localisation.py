# SPDX-License-Identifier: Apache-2.0
"""Ego states from satellite fix, IMU and speed alone."""

import math

import numpy as np
import pytest

from simlingo_core.errors import ConfigError
from simlingo_core.frame import GnssReading, ImuReading
from simlingo_core.geodesy import GeoReference
from simlingo_core.georeference import read_reference
from simlingo_core.testing import FakeWorld, curve_route
from simlingo_core.types import VehicleCommand
from simlingo_perception.localisation.config import LocalisationConfig
from simlingo_perception.localisation.core import LocalisationCore

REFERENCE = GeoReference(latitude_deg=49.0, longitude_deg=8.0)
COMMAND = VehicleCommand(throttle=0.5, steer=0.1)
NOISE_DEG = 5e-6


def fix_of(position_map_m, noise_deg=(0.0, 0.0)):
    degrees = REFERENCE.geodetic_from_map([*position_map_m[:2], 0.0])
    return GnssReading(
        latitude_deg=degrees[0] + noise_deg[0],
        longitude_deg=degrees[1] + noise_deg[1],
        altitude_m=0.0,
    )


def drive(core, ticks=150, *, noise_deg=0.0, order='fix imu speed'):
    """Feed a drive along a curve; return pairs of the truth and what was made of it."""
    rng = np.random.default_rng(3)
    world = FakeWorld(curve_route(40.0, 3.0), speed_mps=6.0)
    frame = world.reset(with_image=False)
    pairs = []
    for _ in range(ticks):
        ego = frame.ego
        readings = {
            'fix': (
                core.add_fix,
                ego.t_s,
                fix_of(ego.pose_map.translation_m, rng.normal(0.0, noise_deg, 2)),
            ),
            'imu': (core.add_imu, ego.t_s, frame.imu),
            'speed': (core.add_speed, frame.speedometer_mps),
        }
        made = []
        for name in order.split():
            take, *values = readings[name]
            made.append(take(*values))
        (state,) = [state for state in made if state is not None] or [None]
        pairs.append((ego, state))
        core.note_command(COMMAND)
        frame = world.step(COMMAND, with_image=False)
    return pairs


def errors_m(pairs):
    return [np.hypot(*(s.pose_map.translation_m - e.pose_map.translation_m)[:2]) for e, s in pairs]


@pytest.mark.parametrize('order', ['fix imu speed', 'speed imu fix', 'imu fix speed'])
def test_one_state_for_each_fix_whatever_comes_first(order):
    core = LocalisationCore(LocalisationConfig(reference='49.0,8.0'))
    pairs = drive(core, 40, order=order)
    assert all(state is not None and state.t_s == ego.t_s for ego, state in pairs)
    assert max(errors_m(pairs)) < 0.35
    ego, state = pairs[-1]
    assert state.speed_mps == ego.speed_mps
    assert state.pose_map.planar.yaw_rad == pytest.approx(ego.pose_map.planar.yaw_rad)
    assert core.missing() == ()


def test_noise_of_the_leaderboard_is_filtered():
    core = LocalisationCore(LocalisationConfig(reference='49.0,8.0'))
    errors = errors_m(drive(core, 200, noise_deg=NOISE_DEG))
    assert np.mean(errors[50:]) < 0.3


def test_speed_comes_from_fixes_where_there_is_no_speedometer():
    core = LocalisationCore(LocalisationConfig(reference='49.0,8.0', has_speedometer=False))
    ego, state = drive(core, 60, order='imu fix')[-1]
    assert state.speed_mps == pytest.approx(ego.speed_mps, abs=0.3)


def test_a_repeated_fix_gives_the_same_state_again_and_an_old_one_begins_anew():
    core = LocalisationCore(LocalisationConfig(reference='49.0,8.0'))
    ego, state = drive(core, 20)[-1]
    assert core.add_fix(ego.t_s, fix_of(ego.pose_map.translation_m)) is state
    assert core.add_fix(0.0, fix_of([0.0, 0.0])) is None
    pairs = drive(core, 5)
    assert all(state is not None for _, state in pairs)


def test_the_reference_comes_from_the_map_or_from_both_forms_of_the_route():
    core = LocalisationCore(LocalisationConfig())
    assert core.missing() == ('reference', 'fix', 'imu', 'speed')
    start = np.array([100.0, -40.0])
    core.set_route_point(start)
    core.set_route_fix(REFERENCE.geodetic_from_map([*start, 0.0]))
    assert 'reference' not in core.missing()
    assert max(errors_m(drive(core, 20))) < 0.35
    text = '<geoReference><![CDATA[+proj=tmerc +lat_0=49.0 +lon_0=8.0 +units=m]]></geoReference>'
    core.set_map_reference(read_reference(text))
    assert max(errors_m(drive(core, 20))) < 0.35


def test_geo_reference_of_opendrive_is_read_as_carla_does():
    assert read_reference('<geoReference>+lat_0=1.5e1 +lon_0=-8</geoReference>') == GeoReference(
        latitude_deg=15.0, longitude_deg=-8.0
    )
    for text in ('', '<geoReference>+lat_0=49</geoReference>', '<geoReference/>'):
        assert read_reference(text) == GeoReference()


def test_a_car_put_elsewhere_is_found_at_once():
    core = LocalisationCore(LocalisationConfig(reference='49.0,8.0'))
    ego, _ = drive(core, 20)[-1]
    core.add_imu(ego.t_s + 0.05, turned(0.0))
    core.add_speed(0.0)
    state = core.add_fix(ego.t_s + 0.05, fix_of([500.0, 30.0]))
    assert state.pose_map.translation_m[:2] == pytest.approx([500.0, 30.0], abs=0.1)


@pytest.mark.parametrize(
    ('options', 'yaw_rad', 'turn_radps'),
    [
        ({}, 0.5, 0.2),
        ({'compass_offset_rad': math.pi / 4}, 0.5 - math.pi / 4, 0.2),
        ({'is_imu_left_handed': True}, 0.5, -0.2),
    ],
)
def test_an_imu_of_native_output_is_put_right(options, yaw_rad, turn_radps):
    core = LocalisationCore(LocalisationConfig(reference='49.0,8.0', **options))
    core.add_imu(1.0, turned(yaw_rad, turn_radps))
    core.add_speed(1.0)
    state = core.add_fix(1.0, fix_of([0.0, 0.0]))
    assert state.pose_map.planar.yaw_rad == pytest.approx(0.5)
    assert state.yaw_rate_radps == pytest.approx(0.2)


@pytest.mark.parametrize('text', ['49', 'north,8', '99.0,8.0', 'nan,8'])
def test_a_reference_that_is_none_is_refused(text):
    with pytest.raises(ConfigError, match=r'latitude,longitude in degrees such as 49\.0,8\.0'):
        LocalisationConfig(reference=text)


def turned(yaw_rad, turn_radps=0.0):
    return ImuReading(
        acceleration_base_mps2=np.array([0.0, 0.0, 9.81]),
        angular_velocity_base_radps=np.array([0.0, 0.0, turn_radps]),
        orientation_yaw_rad=yaw_rad,
    )
