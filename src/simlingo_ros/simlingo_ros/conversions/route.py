# SPDX-License-Identifier: Apache-2.0
"""Conversion of routes, goals and traffic lights of the CARLA bridge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from builtin_interfaces.msg import Time
from carla_msgs.msg import (
    CarlaBoundingBox,
    CarlaGnssRoute,
    CarlaRoute,
    CarlaTrafficLightInfo,
    CarlaTrafficLightInfoList,
    CarlaTrafficLightStatus,
    CarlaTrafficLightStatusList,
)
from nav_msgs.msg import Path
from numpy.typing import NDArray
from sensor_msgs.msg import NavSatFix

from simlingo_core.errors import ContractError
from simlingo_core.geodesy import GeoReference
from simlingo_core.geometry import Pose3
from simlingo_core.route import Route
from simlingo_core.types import RoadOption
from simlingo_ros.conversions.geometry import (
    MAP_FRAME,
    make_header,
    message_to_pose,
    message_to_vector,
    pose_to_message,
    poses_along,
    require_frame,
    vector_to_vector3,
)

# Points nearer than this to the one before are repeats.
SHORTEST_STEP_M = 0.01
LIGHT_STATES = range(CarlaTrafficLightStatus.RED, CarlaTrafficLightStatus.UNKNOWN + 1)


@dataclass(frozen=True, kw_only=True, eq=False)
class LightBox:
    """Place of a traffic light and its trigger volume.

    Attributes:
        id: id of the traffic light, as in the status list.
        pose_map: pose of the foot of its pole.
        trigger_center_m: centre of the trigger volume in the light's frame, shape (3,).
        trigger_size_m: full lengths of the trigger volume, shape (3,).
    """

    id: int
    pose_map: Pose3
    trigger_center_m: NDArray[np.float64]
    trigger_size_m: NDArray[np.float64]


def message_to_road_option(name: str, value: int) -> RoadOption:
    """Return a high-level command.

    Raises:
        ContractError: no command has that number.
    """
    try:
        return RoadOption(value)
    except ValueError as error:
        known = {int(option): option.name for option in RoadOption}
        raise ContractError(f'{name} is {value}; expected one of {known}') from error


def message_to_route(message: CarlaRoute) -> Route | None:
    """Return a route without its repeated points; None: fewer than two points are left.

    Raises:
        NonFiniteError: a coordinate is NaN or infinite; named.
        ContractError: another frame than map, as many options as poses are missing, or a command
            is unknown.
    """
    if message.poses:  # an empty message as tools send it has no frame either
        require_frame('CarlaRoute', message.header, MAP_FRAME)
    if len(message.road_options) != len(message.poses):
        raise ContractError(
            f'CarlaRoute has {len(message.poses)} poses but {len(message.road_options)} '
            'road_options; expected one for each pose'
        )
    points = [
        message_to_vector(f'CarlaRoute.poses[{i}].position', pose.position)[:2]
        for i, pose in enumerate(message.poses)
    ]
    options = [
        message_to_road_option(f'CarlaRoute.road_options[{i}]', option)
        for i, option in enumerate(message.road_options)
    ]
    return _route_or_none(points, options)


def path_message_to_route(message: Path) -> Route | None:
    """Return a path as a route that follows its lane; None: fewer than two different points.

    Raises:
        NonFiniteError: a coordinate is NaN or infinite; named.
        ContractError: another frame than map.
    """
    if message.poses:
        require_frame('Path', message.header, MAP_FRAME)
    points = [
        message_to_vector(f'Path.poses[{i}].position', stamped.pose.position)[:2]
        for i, stamped in enumerate(message.poses)
    ]
    return _route_or_none(points, [RoadOption.LANE_FOLLOW] * len(points))


def route_to_message(route: Route, stamp: Time) -> CarlaRoute:
    """Return a route message; each pose faces the next point."""
    return CarlaRoute(
        header=make_header(stamp, MAP_FRAME),
        road_options=[int(option) for option in route.options],
        poses=[pose_to_message(pose) for pose in poses_along(route.points_map_m)],
    )


def route_to_gnss_message(route: Route, reference: GeoReference, stamp: Time) -> CarlaGnssRoute:
    """Return the same route in latitude and longitude, at height 0."""
    points = np.column_stack([route.points_map_m, np.zeros(len(route))])
    return CarlaGnssRoute(
        header=make_header(stamp, MAP_FRAME),
        road_options=[int(option) for option in route.options],
        coordinates=[
            NavSatFix(latitude=float(fix[0]), longitude=float(fix[1]), altitude=float(fix[2]))
            for fix in reference.geodetic_from_map(points)
        ],
    )


def message_to_light_states(message: CarlaTrafficLightStatusList) -> dict[int, int]:
    """Return the state (CarlaTrafficLightStatus constants) of each light by its id.

    Raises:
        ContractError: a state is unknown or a light is listed twice.
    """
    states: dict[int, int] = {}
    for light in message.traffic_lights:
        if light.state not in LIGHT_STATES:
            raise ContractError(
                f'traffic light {light.id} has state {light.state}; expected '
                f'{LIGHT_STATES.start} to {LIGHT_STATES.stop - 1}'
            )
        if light.id in states:
            raise ContractError(f'traffic light {light.id} is listed twice')
        states[light.id] = light.state
    return states


def light_states_to_message(states: Mapping[int, int]) -> CarlaTrafficLightStatusList:
    """Return the states of the lights, sorted by id."""
    return CarlaTrafficLightStatusList(
        traffic_lights=[
            CarlaTrafficLightStatus(id=int(light), state=int(state))
            for light, state in sorted(states.items())
        ]
    )


def message_to_light_boxes(message: CarlaTrafficLightInfoList) -> list[LightBox]:
    """Return the places of the lights and their trigger volumes.

    Raises:
        NonFiniteError: a number is NaN or infinite; named.
        ContractError: no unit quaternion.
    """
    boxes = []
    for i, info in enumerate(message.traffic_lights):
        name = f'CarlaTrafficLightInfoList.traffic_lights[{i}]'
        volume = info.trigger_volume
        boxes.append(
            LightBox(
                id=info.id,
                pose_map=message_to_pose(f'{name}.transform', info.transform),
                trigger_center_m=message_to_vector(f'{name}.trigger_volume.center', volume.center),
                trigger_size_m=message_to_vector(f'{name}.trigger_volume.size', volume.size),
            )
        )
    return boxes


def light_boxes_to_message(boxes: Iterable[LightBox]) -> CarlaTrafficLightInfoList:
    """Return the places of the lights and their trigger volumes."""
    return CarlaTrafficLightInfoList(
        traffic_lights=[
            CarlaTrafficLightInfo(
                id=box.id,
                transform=pose_to_message(box.pose_map),
                trigger_volume=CarlaBoundingBox(
                    center=vector_to_vector3(box.trigger_center_m),
                    size=vector_to_vector3(box.trigger_size_m),
                ),
            )
            for box in boxes
        ]
    )


def _route_or_none(
    points_map_m: Sequence[NDArray[np.float64]], options: Sequence[RoadOption]
) -> Route | None:
    """Drop repeated points, which route planners leave where they join pieces."""
    points = np.array(points_map_m).reshape(-1, 2)
    ways_m = np.linalg.norm(points - points[:1], axis=1)
    is_route = bool((ways_m >= SHORTEST_STEP_M).any())
    return Route.without_repeats(points, options, SHORTEST_STEP_M) if is_route else None
