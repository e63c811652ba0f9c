# SPDX-License-Identifier: Apache-2.0
"""Vehicles, pedestrians and props that clients spawn on the test double; see ``fake_carla.py``.

Each is an actor of the embedded world's stage, so that its traffic and its images know it.
"""

import carla
import numpy as np
from fake_actors import OtherActor, vector

from simlingo_carla.actor_states import pose_of
from simlingo_core.carla_frame import vector_from_carla, vector_to_carla
from simlingo_core.route import Route
from simlingo_core.types import RoadOption
from simlingo_sim.actor_catalog import MODELS
from simlingo_sim.situations.stage import ScriptedActor, pose_on
from simlingo_sim.state import ActorKind, LightState

FIRST_ID = 600_000
GROUND_Z_M = 0.2
CRUISE_MPS = 6.0
TRACE_M = 150
FAMILIES = {'vehicle': ActorKind.CAR, 'walker': ActorKind.PEDESTRIAN}
KINDS = {type_id: kind for kind, model in MODELS.items() for type_id in model.type_ids}
TWO_WHEELS = ('bicycle', 'motorcycle')


class Attribute:
    def __init__(self, text):
        self._text = text

    def as_str(self):
        return self._text

    def as_int(self):
        return int(self._text)


def wheels_of(type_id):
    """Return the number of wheels as CARLA's blueprints tell it; None: no vehicle."""
    if not type_id.startswith('vehicle.'):
        return None
    model = MODELS[KINDS.get(type_id, ActorKind.CAR)]
    return '2' if model.sumo_class in TWO_WHEELS else '4'


class SpawnedActor(OtherActor):
    """What a client has spawned besides the car."""

    def __init__(self, server, number, blueprint, transform):
        self._server, self.id, self.type_id = server, number, blueprint.id
        self.attributes = dict(blueprint.attributes)
        kind = KINDS.get(self.type_id) or FAMILIES[self.type_id.split('.')[0]]
        self.scripted = ScriptedActor(
            id=number,
            kind=kind,
            type_id=self.type_id,
            color_rgb=tuple(int(c) for c in self.attributes.get('color', '9,9,9').split(',')),
            extent_m=MODELS[kind].extent_m,
            pose_map=pose_of(transform).planar,
        )
        self.has_physics, self.lamps, self.doors, self.is_put_down = True, 0, [], False
        server.sim._episode.stage.actors[number] = self.scripted

    @property
    def _state(self):
        return self.scripted.state(0.0)

    @property
    def bounding_box(self):
        extent = self.scripted.extent_m
        return carla.BoundingBox(carla.Location(0.0, 0.0, extent[2]), vector(extent))

    def set_simulate_physics(self, enabled):
        self.has_physics = enabled

    def set_transform(self, transform):
        self._server.check()
        assert not self.has_physics, 'an actor with physics would be torn about'
        pose = pose_of(transform).planar
        moved_m = float(np.hypot(*(pose.position_m - self.scripted.pose_map.position_m)))
        self.scripted.speed_mps = moved_m / 0.05 if self.is_put_down else 0.0
        self.scripted.target_mps = self.scripted.speed_mps
        self.scripted.pose_map, self.is_put_down = pose, True

    def get_location(self):
        return self.get_transform().location

    def set_light_state(self, lamps):
        self.lamps = int(lamps)

    def get_lamps(self):
        return carla.VehicleLightState(self.lamps)

    def open_door(self, door):
        self.doors.append(door)

    def apply_control(self, control):
        assert isinstance(control, carla.WalkerControl)

    def set_autopilot(self, enabled, port):
        assert port == self._server.manager.port
        assert self._server.manager.is_synchronous
        assert enabled
        self._server.manager.drives(self)

    def destroy(self):
        self._server.check()
        del self._server.spawned[self.id]
        self._server.sim._episode.stage.actors.pop(self.id, None)
        return True


class WalkerController:
    """An AI controller of a pedestrian."""

    type_id, attributes = 'controller.ai.walker', {}

    def __init__(self, server, number, walker):
        self._server, self.id, self.parent = server, number, walker
        self._born, self.has_goal, self.is_running = server.frame, False, False

    def start(self):
        assert self._server.frame > self._born, 'a walker can be started after a tick'
        self.is_running = True

    def go_to_location(self, place):
        assert self.is_running
        walker = self.parent.scripted
        line = [walker.pose_map.position_m, vector_from_carla([place.x, place.y])]
        walker.path = Route(np.array(line), [RoadOption.LANE_FOLLOW] * 2)
        self.has_goal = True

    def set_max_speed(self, speed_mps):
        self.parent.scripted.target_mps = speed_mps

    def stop(self):
        self.is_running = False

    def destroy(self):
        assert not self.is_running, 'stop a controller before it is destroyed'
        del self._server.spawned[self.id]
        return True


class FakeTrafficManager:
    """Drives vehicles straight on along their lanes, and behind each other."""

    def __init__(self, server, port):
        self._server, self.port = server, port
        self.is_synchronous, self.seed = False, None

    def set_synchronous_mode(self, is_on):
        self._server.check()
        self.is_synchronous = is_on

    def set_random_device_seed(self, seed):
        self.seed = seed

    def set_global_distance_to_leading_vehicle(self, gap_m):
        assert gap_m > 0.0

    def drives(self, actor):
        waypoint = self._server.map.get_waypoint(actor.get_location())
        places = []
        while waypoint is not None and len(places) < TRACE_M:
            here = waypoint.transform.location
            places.append(vector_from_carla([here.x, here.y]))
            ahead = waypoint.next(2.0)
            waypoint = ahead[0] if ahead else None
        path = Route.without_repeats(np.array(places), [RoadOption.LANE_FOLLOW] * len(places))
        scripted = actor.scripted
        scripted.path, scripted.pose_map = path, pose_on(path, 0.0)
        scripted.target_mps, scripted.keeps_distance = CRUISE_MPS, True


class LightCommands:
    """Holds the lights of the embedded world as clients set them, tick by tick."""

    def __init__(self, server):
        self._server = server
        self._wanted, self._held = {}, {}

    def set(self, light, state):
        self._wanted[light.id] = (light, LightState[str(state).upper()])

    def apply(self):
        """Have the embedded world's traffic obey what was set since the last tick."""
        traffic = self._server.sim._episode.stage.traffic
        groups = {}
        for light, state in self._wanted.values():
            groups.setdefault(light.sumo_id, []).append((light, state))
        self._wanted = {}
        for name in [name for name in self._held if name not in groups]:
            traffic.release_light(self._held.pop(name)[0])
        for name, members in groups.items():
            green = [pair for pair in members if pair[1] is LightState.GREEN]
            chosen = (green or members)[0]
            if self._held.get(name) != chosen:
                traffic.hold_light(*chosen)
                self._held[name] = chosen


def spawn_points(lanes, height_m=GROUND_Z_M):
    """Return a place on each lane long enough, as a town's map gives them."""
    places = []
    for lane in lanes:
        if lane.in_junction or lane.length_m < 30.0 or lane.kind.value != 'driving':
            continue
        middle = len(lane.centre_map_m) // 2
        here, there = lane.centre_map_m[max(middle - 1, 0)], lane.centre_map_m[middle]
        x_m, y_m = vector_to_carla(here)
        along = vector_to_carla(there - here)
        yaw_deg = float(np.degrees(np.arctan2(along[1], along[0])))
        place = carla.Location(float(x_m), float(y_m), height_m)
        places.append(carla.Transform(place, carla.Rotation(yaw=yaw_deg)))
    return places
