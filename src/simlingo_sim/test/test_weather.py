# SPDX-License-Identifier: Apache-2.0
"""Weather: CARLA's presets, along a route, in the image, and under the wheels."""

from dataclasses import replace

import numpy as np
import pytest

from simlingo_core.errors import WorldError
from simlingo_core.types import VehicleCommand
from simlingo_sim.camera.renderer import Renderer
from simlingo_sim.camera.specs import CameraQuality, training_camera
from simlingo_sim.tools.staging import in_weather, staged_moments
from simlingo_sim.town.loading import load_town
from simlingo_sim.town.route_files import find_named_route, with_weather
from simlingo_sim.traffic.population import TrafficConfig
from simlingo_sim.weather import PRESETS, RouteWeather, Weather, choose_weather, random_weather
from simlingo_sim.world import SimWorld, state_digest
from simlingo_sim.world_config import WorldConfig

CAMERA = training_camera(256, 128)
EMPTY = TrafficConfig(vehicles=0, pedestrians=0)


def test_presets_are_those_of_carla():
    carla = pytest.importorskip('carla', reason='make setup installs it with the maps')
    for name, own in PRESETS.items():
        preset = getattr(carla.WeatherParameters, name, None)
        if preset is None:
            assert name in ('Dawn', 'Dusk', 'LowSun', 'Fog', 'FogNight')
            continue
        for key, value in vars(own).items():
            assert value == pytest.approx(getattr(preset, key)), f'{name} {key}'


def test_weather_changes_linearly_along_the_route():
    wet = RouteWeather(((0.0, Weather(wetness=0.0)), (50.0, Weather(wetness=80.0))))
    assert wet.at(0.0).wetness == 0.0
    assert wet.at(25.0).wetness == pytest.approx(40.0, abs=2.0)
    assert wet.at(100.0).wetness == 80.0


@pytest.mark.parametrize(
    ('points', 'text'),
    [
        ([(0.0, {'sun_altitude_angle': 95.0})], 'sun_altitude_angle is 95'),
        ([(0.0, {'wetness': float('nan')})], 'wetness is nan'),
        ([(0.0, {'rain': 5.0})], 'weather has rain; expected'),
        ([(60.0, {}), (20.0, {})], 'expected 0 to 100, ascending'),
    ],
)
def test_a_bad_weather_of_a_route_is_named(points, text):
    with pytest.raises(WorldError, match=text):
        choose_weather('', points, 0)


def test_an_unknown_preset_is_named_and_the_world_stays_alive():
    with SimWorld(WorldConfig(weather='Hailstorm', traffic=EMPTY)) as world:
        with pytest.raises(WorldError, match=r"weather is 'Hailstorm'; expected .*ClearNoon"):
            world.reset('test:0', with_image=False)
        route = with_weather(find_named_route('test:0'), 'ClearNight')
        world.config = replace(world.config, weather='')
        assert world.reset(route, with_image=False).t_s == 0.0
        assert world.state.weather == PRESETS['ClearNight']


def test_a_random_weather_follows_its_seed():
    drawn = [random_weather(np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_route_in_another_weather_is_another_route():
    route = find_named_route('test:0')
    night = with_weather(route, 'ClearNight')
    assert night.fingerprint() != route.fingerprint()
    assert with_weather(night, 'noon').fingerprint() == route.fingerprint()
    assert with_weather(route, '') is route


@pytest.fixture(scope='module')
def images():
    """The same moment in some weathers, and at noon before and after them."""
    town = load_town('Town93')
    moments = staged_moments(town, np.random.default_rng(0))[:1]
    names = ('noon', 'ClearNoon', 'ClearNight', 'HardRainNoon', 'Fog', 'noon')
    with_lamps = Renderer(town, CameraQuality.PLAIN, 3, has_lamps=True)
    without = Renderer(town, CameraQuality.PLAIN, 3)
    try:
        drawn = [
            with_lamps.render(in_weather(moments, name, 0)[0].state, CAMERA) for name in names
        ]
        return [*drawn, without.render(moments[0].state, CAMERA)]
    finally:
        with_lamps.close()
        without.close()


def brightness(image, rows=slice(None)):
    return float(image[rows, :, :3].mean())


def test_night_is_dark_but_for_the_road_ahead(images):
    _, noon, night, *_ = images
    assert brightness(night) < 0.4 * brightness(noon)
    assert brightness(night, slice(64, None)) > 1.5 * brightness(night, slice(0, 48))


def test_fog_takes_the_contrast_of_what_is_far(images):
    _, noon, _, _, fog, *_ = images
    far = (slice(56, 64), slice(112, 144), slice(0, 3))
    assert fog[far].std() < 0.9 * noon[far].std()


def test_a_cloudy_sky_is_grey(images):
    _, noon, _, rain, *_ = images
    colourful = [
        float(np.ptp(image[4, :, :3].astype(int), axis=1).mean()) for image in (noon, rain)
    ]
    assert colourful[1] < 0.5 * colourful[0]


def test_noon_after_another_weather_is_noon_again(images):
    assert np.array_equal(images[0], images[5])
    difference = np.abs(images[0].astype(int) - images[6].astype(int))
    assert np.percentile(difference, 99) <= 2


def test_a_wet_road_lengthens_the_brake_path():
    paths_m = []
    for weather in ('noon', 'HardRainNoon'):
        with SimWorld(WorldConfig(weather=weather, traffic=EMPTY)) as world:
            world.reset('test:0', with_image=False)
            while world.state.ego.speed_mps < 8.0:
                world.step(VehicleCommand(throttle=0.7), with_image=False)
            begin = world.route_arc_m
            while world.state.ego.speed_mps > 0.0:
                world.step(VehicleCommand(brake=1.0), with_image=False)
            paths_m.append(world.route_arc_m - begin)
    assert paths_m[1] == pytest.approx(paths_m[0] / 0.7, rel=0.15)


def test_rain_is_the_same_in_every_run():
    digests = []
    for _ in range(2):
        with SimWorld(WorldConfig(weather='HardRainNight', camera=CAMERA, traffic=EMPTY)) as world:
            world.reset('test:0', seed=4)
            for _ in range(3):
                frame = world.step(VehicleCommand(throttle=0.5))
            digests.append((state_digest(world.state), frame.image_bgra.tobytes()))
    assert digests[0] == digests[1]
