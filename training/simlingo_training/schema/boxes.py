# SPDX-License-Identifier: Apache-2.0
"""``boxes/NNNN.json.gz``: everything within 64 m of the car, by class (upstream_spec §4.3)."""

from __future__ import annotations

from typing import Any

from simlingo_training.schema.base import FileModel, Matrix, Number, Point3, Text, Truth, key

LABELS = 'commentary, vqa, dreamer'


class Box(FileModel):
    """What all boxes have; also a box of a class that the schema does not know."""

    kind: Text = key('class', users=LABELS, alias='class')
    position: Point3 | None = key('of its centre', unit='m', frame='ego', users=LABELS)
    extent: Point3 | None = key('half length, half width, half height', unit='m', users=LABELS)
    yaw: Number | None = key('clockwise', unit='rad', frame='ego', users=LABELS, default=None)
    distance: Number | None = key('-1: the car itself', unit='m', users=LABELS, default=None)
    num_points: int | None = key(
        'hits of the LiDAR; ours: estimated from size and visibility', users=LABELS, default=None
    )
    id: int | None = key('unique in the episode', users=LABELS, default=None)
    matrix: Matrix | None = key('its transform', unit='m', frame='map', users='vqa', default=None)
    visible_share: Number | None = key(
        'ours: share of it that the camera sees, 0 to 1', default=None
    )


class EgoBox(Box):
    """The car itself."""

    speed: Number | None = key('speed', unit='m/s', users='dreamer', default=None)
    brake: Number | Truth | None = key('whether it brakes', default=None)


class _OnRoad(Box):
    """Where something is on the road."""

    road_id: int | None = key('OpenDRIVE road', users='vqa', default=None)
    lane_id: int | None = key('OpenDRIVE lane', users='vqa', default=None)
    lane_type: Any = key('number of the kind of lane', default=None)
    lane_type_str: Text | None = key('kind of lane', users='vqa', default=None)
    is_in_junction: Truth | None = key('whether it is in one', users='vqa', default=None)
    junction_id: int | None = key('of that junction, -1: none', users='vqa', default=None)
    distance_to_junction: Number | None = key(
        'to the next one', unit='m', users='commentary, vqa', default=None
    )
    next_junction_id: int | None = key('of it, -1: none', users='commentary, vqa', default=None)
    next_road_ids: list[int] | None = key('roads that follow', users='vqa', default=None)
    next_next_road_ids: list[int] | None = key(
        'roads that follow those', users='vqa', default=None
    )
    same_road_as_ego: Truth | None = key('whether it is', users='vqa', default=None)
    same_direction_as_ego: Truth | None = key('whether its lane is', users='vqa', default=None)
    lane_relative_to_ego: int | None = key(
        'lanes to the right of the car, negative left, null on another road',
        users='vqa',
        default=None,
    )
    role_name: Text | None = key('role of the actor', users='vqa', default=None)
    type_id: Text | None = key('CARLA type', users=LABELS, default=None)
    speed: Number | None = key('speed', unit='m/s', users=LABELS, default=None)


class CarBox(_OnRoad):
    """A vehicle, bicycles included."""

    color_rgb: tuple[int, int, int] | None = key('paint', users=LABELS, default=None)
    color_name: Text | None = key('paint in words', users=LABELS, default=None)
    next_action: Text | None = key('what it will do at the junction', default=None)
    vehicle_cuts_in: Truth | None = key('whether it cuts in', users='vqa', default=None)
    light_state: Any = key('its lamps', users='vqa', default=None)
    traffic_light_state: Text | None = key('light that it is at', users='vqa', default=None)
    is_at_traffic_light: Truth | None = key('whether it is at one', default=None)
    base_type: Text | None = key('such as `car`, `bicycle`, `truck`', users=LABELS, default=None)
    number_of_wheels: int | None = key('wheels', users=LABELS, default=None)
    brake: Number | Truth | None = key('command, 0 to 1', users='vqa', default=None)
    steer: Number | None = key('command, positive right', users='vqa', default=None)
    throttle: Number | None = key('command, 0 to 1', default=None)


class WalkerBox(_OnRoad):
    """Somebody on foot."""

    gender: Text | None = key('`male` or `female`', default=None)
    age: Text | None = key('`adult` or `child`', users=LABELS, default=None)


class TrafficLightBox(Box):
    """A traffic light (``traffic_light_vqa``: one that questions may speak of)."""

    state: Text | None = key('`Red`, `Yellow`, `Green`, `Off`, `Unknown`', users=LABELS)
    affects_ego: Truth | None = key('whether the car must obey it', users=LABELS, default=None)


class StopSignBox(Box):
    """A stop sign; ``affects_ego`` is false once it was obeyed."""

    affects_ego: Truth | None = key('whether the car must obey it', users=LABELS, default=None)


class StaticBox(Box):
    """An object; upstream swaps the first two numbers of its extent."""

    type_id: Text | None = key('CARLA type', users=LABELS, default=None)
    mesh_path: Text | None = key('mesh of a parked car', users='vqa', default=None)


class LandmarkBox(Box):
    """A road sign of the map."""

    position: Point3 | None = key('its place', unit='m', frame='ego', default=None)
    extent: Point3 | None = key('half sizes', unit='m', default=None)
    name: Any = key('of the map', default=None)
    text: Any = key('of the sign', default=None)
    value: Any = key('such as a speed', default=None)


class WeatherBox(FileModel):
    """CARLA's weather."""

    kind: Text = key('class', alias='class')
    cloudiness: Number | None = key('0 to 100', default=None)
    dust_storm: Number | None = key('0 to 100', default=None)
    fog_density: Number | None = key('0 to 100', default=None)
    fog_distance: Number | None = key('where fog begins', unit='m', default=None)
    fog_falloff: Number | None = key('with height', default=None)
    mie_scattering_scale: Number | None = key('haze', default=None)
    precipitation: Number | None = key('0 to 100', default=None)
    precipitation_deposits: Number | None = key('0 to 100', default=None)
    rayleigh_scattering_scale: Number | None = key('sky', default=None)
    scattering_intensity: Number | None = key('light in fog', default=None)
    sun_altitude_angle: Number | None = key('above the horizon', unit='deg', default=None)
    sun_azimuth_angle: Number | None = key('0 to 360', unit='deg', default=None)
    wetness: Number | None = key('0 to 100', default=None)
    wind_intensity: Number | None = key('0 to 100', default=None)


class LaneFacts(FileModel):
    """A lane beside that of the car; the key of its kind is misspelt on disk: ``type:``."""

    kind: Text = key('kind of lane, such as `Driving`', users='dreamer', alias='type:')
    width: Number = key('width', unit='m', users='dreamer')
