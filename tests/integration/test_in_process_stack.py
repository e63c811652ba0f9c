# SPDX-License-Identifier: Apache-2.0
"""World, perception core, policy and control core in one process reach the end of the route."""

import numpy as np
import pytest

from simlingo_control.config import ControlConfig
from simlingo_control.core import ControlCore
from simlingo_control.gains import PedalsConfig
from simlingo_core.frame import Frame
from simlingo_core.plan_buffer import PlanBuffer
from simlingo_core.protocols import Policy
from simlingo_core.route import Route
from simlingo_core.schedule import Schedule
from simlingo_core.status import SafetyLevel
from simlingo_core.testing import FakeWorld, RoutePolicy, curve_route, junction_route
from simlingo_core.types import RoadOption
from simlingo_perception.camera_conditioner import CameraConditioner
from simlingo_perception.config import PerceptionConfig
from simlingo_perception.observation_builder import ObservationBuilder


class Episode:
    """One lockstep episode; the loop that every in-process runner has."""

    def __init__(self, route: Route, policy: Policy, config: ControlConfig, latency: int) -> None:
        self.world = FakeWorld(route, max_ticks=600, image_width=128, image_height=64)
        self.policy = policy
        self.core = ControlCore(config)
        self.schedule = Schedule(plan_latency_ticks=latency)
        perception = PerceptionConfig()
        self.camera = CameraConditioner(perception)
        self.builder = ObservationBuilder(perception)
        self.builder.set_route(route)
        self.plans = PlanBuffer(self.schedule)
        self.levels: list[SafetyLevel] = []

    def run(self, plan_until_tick: int = 10_000) -> list[Frame]:
        frames = [self.world.reset()]
        while not frames[-1].is_done:
            frame = frames[-1]
            is_planning = self.schedule.is_planning_tick(frame.tick)
            if is_planning and frame.tick < plan_until_tick:
                jpeg = self.camera.encode(frame.image_bgra)
                observation = self.builder.observe(frame, jpeg)
                self.plans.add(self.policy.plan(observation))
            else:
                self.builder.add_frame(frame)
            plan = self.plans.due(frame.tick).plan
            output = self.core.step(frame.t_s, frame.ego, plan)
            self.levels.append(output.safety_level)
            next_tick = self.schedule.is_planning_tick(frame.tick + 1)
            frames.append(self.world.step(output.command, with_image=next_tick))
        return frames


@pytest.mark.parametrize(
    ('route', 'latency', 'mode'),
    [
        (junction_route(RoadOption.LEFT), 0, 'parity'),
        (junction_route(RoadOption.RIGHT), 2, 'parity'),
        (curve_route(25, 3), 5, 'parity'),
        (junction_route(RoadOption.LEFT), 5, 'smooth'),
        (curve_route(25, 3), 2, 'smooth'),
    ],
)
def test_the_car_arrives_on_its_path(route, latency, mode) -> None:
    config = ControlConfig(pedals=PedalsConfig(mode=mode))
    episode = Episode(route, RoutePolicy(route), config, latency)
    frames = episode.run()
    assert frames[-1].tick < 600, 'it arrives'
    positions = np.array([frame.ego.pose_map.planar.position_m for frame in frames])
    _, offsets = route.project_many(positions)
    assert np.abs(offsets).max() < 0.35
    assert set(episode.levels[latency:]) <= {SafetyLevel.NOMINAL, SafetyLevel.DEGRADED}
    assert set(episode.levels[:latency]) <= {SafetyLevel.STOPPED}


def test_when_plans_stop_coming_the_car_stops_on_its_path() -> None:
    route = curve_route(25, 3)
    episode = Episode(route, RoutePolicy(route), ControlConfig(), 2)
    frames = episode.run(plan_until_tick=120)
    assert frames[-1].tick == 600, 'it never arrives'
    assert frames[120].ego.speed_mps > 3.0
    last = frames[-1].ego
    assert last.speed_mps < 0.1
    assert abs(route.project(last.pose_map.planar.position_m)[1]) < 0.5
    assert episode.levels[-1] is SafetyLevel.STOPPED
    assert SafetyLevel.MINIMAL_RISK_MANOEUVRE in episode.levels


def test_the_same_episode_twice_is_the_same_to_the_last_bit() -> None:
    route = junction_route(RoadOption.LEFT)
    episodes = [Episode(route, RoutePolicy(route), ControlConfig(), 2).run() for _ in range(2)]
    for a, b in zip(*episodes, strict=True):
        np.testing.assert_array_equal(a.ego.pose_map.matrix(), b.ego.pose_map.matrix())
