# SPDX-License-Identifier: Apache-2.0
"""The entry ``ego_info`` of a boxes file, and the whole file (upstream_spec §4.3)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Tag, TypeAdapter

from simlingo_training.schema.base import FileModel, Number, Text, Truth, key
from simlingo_training.schema.boxes import (
    Box,
    CarBox,
    EgoBox,
    LandmarkBox,
    LaneFacts,
    StaticBox,
    StopSignBox,
    TrafficLightBox,
    WalkerBox,
    WeatherBox,
)


class EgoInfoBox(FileModel):
    """Where the car is on the road, and what is around it."""

    kind: Text = key('class', alias='class')
    scenario: Any = key('situation under way', users='commentary', default=None)
    traffic_light_state: Text | None = key('light of the car', users='vqa, dreamer', default=None)
    distance_to_junction: Number | None = key(
        'null: unknown', unit='m', users='commentary, vqa, dreamer', default=None
    )
    ego_lane_number: int | None = key(
        '0: leftmost of its direction', users='vqa, dreamer', default=None
    )
    road_id: int | None = key('OpenDRIVE road', users='vqa', default=None)
    lane_id: int | None = key('OpenDRIVE lane', users='vqa', default=None)
    is_in_junction: Truth | None = key('whether it is in one', users='vqa, dreamer', default=None)
    is_intersection: Truth | None = key('whether that is an intersection', default=None)
    junction_id: int | None = key('of that junction, -1: none', users='vqa', default=None)
    next_junction_id: int | None = key('of the next one', users='commentary, vqa', default=None)
    next_road_ids: list[int] | None = key('roads that follow', users='vqa', default=None)
    next_next_road_ids_ego: list[int] | None = key(
        'roads that follow those', users='vqa', default=None
    )
    ego_lane: Any = key('lane of the car', default=None)
    left_lanes: list[LaneFacts] | None = key(
        'from the car outwards', users='dreamer', default=None
    )
    right_lanes: list[LaneFacts] | None = key(
        'from the car outwards', users='dreamer', default=None
    )
    num_lanes_same_direction: int | None = key('driving lanes', users='vqa, dreamer', default=None)
    num_lanes_opposite_direction: int | None = key(
        'driving lanes', users='vqa, dreamer', default=None
    )
    lane_change: int | None = key(
        '0 none, 1 right, 2 left, 3 both', users='vqa, dreamer', default=None
    )
    lane_type: Any = key('number of the kind of lane', default=None)
    lane_type_str: Text | None = key('kind of lane', users='vqa, dreamer', default=None)
    left_lane_marking_color: Any = key('colour', users='vqa', default=None)
    left_lane_marking_type: Any = key('kind', users='vqa', default=None)
    right_lane_marking_color: Any = key('colour', users='vqa', default=None)
    right_lane_marking_type: Any = key('kind', users='vqa', default=None)
    shoulder_left: Truth | None = key('whether there is one', users='vqa', default=None)
    shoulder_right: Truth | None = key('whether there is one', users='vqa', default=None)
    parking_left: Truth | None = key('whether there is one', users='vqa, dreamer', default=None)
    parking_right: Truth | None = key('whether there is one', users='vqa, dreamer', default=None)
    sidewalk_left: Truth | None = key('whether there is one', users='vqa, dreamer', default=None)
    sidewalk_right: Truth | None = key('whether there is one', users='vqa, dreamer', default=None)
    bike_lane_left: Truth | None = key('whether there is one', users='vqa', default=None)
    bike_lane_right: Truth | None = key('whether there is one', users='vqa', default=None)
    hazard_detected_10: Truth | None = key('a hazard within 10 m', users='vqa', default=None)
    hazard_detected_15: Truth | None = key('within 15 m', users='vqa', default=None)
    hazard_detected_20: Truth | None = key('within 20 m', users='vqa', default=None)
    hazard_detected_40: Truth | None = key('within 40 m', users='vqa', default=None)
    affects_ego_10: Any = key('what is that hazard, within 10 m', users='vqa', default=None)
    affects_ego_15: Any = key('within 15 m', users='vqa', default=None)
    affects_ego_20: Any = key('within 20 m', users='vqa', default=None)
    affects_ego_40: Any = key('within 40 m', users='vqa', default=None)


BOXES_BY_CLASS: dict[str, type[FileModel]] = {
    'ego_car': EgoBox,
    'car': CarBox,
    'walker': WalkerBox,
    'traffic_light': TrafficLightBox,
    'traffic_light_vqa': TrafficLightBox,
    'stop_sign': StopSignBox,
    'stop_sign_vqa': StopSignBox,
    'static': StaticBox,
    'static_car': StaticBox,
    'static_trafficwarning': StaticBox,
    'landmark': LandmarkBox,
    'weather': WeatherBox,
    'ego_info': EgoInfoBox,
}
"""The model of each class."""


def _class_of(value: Any) -> str:
    """Return the tag of the model: the name of its class, ``other`` for what is not known."""
    if isinstance(value, dict):
        name = value.get('class')
        model = BOXES_BY_CLASS.get(name) if isinstance(name, str) else None
        return model.__name__ if model else 'other'
    return type(value).__name__ if isinstance(value, FileModel) else 'other'


AnyBox = Annotated[
    Annotated[EgoBox, Tag('EgoBox')]
    | Annotated[CarBox, Tag('CarBox')]
    | Annotated[WalkerBox, Tag('WalkerBox')]
    | Annotated[TrafficLightBox, Tag('TrafficLightBox')]
    | Annotated[StopSignBox, Tag('StopSignBox')]
    | Annotated[StaticBox, Tag('StaticBox')]
    | Annotated[LandmarkBox, Tag('LandmarkBox')]
    | Annotated[WeatherBox, Tag('WeatherBox')]
    | Annotated[EgoInfoBox, Tag('EgoInfoBox')]
    | Annotated[Box, Tag('other')],
    Discriminator(_class_of),
]
BoxesFile = list[AnyBox]
"""The entries of a boxes file."""
BOXES: TypeAdapter[BoxesFile] = TypeAdapter(BoxesFile)
