# SPDX-License-Identifier: Apache-2.0
"""One drive as the ROS node runs it: world, score, and who may command the car."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simlingo_core.errors import SimlingoError
from simlingo_core.frame import Frame
from simlingo_core.types import VehicleCommand
from simlingo_sim.camera.specs import CameraQuality
from simlingo_sim.ego.lane_crossing import LaneCrossing
from simlingo_sim.ego.sensors import SensorConfig
from simlingo_sim.expert.driver import Expert
from simlingo_sim.node_config import SimConfig
from simlingo_sim.score.infractions import Infraction, InfractionKind
from simlingo_sim.score.protocol import find_protocol
from simlingo_sim.score.scorer import EpisodeScore, Scorer
from simlingo_sim.score.town_road import TownRoad
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
        self.frame: Frame = self.world.reset(
            config.route, config.situation or None, config.seed, with_image=False
        )
        self._expert = Expert(self.world)
        self._expert.reset()
        road = TownRoad(self.world.town)
        statics = (*road.statics, *self.world.scenery)
        self._scorer = Scorer(self.world.route, road, protocol, statics)
        self._crossing = LaneCrossing(self.world.town.map)
        self.events: list[Infraction] = []
        self.crossed_markings: list[int] = []
        self._judge()

    @property
    def is_over(self) -> bool:
        """Whether the rules have ended the drive."""
        return self._scorer.end is not None

    @property
    def is_arrived(self) -> bool:
        """Whether the car reached the end of its route."""
        return self.is_over and self._scorer.completion_share >= 1.0

    def advance(self) -> Frame:
        """Let one tick pass under whoever holds the wheel; the frame has no image.

        Raises:
            WorldError: the world cannot go on.
        """
        self.command = self._choose()
        self.frame = self.world.step(self.command, with_image=False)
        self._judge()
        return self.frame

    def score(self) -> EpisodeScore:
        """Return the result so far."""
        return self._scorer.finish()

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

    def _judge(self) -> None:
        active = [s for s in self.world.situations if s.has_happened and not s.is_over]
        found = self._scorer.update(
            self.world.state,
            may_use_oncoming_lane=any(
                s.must_be_passed and not s.is_over for s in self.world.situations
            ),
            is_situation_active=bool(active),
        )
        # Comparing speeds is bookkeeping of the score, nothing that happens to the car.
        self.events = [i for i in found if i.kind is not InfractionKind.MIN_SPEED]
        self.crossed_markings = self._crossing.update(self.world.state.ego)
        # Kept up to date, so that the expert can take over at any moment.
        self._expert.route.advance(self.world.state.ego.pose_map.position_m)
