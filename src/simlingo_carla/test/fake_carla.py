# SPDX-License-Identifier: Apache-2.0
"""Test double of a CARLA server and its client, backed by the embedded simulator.

Names and behaviour are those of the ``carla`` module: frames are numbered, sensors call back from
another thread some time after the tick, actors and settings outlive the client, a dead server
raises RuntimeError.  Transforms, controls, settings and the map are the real classes of ``carla``.
"""

import fnmatch
import queue
import threading
import time
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import carla
import numpy as np
from fake_actors import HeroActor, Light, OtherActor, Sensor
from fake_staging import (
    FIRST_ID,
    KINDS,
    Attribute,
    FakeTrafficManager,
    LightCommands,
    SpawnedActor,
    WalkerController,
    spawn_points,
    wheels_of,
)

from simlingo_carla.world import CarlaWorld
from simlingo_carla.world_config import CarlaConfig
from simlingo_core.carla_frame import (
    vector_to_carla,
    yaw_to_carla,
)
from simlingo_sim.town.loading import load_town
from simlingo_sim.town.route_files import find_named_route
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig

FIRST_FRAME = 1000
FIRST_SENSOR_ID = 500_010


@dataclass
class Faults:
    """What goes wrong.

    Attributes:
        dies_at_tick: the server stops answering when the car has driven so many ticks.
        silent: blueprints of sensors that never call back.
        late: blueprints of sensors that call back one tick late.
        leaves_out: blueprints of sensors that leave out every tenth frame.
        moves_cameras_in_map: an attached camera is moved in the map instead of on the car.
        is_place_taken: the car cannot be spawned.
        server_version: what the server says.
        towns: what the server has; None: the route's.
    """

    dies_at_tick: int | None = None
    silent: frozenset = frozenset()
    late: frozenset = frozenset()
    leaves_out: frozenset = frozenset()
    moves_cameras_in_map: bool = False
    is_place_taken: bool = False
    server_version: str = '0.9.16'
    towns: tuple | None = None


@dataclass
class FakeServer:
    """The server: it outlives clients.

    Attributes:
        route: of the embedded simulator, where the car is spawned.
        seed: of its traffic.
        faults: what goes wrong.
        town: that is loaded.
        lacks: blueprints that it does not have.
        is_empty: whether the embedded simulator behind has no traffic, and stages nothing.
    """

    route: str
    seed: int = 0
    faults: Faults = field(default_factory=Faults)
    town: str = ''
    port: int = 2000
    lacks: tuple = ()
    is_empty: bool = False

    def __post_init__(self):
        self.spec = find_named_route(self.route)
        if self.is_empty:
            self.spec = replace(self.spec, situations=())
        self.town = self.town or self.spec.town
        traffic = TrafficConfig(vehicles=0, pedestrians=0) if self.is_empty else TrafficConfig()
        self.sim, self.behind = SimWorld(WorldConfig(traffic=traffic)), load_town(self.spec.town)
        self.map = carla.Map(f'Carla/Maps/{self.spec.town}', self.behind.map.opendrive)
        self.map.get_spawn_points = lambda: spawn_points(self.behind.lanes)
        self.is_alive, self.frame, self.driven = True, FIRST_FRAME, 0
        self.spawned, self.light_commands = {}, LightCommands(self)
        self.manager = FakeTrafficManager(self, 8000)
        self.settings = carla.WorldSettings(synchronous_mode=False, fixed_delta_seconds=0.0)
        self.weather, self.hero, self.sensors, self.controls = None, None, {}, []
        self._stream = queue.Queue()
        self._late = {}
        threading.Thread(target=self._deliver, daemon=True).start()

    def make_client(self, host, port):
        return FakeClient(self, host, port)

    def check(self, port=None, timeout_s=0.0):
        if not self.is_alive or (port is not None and port != self.port):
            raise RuntimeError(
                f'time-out of {round(1000 * timeout_s)}ms while waiting for the simulator, make '
                'sure the simulator is ready and connected to localhost:2000'
            )

    def restart(self, **faults):
        """Start it again, as a user would after a crash: nothing is spawned, settings are new."""
        self.sim.close()
        self.faults = Faults(**faults)
        self.is_alive, self.hero, self.sensors, self.driven = True, None, {}, 0
        self.spawned, self.light_commands = {}, LightCommands(self)
        self.settings = carla.WorldSettings(synchronous_mode=False, fixed_delta_seconds=0.0)

    def tick(self):
        self.check()
        assert self.settings.synchronous_mode, 'tick needs the synchronous mode'
        self.frame += 1
        if self.hero is not None:
            if self.driven == self.faults.dies_at_tick:
                self.is_alive = False
                self.check()
            self.light_commands.apply()
            self.sim_frame = self.sim.step(self.hero.command, with_image=False)
            self.driven += 1
            for sensor in list(self.sensors.values()):
                self._send(sensor)
        return self.frame

    def _send(self, sensor):
        reading = sensor.read()
        if reading is None or sensor.type_id in self.faults.silent:
            return
        if sensor.type_id in self.faults.leaves_out and self.frame % 10 == 0:
            return
        if sensor.type_id in self.faults.late:
            reading, self._late[sensor.id] = self._late.get(sensor.id), reading
        if reading is not None:
            self._stream.put((sensor, reading))

    def _deliver(self):
        rng = np.random.default_rng(0)
        while True:
            sensor, reading = self._stream.get()
            time.sleep(float(rng.uniform(0.0, 0.0005)))
            if sensor.callback is not None:
                sensor.callback(reading)

    def next_id(self):
        self._numbers = getattr(self, '_numbers', FIRST_ID) + 1
        return self._numbers

    def close(self):
        self.sim.close()


class FakeClient:
    def __init__(self, server, host, port):
        self._server, self._port, self._timeout_s = server, port, 5.0

    def set_timeout(self, seconds):
        self._timeout_s = seconds

    def get_client_version(self):
        return '0.9.16'

    def get_server_version(self):
        self._server.check(self._port, self._timeout_s)
        return self._server.faults.server_version

    def get_available_maps(self):
        self._server.check(self._port, self._timeout_s)
        towns = self._server.faults.towns or (self._server.spec.town,)
        return [f'/Game/Carla/Maps/{town}' for town in towns]

    def get_world(self):
        self._server.check(self._port, self._timeout_s)
        return FakeWorld(self._server)

    def get_trafficmanager(self, port):
        self._server.check(self._port, self._timeout_s)
        if port != self._server.manager.port:
            raise RuntimeError(
                f'trying to create rpc server for traffic manager; but {port} is used'
            )
        return self._server.manager

    def load_world(self, name):
        self._server.town = name
        self._server.settings = carla.WorldSettings(
            synchronous_mode=False, fixed_delta_seconds=0.0
        )
        return self.get_world()


class Blueprint:
    def __init__(self, type_id):
        self.id, self.attributes = type_id, {}

    def has_attribute(self, name):
        if name == 'number_of_wheels':
            return wheels_of(self.id) is not None
        return name in {'role_name', 'ros_name', 'color'}

    def get_attribute(self, name):
        assert name == 'number_of_wheels'
        return Attribute(wheels_of(self.id))

    def set_attribute(self, name, value):
        assert isinstance(value, str), 'attributes are text'
        self.attributes[name] = value


class BlueprintLibrary:
    SENSORS = ('sensor.camera.rgb', 'sensor.other.imu', 'sensor.other.gnss',
               'sensor.other.collision', 'controller.ai.walker')  # fmt: skip

    def __init__(self, lacks):
        known = {'vehicle.lincoln.mkz_2020', *self.SENSORS, *KINDS}
        self._known = sorted(known - set(lacks))

    def find(self, type_id):
        if type_id not in self._known:
            raise IndexError(f"blueprint '{type_id}' not found")
        return Blueprint(type_id)

    def filter(self, pattern):
        return [Blueprint(name) for name in self._known if fnmatch.fnmatch(name, pattern)]


class ActorList(list):
    def filter(self, pattern):
        return ActorList(actor for actor in self if fnmatch.fnmatch(actor.type_id, pattern))


class FakeWorld:
    def __init__(self, server):
        self._server = server

    def get_map(self):
        self._server.check()
        server = self._server
        if server.town != server.spec.town:
            return SimpleNamespace(name=f'Carla/Maps/{server.town}')
        return server.map

    def get_settings(self):
        self._server.check()
        old = self._server.settings
        return carla.WorldSettings(
            synchronous_mode=old.synchronous_mode,
            fixed_delta_seconds=old.fixed_delta_seconds or 0.0,
        )

    def apply_settings(self, settings):
        self._server.check()
        self._server.settings = settings
        return self._server.frame

    def tick(self, seconds=10.0):
        return self._server.tick()

    def get_snapshot(self):
        self._server.check()
        elapsed_s = 0.05 * self._server.frame
        stamp = SimpleNamespace(elapsed_seconds=elapsed_s)
        return SimpleNamespace(frame=self._server.frame, timestamp=stamp)

    def set_weather(self, weather):
        self._server.weather = weather

    def get_weather(self):
        self._server.check()
        return self._server.weather or carla.WeatherParameters()

    def get_vehicles_light_states(self):
        self._server.check()
        actors = [OtherActor(state) for state in self._server.sim.state.actors]
        return {a.id: a.get_lamps() for a in actors if a.type_id.startswith('vehicle.')}

    def get_blueprint_library(self):
        self._server.check()
        return BlueprintLibrary(self._server.lacks)

    def try_spawn_actor(self, blueprint, transform, attach_to=None):
        server = self._server
        server.check()
        if server.faults.is_place_taken:
            return None
        assert attach_to is None
        if server.hero is not None:
            return self._spawn(blueprint, transform)
        server.sim_frame = server.sim.reset(server.spec, seed=server.seed, with_image=False)
        start = server.sim.state.ego.pose_map
        place = vector_to_carla(start.position_m)
        offset = np.hypot(transform.location.x - place[0], transform.location.y - place[1])
        assert offset < 1.0, f'the car is spawned {offset:.1f} m beside the start of its route'
        assert abs(transform.rotation.yaw - yaw_to_carla(start.yaw_rad)) < 10.0
        server.driven = 0
        server.hero = HeroActor(server, dict(blueprint.attributes))
        return server.hero

    def _spawn(self, blueprint, transform):
        """Spawn something besides the car, unless it would stand in another on the ground."""
        server = self._server
        number = server.next_id()
        actor = SpawnedActor(server, number, blueprint, transform)
        others = (*server.sim.state.actors, server.sim.state.ego)
        gaps_m = [
            np.hypot(*(o.pose_map.position_m - actor.scripted.pose_map.position_m)) for o in others
        ]
        if min(gaps_m, default=99.0) < 4.0 and transform.location.z < 3.0:
            del server.sim._episode.stage.actors[number]
            return None
        server.spawned[number] = actor
        return actor

    def set_pedestrians_seed(self, seed):
        self._server.walk_rng = np.random.default_rng(seed)

    def get_random_location_from_navigation(self):
        crossings = self._server.behind.crossings
        chosen = crossings[int(self._server.walk_rng.integers(len(crossings)))]
        x_m, y_m = vector_to_carla(chosen.axis_map_m[int(self._server.walk_rng.integers(2))])
        return carla.Location(float(x_m), float(y_m), 1.0)

    def spawn_actor(self, blueprint, transform, attach_to=None):
        server = self._server
        server.check()
        if blueprint.id == 'controller.ai.walker':
            number = server.next_id()
            server.spawned[number] = WalkerController(server, number, attach_to)
            return server.spawned[number]
        assert attach_to is server.hero
        number = FIRST_SENSOR_ID + len(server.sensors)
        sensor = Sensor(server, number, blueprint, transform)
        server.sensors[number] = sensor
        return sensor

    def get_actors(self):
        server = self._server
        server.check()
        lights = [Light(server, light) for light in server.behind.traffic_lights]
        if server.hero is None:
            return ActorList(lights)
        others = [
            OtherActor(state)
            for state in server.sim.state.actors
            if state.id not in server.spawned
        ]
        spawned = server.spawned.values()
        return ActorList([server.hero, *others, *lights, *server.sensors.values(), *spawned])


def open_world(server, **changes):
    """Return a world on the server that waits for sensors no longer than tests like."""
    values = {'sensor_timeout_s': 2.0}
    return CarlaWorld(CarlaConfig(**(values | changes)), server.make_client)


def assert_clean(server):
    assert server.hero is None
    assert server.sensors == {}
    assert server.spawned == {}
    assert not server.manager.is_synchronous
    assert not server.settings.synchronous_mode
