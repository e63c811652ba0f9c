# SPDX-License-Identifier: Apache-2.0
"""Actors that stand: parked and crashed cars, cones, a car whose door opens."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simlingo_core.geometry import Pose2
from simlingo_sim.situations.scenarios.description import Part
from simlingo_sim.situations.stage import Stage

DOOR_OPENS_RADPS = 2.0


@dataclass(frozen=True, kw_only=True)
class Stand:
    """Stand still.

    Attributes:
        has_hazard_lights: whether the hazard lights blink.
        has_blue_lights: whether blue lights flash.
    """

    has_hazard_lights: bool = False
    has_blue_lights: bool = False

    def enter(self, part: Part, stage: Stage) -> None:
        """Place the actors behind each other."""
        ahead_m = part.role.ahead_m.draw(stage.rng)
        for _ in range(part.role.count):
            turn_rad = part.role.turn_rad.draw(stage.rng)
            pose = part.spot.pose(ahead_m, part.left_m(stage)) @ Pose2(0.0, 0.0, turn_rad)
            actor = stage.spawn(part.kind(stage), pose)
            actor.has_hazard_lights = self.has_hazard_lights
            actor.has_blue_lights = self.has_blue_lights
            part.actors.append(actor)
            ahead_m += part.role.spacing_m.draw(stage.rng)

    def step(self, part: Part, stage: Stage) -> None:
        """Do nothing."""


@dataclass(frozen=True, kw_only=True)
class OpenDoor(Stand):
    """Stand, and open the door towards the lane when the ego comes near.

    Attributes:
        within_m: way of the ego's front at which it begins to open.
        angle_rad: how far it opens.
    """

    within_m: float = 22.0
    angle_rad: float = math.radians(65.0)

    def step(self, part: Part, stage: Stage) -> None:
        """Open the door."""
        part.has_begun = part.has_begun or part.left_to_go_m(stage) < self.within_m
        opened_rad = min(self.angle_rad, DOOR_OPENS_RADPS * part.since_s)
        for actor in part.actors:
            actor.open_door_rad = -part.spot.side * opened_rad
