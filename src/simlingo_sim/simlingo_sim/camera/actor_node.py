# SPDX-License-Identifier: Apache-2.0
"""Nodes of actors in the scene graph."""

from __future__ import annotations

import math
from typing import Any

from panda3d import core as panda

from simlingo_core.geometry import Pose2
from simlingo_sim.camera.actors import lamp_values, model_extent_m, model_mesh, paint_values
from simlingo_sim.camera.engine import geometry_node, level_node
from simlingo_sim.camera.pipeline import CASTS, HIDES_EGO
from simlingo_sim.state import ActorKind, ActorState

FINE_WITHIN_M = 40.0
# Farther away, a car is less than three pixels wide at the reference focal length.
SHOWN_WITHIN_M = 200.0


class ActorNode:
    """The node of one actor; can be reused for another actor of the same model.

    Args:
        parent: parent node path.
        model: name of the model, see ``model_name``.
        is_ego: whether it is hidden from the ego's own cameras.
        shapes: nodes of the models so far, which actors of the same model share.
    """

    def __init__(
        self, parent: Any, model: str, is_ego: bool, shapes: dict[tuple[str, bool], Any]
    ) -> None:
        for is_coarse in (False, True):
            if (model, is_coarse) not in shapes:
                mesh = model_mesh(model, is_coarse)
                shapes[model, is_coarse] = geometry_node('level', mesh)
        fine, coarse = shapes[model, False], shapes[model, True]
        levels = level_node(fine, coarse, FINE_WITHIN_M, SHOWN_WITHIN_M)
        self._path = parent.attach_new_node(levels)
        if is_ego:
            self._path.hide(HIDES_EGO)
        self._is_ego = is_ego
        self._extent_m = model_extent_m(model)
        self._is_shown = True
        self._lamps, self._paint = (panda.PTALVecBase4f.empty_array(1) for _ in range(2))
        self._path.set_shader_inputs(lamps=self._lamps, paint=self._paint)
        self._place: tuple[Pose2, tuple[float, float, float]] | None = None
        self._actor: ActorState | None = None

    def show(self, actor: ActorState, t_s: float) -> None:
        """Show an actor: set pose, lamps and paint."""
        if not self._is_shown:
            self._path.unstash()
            self._is_shown = True
        if (place := (actor.pose_map, actor.extent_m)) != self._place:
            self._place = place
            self._move(*place)
        # Most actors are parked and do not change.
        if actor is self._actor and not _changes_by_itself(actor):
            return
        self._actor = actor
        self._lamps[0] = panda.LVecBase4f(*lamp_values(actor, t_s))
        self._paint[0] = panda.LVecBase4f(*paint_values(actor))

    def _move(self, pose: Pose2, extent_m: tuple[float, float, float]) -> None:
        scale = [want / own for want, own in zip(extent_m, self._extent_m, strict=True)]
        self._path.set_pos_hpr_scale(
            pose.x_m, pose.y_m, 0.0, math.degrees(pose.yaw_rad), 0.0, 0.0, *scale
        )

    def set_class(self, number: int) -> None:
        """Set its class, for an image that shows classes."""
        self._path.set_shader_input('user_class', float(number))

    def set_casts_shadow(self, casts: bool) -> None:
        """Set whether it casts a shadow."""
        if casts:
            self._path.show(CASTS)
        else:
            self._path.hide(CASTS)

    def hide(self) -> None:
        """Remove it from images."""
        if self._is_shown:
            self._path.stash()
            self._is_shown = False


def _changes_by_itself(actor: ActorState) -> bool:
    is_blinking = actor.blinks_left or actor.blinks_right
    return is_blinking or actor.has_blue_lights or actor.kind is ActorKind.BICYCLE
