# SPDX-License-Identifier: Apache-2.0
"""Cameras and weather on a CARLA server, through a test double of the server."""

from dataclasses import replace

import carla
import numpy as np
import pytest
from fake_carla import Faults, assert_clean, open_world

from simlingo_carla.state_reader import weather_of
from simlingo_core.errors import WorldError
from simlingo_core.types import VehicleCommand
from simlingo_sim.camera.specs import shifted_camera
from simlingo_sim.town.route_files import WeatherPoint

GO = VehicleCommand(throttle=0.5)


def test_image_is_that_of_the_training_camera_and_only_on_demand(server):
    with open_world(server) as world:
        world.reset('test:0', with_image=False)
        assert len(server.sensors) == 3
        frame = world.step(GO, with_image=True)
        assert frame.image_bgra.shape == (512, 1024, 4)
        assert world.step(GO, with_image=False).image_bgra is None
        (camera,) = [s for s in server.sensors.values() if s.type_id == 'sensor.camera.rgb']
        place = camera.place.location
        assert (place.x, place.y, place.z) == (-1.5, 0.0, 2.0)


def test_moved_camera_sees_what_the_embedded_one_does(server):
    first, second = shifted_camera(1.0, 0.3, 64, 32), shifted_camera(-1.0, -0.2, 64, 32)
    with open_world(server) as world:
        world.expect_images([first])
        world.reset('test:0', with_image=False)
        np.testing.assert_array_equal(world.render(first), server.sim.render(first))
        world.expect_images([second])
        assert not world.can_render(second)
        with pytest.raises(WorldError, match='expect_images'):
            world.render(second)
        world.step(GO, with_image=False)
        assert len([s for s in server.sensors.values() if 'camera' in s.type_id]) == 1
        np.testing.assert_array_equal(world.render(second), server.sim.render(second))
        world.expect_images([])
        assert len(server.sensors) == 3
    assert_clean(server)


def test_server_that_moves_cameras_elsewhere_is_noticed(server):
    server.faults = Faults(moves_cameras_in_map=True)
    with open_world(server) as world:
        world.expect_images([shifted_camera(1.0, 0.3, 64, 32)])
        world.reset('test:0', with_image=False)
        world.expect_images([shifted_camera(-1.0, 0.3, 64, 32)])
        with pytest.raises(WorldError, match='moves attached cameras differently'):
            world.step(GO, with_image=False)
    assert_clean(server)


def test_weather_of_the_route_changes_on_the_way(server):
    points = [
        WeatherPoint(route_percentage=0.0, values={'fog_density': 10.0}),
        WeatherPoint(route_percentage=100.0, values={'fog_density': 50.0}),
    ]
    server.spec = replace(server.spec, weathers=tuple(points))
    with open_world(server) as world:
        world.reset(server.spec, with_image=False)
        assert server.weather.fog_density == pytest.approx(10.0)
        world._weather.set(0.5)
        assert server.weather.fog_density == pytest.approx(30.0)


def test_weather_of_the_server_is_part_of_the_state(server):
    point = WeatherPoint(route_percentage=0.0, values={'precipitation': 70.0, 'wetness': 40.0})
    server.spec = replace(server.spec, weathers=(point,))
    with open_world(server) as world:
        world.reset(server.spec, with_image=False)
        assert (world.state.weather.precipitation, world.state.weather.wetness) == (70.0, 40.0)
        assert weather_of(carla.WeatherParameters.ClearNoon).sun_altitude_angle == 45.0
        assert weather_of(carla.WeatherParameters.Default).cloudiness == 0.0  # -1 there
