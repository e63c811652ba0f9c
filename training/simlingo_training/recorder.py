# SPDX-License-Identifier: Apache-2.0
"""Writes an episode of the expert in SimLingo's layout, 4 frames a second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_core.files import write_atomically
from simlingo_core.images import encode_jpeg
from simlingo_core.target_points import TargetPointTracker, downsample_plan
from simlingo_core.types import RoadOption, VehicleCommand
from simlingo_sim.camera.specs import CameraSpec, shifted_camera
from simlingo_sim.expert.dense_route import SPACING_M
from simlingo_sim.expert.driver import Expert
from simlingo_sim.expert.intent import Intent
from simlingo_sim.score.infractions import Infraction, InfractionKind
from simlingo_sim.score.scorer import EpisodeScore
from simlingo_sim.town.junction_arms import junction_arms
from simlingo_sim.world import SimWorld
from simlingo_training.box_records import BoxRecorder, weather_box
from simlingo_training.carla_types import type_of_kind
from simlingo_training.command_queue import CommandQueue
from simlingo_training.ego_records import ego_info
from simlingo_training.episode_results import PART
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.gz_json import write_gz
from simlingo_training.labels import CameraShift
from simlingo_training.measurements import Measurement, points_to_disk, to_json
from simlingo_training.schema import SCHEMA_VERSION
from simlingo_training.schema.results import ResultsFile

TICKS_PER_FRAME = 5
ROUTE_POINTS = 40
ROUTE_AHEAD_M = 2.5
SITUATION_M = 50.0
ARM_WITHIN_M, ARM_LENGTH_M = 25.0, 45.0
LARGEST_SHIFT_M = 1.5
LARGEST_TURN_RAD = np.radians(20.0)


class EpisodeRecorder:
    """Records the frames of one episode.

    Args:
        folder: of the episode.
        world: just reset.
        expert: gives its route and its reasons.
        rng: draws the shift of the augmentation camera of each frame.
    """

    def __init__(
        self, folder: EpisodeFolder, world: SimWorld, expert: Expert, rng: np.random.Generator
    ) -> None:
        self._folder, self._world, self._expert, self._rng = folder, world, expert, rng
        self._tracker = TargetPointTracker(downsample_plan(world.route))
        self._commands = CommandQueue()
        self._box_recorder = BoxRecorder(world)
        self.frame_count = 0
        self._aim()

    def begin(self, folder: EpisodeFolder) -> None:
        """Write what comes into another folder, from frame 0 on."""
        self._folder, self.frame_count = folder, 0

    def look(self, command: VehicleCommand, *, is_kept: bool = True) -> None:
        """Take note of this tick; every fifth becomes a frame.  Call it on every tick.

        A world whose cameras are attached first, as CARLA's, has no images of its first tick.

        Args:
            command: of the expert.
            is_kept: False while the learner drives.
        """
        targets = self._tracker.update(self._world.state.ego.pose_map.position_m)
        commands = self._commands.update(self._tracker)
        if not is_kept or self._world.state.tick % TICKS_PER_FRAME:
            return
        pose, shift = self._world.state.ego.pose_map, self._shift
        if not self._world.can_render(_camera(shift)):
            return
        measurement = self._measure(
            self._expert.decide(), command, shift, targets.points_base_m(pose), commands
        )
        index = self.frame_count
        write_gz(self._folder.measurement(index), to_json(measurement))
        self._write_image(index, CameraShift(), is_shifted=False)
        self._write_image(index, shift, is_shifted=True)
        write_gz(self._folder.boxes(index), self._boxes())
        self.frame_count += 1
        self._aim()

    def finish(self, score: EpisodeScore) -> None:
        """Write the result: the episode counts from now on."""
        self._write_result(
            score.status,
            score.infractions,
            scores={
                'score_route': score.route_score,
                'score_penalty': score.penalty,
                'score_composed': score.driving_score,
            },
            meta={
                'route_length': score.route_length_m,
                'duration_game': score.duration_s,
                'duration_system': score.duration_s,
            },
        )

    def finish_part(self, infractions: Sequence[Infraction]) -> None:
        """Write the result of one stretch of an episode: it counts from now on."""
        self._write_result(PART, infractions, scores=None, meta=None)

    def _aim(self) -> None:
        """Draw the augmentation camera of the next frame, which a server must know before."""
        self._shift = CameraShift(
            float(self._rng.uniform(-LARGEST_SHIFT_M, LARGEST_SHIFT_M)),
            float(self._rng.uniform(-LARGEST_TURN_RAD, LARGEST_TURN_RAD)),
        )
        self._world.expect_images([_camera(CameraShift()), _camera(self._shift)])

    def _write_result(
        self,
        status: str,
        infractions: Sequence[Infraction],
        scores: dict[str, float] | None,
        meta: dict[str, float] | None,
    ) -> None:
        result = ResultsFile(
            index=0,
            route_id=f'RouteScenario_{self._folder.relative.name}_rep0',
            status=status,
            num_infractions=len(infractions),
            infractions={
                kind.value: [i.message for i in infractions if i.kind is kind]
                for kind in InfractionKind
            },
            scores=scores,
            meta=meta,
            schema_version=SCHEMA_VERSION,
        )
        write_gz(self._folder.results, result.to_json())

    def _boxes(self) -> list[dict[str, Any]]:
        pose, town_map = self._world.state.ego.pose_map, self._world.town.map
        here = town_map.lane_point(pose.x_m, pose.y_m)
        reason = self._expert.decide().reason
        weather = weather_box(self._world)
        info = ego_info(town_map, here, reason, self._situation())
        return [*self._box_recorder.boxes(*self._expert.obeyed_next()), weather, info]

    def _write_image(self, index: int, shift: CameraShift, *, is_shifted: bool) -> None:
        path = self._folder.image(index, is_shifted=is_shifted)
        bgra = self._world.render(_camera(shift))
        write_atomically(path, encode_jpeg(bgra), is_durable=False)

    def _measure(
        self,
        intent: Intent,
        command: VehicleCommand,
        shift: CameraShift,
        target_points_base_m: NDArray[np.float64],
        commands: tuple[RoadOption, RoadOption],
    ) -> Measurement:
        reason, reduction = intent.reason, intent.reason.reduction
        route = self._expert.route
        return Measurement(
            pose_map=self._world.state.ego.pose_map,
            speed_mps=self._world.state.ego.speed_mps,
            target_speed_mps=reason.target_speed_mps,
            speed_limit_mps=reason.speed_limit_mps,
            target_points_base_m=target_points_base_m,
            command=commands[0],
            next_command=commands[1],
            route_base_m=self._ahead(route.points_map_m),
            route_original_base_m=self._ahead(route.original_map_m),
            changed_route=reason.changed_route,
            reduced_by_kind=reduction.kind if reduction else None,
            reduced_by_type=type_of_kind(reduction.kind, self._type_of(reduction.id))
            if reduction
            else None,
            reduced_by_id=reduction.id if reduction else None,
            reduced_by_distance_m=reduction.distance_m if reduction else None,
            hazards=reason.hazards,
            is_in_junction=reason.is_in_junction,
            is_stop_sign_close=reason.stop_sign_close,
            is_walker_close=reason.walker_close,
            vehicle_affecting_id=reason.vehicle_affecting_id,
            walker_affecting_id=reason.walker_affecting_id if reason.walker_hazard else None,
            walker_close_id=reason.walker_affecting_id if reason.walker_close else None,
            aim_base_m=self._expert.aim_base_m(),
            steer=command.steer,
            throttle=command.throttle,
            brake=command.brake > 0.0,
            hazard_brake=intent.is_hazard or bool(reason.hazards),
            shift=shift,
            expert={
                'lanes': self._lanes(),
                'route_action': str(reason.route_action),
                'speed_action': str(reason.speed_action),
                'light': reason.light.name.lower() if reason.light is not None else None,
                'situations': [s.name for s in self._world.situations],
                'situation': self._situation(),
                'obstacle_ids': list(reason.obstacle_ids),
                'junction_distance_m': reason.junction_distance_m,
                'junction_arms': self._arms(reason.is_in_junction),
            },
        )

    def _arms(self, is_in_junction: bool) -> list[dict[str, Any]]:
        """Return the ways over the junction ahead, in CARLA's axes of the car."""
        pose, road = self._world.state.ego.pose_map, self._world.town.map
        if is_in_junction:
            return []
        here = road.lane_point(pose.x_m, pose.y_m)
        arms = junction_arms(road, here, within_m=ARM_WITHIN_M, length_m=ARM_LENGTH_M)
        return [
            {
                'turn': arm.direction.value,
                'path': points_to_disk(pose.inverse_transform(arm.points_map_m)),
            }
            for arm in arms
        ]

    def _type_of(self, actor_id: int) -> str | None:
        """Return the CARLA type of an actor; None: there is none of that id."""
        actors = self._world.state.actors
        return next((actor.type_id for actor in actors if actor.id == actor_id), None)

    def _ahead(self, points_map_m: NDArray[np.float64]) -> NDArray[np.float64]:
        first = self._expert.route.index + round(ROUTE_AHEAD_M / SPACING_M)
        stride = round(1.0 / SPACING_M)
        points = points_map_m[first : first + ROUTE_POINTS * stride : stride]
        return self._world.state.ego.pose_map.inverse_transform(points)

    def _situation(self) -> str | None:
        """Return the situation that the car is in or comes to, None: there is none."""
        arc_m = self._expert.route.index * SPACING_M
        near = [
            situation
            for situation in self._world.situations
            if not situation.is_over
            and (situation.has_happened or -SITUATION_M < situation.arc_m - arc_m < SITUATION_M)
        ]
        return min(near, key=lambda s: abs(s.arc_m - arc_m)).name if near else None

    def _lanes(self) -> dict[str, bool]:
        pose, road = self._world.state.ego.pose_map, self._world.town.map
        here = road.lane_point(pose.x_m, pose.y_m)
        return {
            'left': road.left(here) is not None,
            'right': road.right(here) is not None,
        }


def _camera(shift: CameraShift) -> CameraSpec:
    return shifted_camera(shift.y_m, shift.yaw_rad)
