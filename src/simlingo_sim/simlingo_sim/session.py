# SPDX-License-Identifier: Apache-2.0
"""One drive as the ROS node runs it: world, score, and who may command the car."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simlingo_core.errors import SimlingoError
from simlingo_core.frame import Frame
from simlingo_core.types import VehicleCommand
from simlingo_sim.camera.specs import CameraQuality
from simlingo_sim.ego.lane_crossing import LaneCrossing
from simlingo_sim.ego.sensors import SensorConfig
from simlingo_sim.episode_runner import EpisodeRunner, make_scorer
from simlingo_sim.expert.driver import Expert
from simlingo_sim.node_config import SimConfig
from simlingo_sim.score.infractions import Infraction, InfractionKind
from simlingo_sim.score.protocol import find_protocol
from simlingo_sim.score.scorer import EpisodeScore
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig


@dataclass(kw_only=True)
class Wheel:
    """Who commands the car: the stack, a person who took over, or the expert.

    Attributes:
        stack: newest command of the stack.
        manual: newest command of a person.
        is_overridden: the person drives.
        is_autopilot: the expert drives, unless a person does.
    """

    stack: VehicleCommand
    manual: VehicleCommand
    is_overridden: bool = False
    is_autopilot: bool = False


class Session:
    """Runs one drive, tick by tick.

    Args:
        config: of the node.

    Raises:
        WorldError: the route or the situation cannot be staged.
    """

    def __init__(self, config: SimConfig) -> None:
        self._config = config
        self.world = SimWorld(
            WorldConfig(
                role_name=config.role_name,
                quality=CameraQuality(config.quality),
                traffic=TrafficConfig(vehicles=config.vehicles, pedestrians=config.pedestrians),
                sensors=SensorConfig(has_noise=config.has_sensor_noise),
            )
        )
        protocol = find_protocol(config.protocol)
        brake = VehicleCommand.full_brake()
        self.wheel = Wheel(stack=brake, manual=brake, is_autopilot=config.autopilot)
        self.command = brake
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
        """Let one tick pass with the command of whoever is in charge; the frame has no image.

        Raises:
            WorldError: the world cannot go on.
        """
        self.command = self._choose()
        return self._runner.step(self.command)

    def score(self) -> EpisodeScore:
        """Return the result so far."""
        return self._runner.finish()

    def summary(self) -> dict[str, Any]:
        """Return the result as JSON types, with documented names."""
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

    def close(self) -> None:
        """Release the world."""
        self.world.close()

    def _choose(self) -> VehicleCommand:
        if self.is_over:
            return VehicleCommand.full_brake()
        if self.wheel.is_overridden:
            return self.wheel.manual
        if not self.wheel.is_autopilot:
            return self.wheel.stack
        try:
            return self._expert.drive(self.frame)
        except SimlingoError:
            self.wheel.is_autopilot = False
            raise

    def _on_judged(self, frame: Frame, infractions: Sequence[Infraction]) -> None:
        # Comparing speeds is bookkeeping of the score, nothing that happens to the car.
        self.events = [i for i in infractions if i.kind is not InfractionKind.MIN_SPEED]
        ego = self.world.state.ego
        self.crossed_markings = self._crossing.update(ego)
        # Kept up to date, so that the expert can take over at any moment.
        self._expert.route.advance(ego.pose_map.position_m)
