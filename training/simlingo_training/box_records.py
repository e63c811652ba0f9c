# SPDX-License-Identifier: Apache-2.0
"""The boxes of a frame as upstream's files hold them, in CARLA's axes.

What the simulator does not know is written as null: the wheel and the pedals of other vehicles.
``num_points`` counts LiDAR hits upstream; here it is how many rays of that LiDAR would hit a box
of that size and distance, times the share of it that the camera sees.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from simlingo_core.carla_frame import matrix_to_carla, mirrored, vector_to_carla
from simlingo_core.geometry import Pose2, wrap_angle_rad
from simlingo_sim.camera.boxes import LabelBox, label_boxes
from simlingo_sim.camera.scene import look_rngs
from simlingo_sim.camera.sky import midday
from simlingo_sim.camera.specs import training_camera
from simlingo_sim.state import ActorKind, ActorState, LightState
from simlingo_sim.town.lane_sides import road_ahead
from simlingo_sim.weather import Weather
from simlingo_sim.world import SimWorld
from simlingo_training.text_labels.object_words import colour_name

BOX_REACH_M = 64.0
POINTS_PER_SR = 600_000 / 10 / (2 * math.pi * math.radians(40.0))
"""Density of upstream's LiDAR: 600 000 points a second, 10 turns, 40 degrees of height."""
BASE_TYPES = {
    ActorKind.TRUCK: 'truck',
    ActorKind.VAN: 'van',
    ActorKind.BUS: 'truck',
    ActorKind.BICYCLE: 'bicycle',
    ActorKind.MOTORCYCLE: 'motorcycle',
}
"""CARLA's base types; all other vehicles are cars."""


class BoxRecorder:
    """Makes the boxes of frames of one world.

    Args:
        world: just reset.
    """

    def __init__(self, world: SimWorld) -> None:
        self._world = world

    def boxes(self, light_id: int | None, stop_id: int | None) -> list[dict[str, Any]]:
        """Return every box of the current tick.

        Args:
            light_id: the traffic light that holds for the car.
            stop_id: the stop sign that does.
        """
        state, town = self._world.state, self._world.town
        actors = {actor.id: actor for actor in state.actors}
        found = label_boxes(town, state, training_camera(), reach_m=BOX_REACH_M)
        ego_lane = town.map.lane_point(state.ego.pose_map.x_m, state.ego.pose_map.y_m)
        boxes = [_ego(state.ego)]
        for box in found:
            if box.label == 'traffic_light':
                boxes += _both('traffic_light', _light(box, box.id == light_id, state.ego))
            elif box.label == 'stop_sign':
                affects = {'affects_ego': box.id == stop_id}
                boxes += _both('stop_sign', _common(box, state.ego) | affects)
            else:
                boxes.append(self._actor(box, actors[box.id], ego_lane))
        return boxes

    def _actor(self, box: LabelBox, actor: ActorState, ego_lane: Any) -> dict[str, Any]:
        common = _common(box, self._world.state.ego) | {
            'type_id': actor.type_id,
            'speed': actor.speed_mps,
            'role_name': actor.role,
        }
        if actor.kind.is_static:
            common.pop('speed')
            label = 'static_trafficwarning' if actor.kind is ActorKind.WARNING_SIGN else 'static'
            return {'class': label, **common, 'mesh_path': None}
        common |= self._place(actor, ego_lane)
        if actor.kind.is_walker:
            age = 'child' if actor.kind is ActorKind.CHILD else 'adult'
            return {'class': 'walker', **common, 'gender': None, 'age': age}
        return {'class': 'car', **common, **self._vehicle(actor)}

    def _vehicle(self, actor: ActorState) -> dict[str, Any]:
        two = actor.kind in (ActorKind.BICYCLE, ActorKind.MOTORCYCLE)
        lamps = {
            'Brake': actor.is_braking,
            'LeftBlinker': actor.blinks_left,
            'RightBlinker': actor.blinks_right,
            'Special1': actor.has_blue_lights,
        }
        situations = [s for s in self._world.situations if actor.id in s.actor_ids]
        return {
            'color_rgb': [int(value) for value in actor.color_rgb],
            'color_name': colour_name(actor.color_rgb),
            'next_action': None,
            'vehicle_cuts_in': any('cut' in s.name and not s.is_over for s in situations),
            'light_state': [name for name, is_on in lamps.items() if is_on],
            'traffic_light_state': None,
            'is_at_traffic_light': None,
            'base_type': BASE_TYPES.get(actor.kind, 'car'),
            'number_of_wheels': 2 if two else 4,
            'brake': float(actor.is_braking),
            'steer': None,
            'throttle': None,
        }

    def _place(self, actor: ActorState, ego_lane: Any) -> dict[str, Any]:
        road = self._world.town.map
        here = road.lane_point(actor.pose_map.x_m, actor.pose_map.y_m)
        ahead = road_ahead(road, here)
        turn = wrap_angle_rad(here.pose_map.yaw_rad - ego_lane.pose_map.yaw_rad)
        same_way = abs(turn) < math.pi / 2
        same_road = here.road_id == ego_lane.road_id
        return {
            'road_id': here.road_id,
            'lane_id': here.lane_id,
            'lane_type': None,
            'lane_type_str': 'Driving'
            if road.is_on_lane(actor.pose_map.x_m, actor.pose_map.y_m)
            else 'Shoulder',
            'is_in_junction': here.is_junction,
            'junction_id': -1 if here.junction_id is None else here.junction_id,
            'distance_to_junction': ahead.junction_m,
            'next_junction_id': -1 if ahead.junction_id is None else ahead.junction_id,
            'next_road_ids': list(ahead.next_road_ids),
            'next_next_road_ids': list(ahead.next_next_road_ids),
            'same_road_as_ego': same_road,
            'same_direction_as_ego': same_way,
            # OpenDRIVE counts lanes from the middle of the road outwards.
            'lane_relative_to_ego': abs(here.lane_id) - abs(ego_lane.lane_id)
            if same_road and same_way
            else None,
        }


def _common(box: LabelBox, ego: ActorState) -> dict[str, Any]:
    centre_m = vector_to_carla(box.centre_base_m).tolist()
    place_map = ego.pose_map.transform(box.centre_base_m[:2])
    yaw_map_rad = wrap_angle_rad(ego.pose_map.yaw_rad + box.yaw_base_rad)
    matrix = matrix_to_carla(Pose2(float(place_map[0]), float(place_map[1]), yaw_map_rad))
    return {
        'id': box.id,
        'position': [round(value, 3) for value in centre_m],
        'extent': [float(value) for value in box.extent_m],
        'yaw': mirrored(box.yaw_base_rad),
        'distance': round(box.distance_m, 3),
        'num_points': lidar_hits(box),
        'matrix': matrix.tolist(),
        'visible_share': round(box.visible_share, 3),
    }


def lidar_hits(box: LabelBox) -> int:
    """Return about how many points of upstream's LiDAR a box would have."""
    half_length, half_width, half_height = box.extent_m
    bearing_rad = math.atan2(box.centre_base_m[1], box.centre_base_m[0])
    across = abs(math.sin(box.yaw_base_rad - bearing_rad)) * half_length
    across += abs(math.cos(box.yaw_base_rad - bearing_rad)) * half_width
    solid_sr = 4.0 * across * half_height / max(box.distance_m, 1.0) ** 2
    return int(solid_sr * POINTS_PER_SR * box.visible_share)


def _ego(ego: ActorState) -> dict[str, Any]:
    return {
        'class': 'ego_car',
        'id': ego.id,
        'position': [0.0, 0.0, 0.0],
        'extent': [float(value) for value in ego.extent_m],
        'yaw': 0.0,
        'distance': -1.0,
        'num_points': -1,
        'matrix': matrix_to_carla(ego.pose_map).tolist(),
        'speed': ego.speed_mps,
        'brake': float(ego.is_braking),
        'visible_share': None,
    }


def _light(box: LabelBox, affects: bool, ego: ActorState) -> dict[str, Any]:
    # Red is number 0.
    state = LightState.UNKNOWN if box.light_state is None else box.light_state
    return _common(box, ego) | {'state': state.name.capitalize(), 'affects_ego': affects}


def _both(label: str, box: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a box for labels and, where the camera sees it, the one that questions speak of."""
    boxes = [{'class': label, **box}]
    if box['visible_share'] > 0.0:
        boxes.append({'class': f'{label}_vqa', **box})
    return boxes


def weather_box(world: SimWorld) -> dict[str, Any]:
    """Return CARLA's weather of this tick."""
    weather = world.state.weather or _noon(world)
    return {
        'class': 'weather',
        'dust_storm': 0.0,
        'fog_falloff': 0.0,
        'mie_scattering_scale': 0.03,
        'rayleigh_scattering_scale': 0.0331,
        'scattering_intensity': 1.0,
        **{name: round(value, 2) for name, value in asdict(weather).items()},
    }


def _noon(world: SimWorld) -> Weather:
    """Return the weather of an episode without any: dry daylight, by its seed."""
    light = midday(look_rngs(world.sun_seed)[0])
    return Weather(
        cloudiness=100.0 * light.cloud_cover,
        wind_intensity=0.0,
        sun_azimuth_angle=math.degrees(mirrored(light.sun_azimuth_rad)) % 360.0,
        sun_altitude_angle=math.degrees(light.sun_elevation_rad),
        fog_density=0.0,
        fog_distance=0.0,
    )
