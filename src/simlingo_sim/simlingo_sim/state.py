# SPDX-License-Identifier: Apache-2.0
"""The true state of the simulated world, in ROS map coordinates (REP-103).

Map coordinates equal those of the SUMO network and of OpenDRIVE (x east, y north); CARLA's
left-handed axes appear in ``town/carla_map.py`` and ``town/route_files.py`` only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

from simlingo_core.geometry import Pose2
from simlingo_sim.weather import Weather

DOOR_M = 1.0
"""Length of a front door."""


class ActorKind(StrEnum):
    """Kind of an actor; decides its model in images and the infraction of a collision."""

    CAR = 'car'
    SUV = 'suv'
    VAN = 'van'
    TRUCK = 'truck'
    BICYCLE = 'bicycle'
    PEDESTRIAN = 'pedestrian'
    CONE = 'cone'
    WARNING_SIGN = 'warning_sign'
    BUS = 'bus'
    MOTORCYCLE = 'motorcycle'
    AMBULANCE = 'ambulance'
    POLICE = 'police'
    CHILD = 'child'
    DOG = 'dog'
    BARRIER = 'barrier'
    CONSTRUCTION_SIGN = 'construction_sign'
    BILLBOARD = 'billboard'

    @property
    def is_vehicle(self) -> bool:
        """Whether a collision with it is a collision with a vehicle."""
        return not self.is_walker and not self.is_static

    @property
    def is_walker(self) -> bool:
        """Whether it is on foot: a collision with it is a collision with a pedestrian."""
        return self in {self.PEDESTRIAN, self.CHILD, self.DOG}

    @property
    def is_emergency(self) -> bool:
        """Whether it has blue lights."""
        return self in {self.AMBULANCE, self.POLICE}

    @property
    def is_static(self) -> bool:
        """Whether it is an object rather than a road user."""
        return self in {
            self.CONE,
            self.WARNING_SIGN,
            self.BARRIER,
            self.CONSTRUCTION_SIGN,
            self.BILLBOARD,
        }


class LightState(IntEnum):
    """State of a traffic light, numbered as in carla_msgs/CarlaTrafficLightStatus."""

    RED = 0
    YELLOW = 1
    GREEN = 2
    OFF = 3
    UNKNOWN = 4


@dataclass(frozen=True, kw_only=True)
class ActorState:
    """One road user or obstacle.

    Attributes:
        id: id of the actor, unique in the world, > 0; the ego is 1.
        kind: kind of road user or object.
        type_id: id of the most similar CARLA blueprint, such as ``vehicle.audi.tt``.
        role: ``traffic``, ``scenario``, ``parked`` or the ego's role name.
        pose_map: pose of the centre of the bounding box on the ground, x forward.
        speed_mps: speed along the actor's own x axis, negative backwards.
        extent_m: half length, half width, half height of the bounding box.
        is_braking, blinks_left, blinks_right: whether these lamps are on.
        color_rgb: colour of paint or clothes, 0 to 255.
        walk_phase: gait phase of a pedestrian in radians; 0 for others.
        has_blue_lights: whether the blue lights of an emergency vehicle flash.
        open_door_rad: opening angle of a front door, of the left one if positive, of the right
            one if negative; 0: closed.  Cars, SUVs and vans have doors.
    """

    id: int
    kind: ActorKind
    type_id: str
    role: str
    pose_map: Pose2
    speed_mps: float
    extent_m: tuple[float, float, float]
    is_braking: bool = False
    blinks_left: bool = False
    blinks_right: bool = False
    color_rgb: tuple[int, int, int] = (128, 128, 128)
    walk_phase: float = 0.0
    has_blue_lights: bool = False
    open_door_rad: float = 0.0

    @property
    def door_reach_m(self) -> float:
        """How far an open door reaches beside the car, positive to the left."""
        return DOOR_M * math.sin(self.open_door_rad)

    def corners_map_m(self, margin_m: float = 0.0) -> NDArray[np.float64]:
        """Return the corners of the bounding box on the ground, an open door included.

        Args:
            margin_m: added to half length and half width.

        Returns:
            Counter-clockwise from front left, shape (4, 2).
        """
        length, width = self.extent_m[0] + margin_m, self.extent_m[1] + margin_m
        door_m = self.door_reach_m
        left, right = width + max(door_m, 0.0), -width + min(door_m, 0.0)
        box = np.array([[length, left], [-length, left], [-length, right], [length, right]])
        return self.pose_map.transform(box)


@dataclass(frozen=True, kw_only=True)
class TrafficLight:
    """One traffic light and its stop line; does not change during an episode.

    Attributes:
        id: id of the light, unique in the town, the same on ROS.
        sumo_id: id of the traffic light system in SUMO.
        link_index: index of the light in SUMO's state string.
        pose_map: pose of the foot of the post, x pointing against the traffic it faces.
        stop_line_map_m: end points of the stop line, left then right for the approaching driver,
            shape (2, 2).
        far_pose_map: pose of the second post behind the junction, which shows the same colour.
        edge_id: id of the network edge that ends at the stop line.
    """

    id: int
    sumo_id: str
    link_index: int
    pose_map: Pose2
    stop_line_map_m: NDArray[np.float64]
    far_pose_map: Pose2 | None = None
    edge_id: str = ''


@dataclass(frozen=True, kw_only=True)
class StopSign:
    """One stop sign and its stop line; does not change during an episode.

    Attributes:
        id: id of the sign, unique in the town, the same on ROS.
        pose_map: pose of the foot of the post, x pointing against the traffic it faces.
        stop_line_map_m: end points of the stop line, left then right for the approaching driver,
            shape (2, 2).
        edge_id: id of the network edge that ends at the stop line.
    """

    id: int
    pose_map: Pose2
    stop_line_map_m: NDArray[np.float64]
    edge_id: str = ''


@dataclass(frozen=True, kw_only=True)
class WorldState:
    """Everything that moves or changes, at one tick.

    Attributes:
        tick: number of ticks since the reset.
        t_s: simulation time.
        ego: the ego car.
        actors: all other actors, those of situations included, sorted by id.
        lights: state of each traffic light by its id.
        weather: the weather; None: a dry noon whose sun and clouds the seed decides.
        touches_scenery: the car hit something beside the road, by a collision sensor; worlds
            whose scenery has outlines leave it False.
    """

    tick: int
    t_s: float
    ego: ActorState
    actors: tuple[ActorState, ...]
    lights: dict[int, LightState]
    weather: Weather | None = None
    touches_scenery: bool = False
