# SPDX-License-Identifier: Apache-2.0
"""The true state of the simulated world, in ROS map coordinates (REP-103).

Map coordinates equal those of the SUMO network and of OpenDRIVE (x east, y north); CARLA's
left-handed axes appear in ``carla_map.py`` only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

from simlingo_core.geometry import Pose2


class ActorKind(StrEnum):
    """What an actor is; decides its shape in the image and its infraction."""

    CAR = 'car'
    SUV = 'suv'
    VAN = 'van'
    TRUCK = 'truck'
    BICYCLE = 'bicycle'
    PEDESTRIAN = 'pedestrian'
    CONE = 'cone'
    WARNING_SIGN = 'warning_sign'

    @property
    def is_vehicle(self) -> bool:
        """Whether a collision with it counts as a vehicle collision."""
        return self in {self.CAR, self.SUV, self.VAN, self.TRUCK, self.BICYCLE}

    @property
    def is_static(self) -> bool:
        """Whether it is a thing rather than a road user."""
        return self in {self.CONE, self.WARNING_SIGN}


class LightState(IntEnum):
    """Numbered as in carla_msgs/CarlaTrafficLightStatus."""

    RED = 0
    YELLOW = 1
    GREEN = 2
    OFF = 3
    UNKNOWN = 4


@dataclass(frozen=True, kw_only=True)
class ActorState:
    """One road user or obstacle.

    Attributes:
        id: unique in the world, > 0; the ego is 1.
        kind: shape and class.
        type_id: CARLA blueprint id of the nearest kind, such as ``vehicle.audi.tt``.
        role: ``traffic``, ``scenario``, ``parked`` or the ego's role name.
        pose_map: centre of the box on the ground, x forward.
        speed_mps: along its own x.
        extent_m: half length, half width, half height.
        is_braking, blinks_left, blinks_right: lamps.
        color_rgb: paint or clothes, 0 to 255.
        walk_phase: gait phase of a pedestrian in radians; 0 for others.
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

    def corners_map_m(self, margin_m: float = 0.0) -> NDArray[np.float64]:
        """Corners of the box on the ground, counter-clockwise from front left, shape (4, 2)."""
        length, width = self.extent_m[0] + margin_m, self.extent_m[1] + margin_m
        box = np.array([[length, width], [-length, width], [-length, -width], [length, -width]])
        return self.pose_map.transform(box)


@dataclass(frozen=True, kw_only=True)
class TrafficLight:
    """One signal head and the stop line it guards; fixed for a town.

    Attributes:
        id: unique in the town, also on ROS.
        sumo_id: traffic light system in SUMO.
        link_index: position in SUMO's state string.
        pose_map: of the signal head's foot, x pointing against the traffic it faces.
        stop_line_map_m: end points of the stop line, left then right seen by the driver,
            shape (2, 2).
        far_pose_map: foot of the second head, behind the junction, showing the same colour.
        edge_id: edge of the network that ends at the stop line.
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
    """One stop sign and its stop line; fixed for a town.

    Attributes:
        id: unique in the town, also on ROS.
        pose_map: foot of the sign, x pointing against the traffic it faces.
        stop_line_map_m: end points, left then right seen by the driver, shape (2, 2).
        edge_id: edge of the network that ends at the stop line.
    """

    id: int
    pose_map: Pose2
    stop_line_map_m: NDArray[np.float64]
    edge_id: str = ''


@dataclass(frozen=True, kw_only=True)
class WorldState:
    """Everything that moves or changes, at one tick.

    Attributes:
        tick: counts from 0 at reset.
        t_s: simulation time.
        ego: the driven car.
        actors: all others, sorted by id; those of the situation included.
        lights: state of each traffic light by its id.
    """

    tick: int
    t_s: float
    ego: ActorState
    actors: tuple[ActorState, ...]
    lights: dict[int, LightState]
