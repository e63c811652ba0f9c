# SPDX-License-Identifier: Apache-2.0
"""One episode as the ROS node runs it: world, score, and who commands the car."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import SimlingoError, WorldError
from simlingo_core.frame import Frame
from simlingo_core.geometry import Pose2
from simlingo_core.intents import Turn
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_core.types import Instruction, VehicleCommand
from simlingo_core.understanding import understand
from simlingo_sim.camera.specs import CameraQuality, top_camera, training_camera
from simlingo_sim.config import SimConfig
from simlingo_sim.control_authority import ControlAuthority
from simlingo_sim.ego.lane_crossing import LaneCrossing
from simlingo_sim.ego.sensors import SensorConfig
from simlingo_sim.episode_runner import EpisodeRunner, make_scorer
from simlingo_sim.expert.driver import Expert
from simlingo_sim.score.infractions import Infraction, InfractionKind
from simlingo_sim.score.protocol import find_protocol
from simlingo_sim.score.scorer import EpisodeScore
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig
from simlingo_sim.worlds import EMBEDDED, open_world


class Session:
    """Runs one episode, tick by tick.

    Args:
        config: parameters of the node.

    Attributes:
        world: the simulated world.
        authority: who commands the car.
        command: the command of the last tick.
        events: infractions of the last tick, minimum speed left out.
        crossed_markings: lane markings whose crossing began at the last tick, as CARLA numbers
            them.

    Raises:
        WorldError: the route or the situation cannot be staged.
    """

    def __init__(self, config: SimConfig) -> None:
        self._config = config
        self.world = _make_world(config)
        protocol = find_protocol(config.protocol)
        self.authority = ControlAuthority(is_autopilot=config.autopilot)
        self.command = VehicleCommand.full_brake()
        first_frame = self.world.reset(
            config.route, config.situation or None, config.seed, with_image=False
        )
        self._expert = Expert(self.world)
        self._expert.reset()
        self._crossing = LaneCrossing(self.world.town.map)
        self.events: list[Infraction] = []
        self.crossed_markings: list[int] = []
        self._runner = EpisodeRunner(
            self.world, make_scorer(self.world, protocol), on_judged=self._on_judged
        )
        self._runner.begin(first_frame)

    @property
    def frame(self) -> Frame:
        """The newest frame, without an image."""
        return self._runner.frame

    @property
    def is_over(self) -> bool:
        """Whether the rules have ended the episode."""
        return self._runner.is_over

    @property
    def is_arrived(self) -> bool:
        """Whether the car reached the end of its route."""
        return self._runner.is_arrived

    def advance(self) -> Frame:
        """Advance one tick with the command of the driver in charge; the frame has no image.

        An expert that cannot go on is switched off before its error is raised.

        Raises:
            WorldError: the simulation failed.
        """
        self.command = self._choose()
        return self._runner.step(self.command)

    def score(self) -> EpisodeScore:
        """Return the result so far."""
        return self._runner.finish()

    def summary(self) -> dict[str, Any]:
        """Return the result so far as JSON types."""
        score = self.score()
        return {
            'route': self._config.route,
            'town': self.world.town.name,
            'seed': self._config.seed,
            'situations': [situation.name for situation in self.world.situations],
            'protocol': score.protocol,
            'status': score.status,
            'arrived': self.is_arrived,
            'driving_score': score.driving_score,
            'route_completion': score.route_score,
            'penalty': score.penalty,
            'infractions': [
                {'kind': str(i.kind), 't_s': i.t_s, 'message': i.message}
                for i in score.infractions
                if i.kind is not InfractionKind.MIN_SPEED
            ],
            'route_length_m': score.route_length_m,
            'duration_s': score.duration_s,
        }

    def turn(self, turn: Turn) -> str:
        """Plan the route anew for a turn by words; the score begins anew with it.

        Raises:
            WorldError: no junction ahead lets the car turn so; nothing has changed.
        """
        words = self.world.turn(turn)
        self._judge_anew()
        return words

    def drive_to(self, goal_map_m: NDArray[np.float64]) -> None:
        """Plan the route from here to a goal, shape (2,); the score begins anew with it.

        Raises:
            WorldError: the goal is off the road, or no way leads there; nothing has changed.
        """
        self.world.drive_to(goal_map_m)
        self._judge_anew()

    def put(self, pose_map: Pose2) -> None:
        """Put the car elsewhere, standing, and plan the route from there to the same goal.

        Raises:
            WorldError: no way leads from there to the goal; nothing has changed.
        """
        self.world.put(pose_map)
        self._judge_anew()

    def _judge_anew(self) -> None:
        """Begin expert and score on the route of the world."""
        self._expert.reset()
        frame = self.frame
        scorer = make_scorer(self.world, find_protocol(self._config.protocol))
        self._runner = EpisodeRunner(self.world, scorer, on_judged=self._on_judged)
        self._runner.begin(frame)

    def answer_turn(self, request: Instruction) -> InstructionStatus:
        """Turn as a request says; return what came of it."""
        state, t_s = InstructionState.REJECTED, self.frame.t_s
        turn = understand(request.text).turn
        if turn is None:
            reason = f'{request.text!r} is no turn; such as "turn left at the next junction"'
            return InstructionStatus(t_s=t_s, id=request.id, state=state, reason=reason)
        try:
            words = self.turn(turn)
        except WorldError as error:
            return InstructionStatus(t_s=t_s, id=request.id, state=state, reason=str(error))
        return InstructionStatus(
            t_s=t_s,
            id=request.id,
            state=InstructionState.ACCEPTED,
            reason=f'the route is planned anew: {words}',
            spoken_reply=words,
        )

    def close(self) -> None:
        """Release the world."""
        self.world.close()

    def _choose(self) -> VehicleCommand:
        if self.is_over:
            return VehicleCommand.full_brake()
        if not self.authority.is_expert:
            return self.authority.received_command
        try:
            return self._expert.drive(self.frame)
        except SimlingoError:
            self.authority.is_autopilot = False
            raise

    def _on_judged(self, frame: Frame, infractions: Sequence[Infraction]) -> None:
        # A minimum-speed entry compares speeds for the score; nothing happens to the car.
        self.events = [i for i in infractions if i.kind is not InfractionKind.MIN_SPEED]
        ego = self.world.state.ego
        self.crossed_markings = self._crossing.update(ego)
        # Kept up to date, so that the expert can take over at any moment.
        self._expert.route.advance(ego.pose_map.position_m)


def _make_world(config: SimConfig) -> SimWorld:
    """Return the world of a configuration; that of a server has the same methods.

    Raises:
        ConfigError: there is no such world.
    """
    if config.world == EMBEDDED:
        return SimWorld(
            WorldConfig(
                role_name=config.role_name,
                quality=CameraQuality(config.quality),
                weather=config.weather,
                camera_faults=config.camera_faults,
                traffic=TrafficConfig(vehicles=config.vehicles, pedestrians=config.pedestrians),
                sensors=SensorConfig(has_noise=config.has_sensor_noise),
            )
        )
    world: SimWorld = open_world(config.world)
    world.config = replace(world.config, role_name=config.role_name)
    cameras = [training_camera()] if config.has_camera else []
    world.expect_images([*cameras, *([top_camera()] if config.top_view_period_ticks else [])])
    return world


def write_summary(summary: dict[str, Any], path: Path) -> None:
    """Write a result as JSON; folders are created."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(summary, indent=2) + '\n', encoding='utf-8')
