# SPDX-License-Identifier: Apache-2.0
"""``measurements/NNNN.json.gz``: what the car measured and what the expert intended.

upstream_spec §4.2.  CARLA's axes; the in-memory form in REP-103 is
``simlingo_training.measurements.Measurement``.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from simlingo_core.types import RoadOption
from simlingo_training.schema.base import FileModel, Number, Point, Pose, Text, Truth, key


def _command(value: int) -> int:
    RoadOption(value)
    return value


Command = Annotated[int, AfterValidator(_command)]
Points = Annotated[list[Point], Field(min_length=1)]


class MeasurementFile(FileModel):
    """One frame of the car and of the expert."""

    pos_global: Point | None = key(
        'position of the car', unit='m', frame='map', users='labels', default=None
    )
    theta: Number | None = key('yaw, clockwise', unit='rad', frame='map', default=None)
    speed: Number = key('speed', unit='m/s', users='loader, commentary, vqa, dreamer, buckets')
    target_speed: Number = key(
        'what the expert wants', unit='m/s', users='commentary, dreamer, buckets'
    )
    speed_limit: Number = key('of the road', unit='m/s', users='commentary, vqa, dreamer, buckets')
    target_point: Point = key('next point of the plan', unit='m', frame='ego', users='loader')
    target_point_next: Point = key('the one after it', unit='m', frame='ego', users='loader')
    command: Command = key(
        '1 left, 2 right, 3 straight, 4 follow, 5 and 6 lane change left, right; delayed',
        users='loader, commentary, vqa, dreamer',
    )
    next_command: Command = key('the one after it', users='loader, vqa')
    aim_wp: Point | None = key(
        'point that the expert steers to', unit='m', frame='ego', default=None
    )
    angle: Number | None = key('its angle, as a share of 90 degrees', frame='ego', default=None)
    route: Points = key(
        'up to 40 points 1 m apart from 2.5 m ahead, detours included',
        unit='m',
        frame='ego',
        users='loader, dreamer',
    )
    route_original: Points = key(
        'the same without detours', unit='m', frame='ego', users='commentary, dreamer'
    )
    changed_route: Truth = key(
        'whether the route is a detour here', users='commentary, dreamer, buckets'
    )
    speed_reduced_by_obj_type: Text | None = key(
        'CARLA type of what slows the expert most', users='commentary, dreamer, buckets'
    )
    speed_reduced_by_obj_id: int | None = key(
        'id of it; that of its box', users='commentary', default=None
    )
    speed_reduced_by_obj_distance: Number | None = key(
        'distance to it along the route', unit='m', users='commentary, dreamer, buckets'
    )
    steer: Number = key('command, positive right, -1 to 1', users='dreamer')
    throttle: Number = key('command, 0 to 1', users='dreamer')
    brake: Truth = key('whether a hazard demands braking', users='dreamer, buckets')
    control_brake: Truth | None = key('whether the car was braked', default=None)
    junction: Truth = key('whether the car is in a junction', users='vqa', default=False)
    vehicle_hazard: Truth = key('a vehicle', users='commentary, vqa, buckets', default=False)
    light_hazard: Truth = key('a red light', users='commentary, vqa, buckets', default=False)
    walker_hazard: Truth = key('a pedestrian', users='commentary, vqa, buckets', default=False)
    stop_sign_hazard: Truth = key('a stop sign', users='commentary, vqa, buckets', default=False)
    stop_sign_close: Truth = key('a stop sign is near', users='buckets', default=False)
    walker_close: Truth = key('a pedestrian is near', users='dreamer', default=False)
    vehicle_affecting_id: int | None = key(
        'id of the vehicle that is the hazard', users='commentary, buckets', default=None
    )
    walker_affecting_id: int | None = key(
        'id of the pedestrian that is the hazard (upstream: always null)', default=None
    )
    walker_close_id: int | None = key('id of the near one (upstream: always null)', default=None)
    augmentation_translation: Number = key(
        'of the shifted camera, positive right', unit='m', frame='ego', users='loader', default=0.0
    )
    augmentation_rotation: Number = key(
        'of it, clockwise', unit='deg', frame='ego', users='loader', default=0.0
    )
    ego_matrix: Pose = key(
        'transform of the car, row by row', unit='m', frame='map', users='loader, dreamer'
    )
    expert: dict[str, Any] | None = key(
        'ours: more reasons of the expert, see `EpisodeRecorder`', default=None
    )
