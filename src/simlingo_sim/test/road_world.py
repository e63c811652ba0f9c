# SPDX-License-Identifier: Apache-2.0
"""A straight road with a kinematic ego, for tests of the expert."""

import math
from types import SimpleNamespace

import numpy as np
from straight_road import actor as any_actor

from simlingo_core.frame import Frame, GnssReading, ImuReading
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.route import Route
from simlingo_core.types import EgoState, RoadOption
from simlingo_core.vehicle_model import MotionState, advance_ego
from simlingo_sim.expert import Expert
from simlingo_sim.situations.situation import ActiveSituation
from simlingo_sim.state import (
    ActorKind,
    ActorState,
    LightState,
    StopSign,
    TrafficLight,
    WorldState,
)
from simlingo_sim.town.route_planner import PlannedRoute

LIMIT_MPS = 50.0 / 3.6
LINE_X_M = 80.0
LINE = np.array([[LINE_X_M, 1.75], [LINE_X_M, -1.75]])
EGO_EXTENT = (2.45, 0.92, 0.75)


def straight(length_m=200):
    points = np.stack([np.arange(length_m + 1.0), np.zeros(length_m + 1)], axis=1)
    count = len(points)
    return PlannedRoute(
        route=Route(points, [RoadOption.LANE_FOLLOW] * count),
        limits_mps=np.full(count, LIMIT_MPS),
        widths_m=np.full(count, 3.5),
        is_junction=np.zeros(count, dtype=bool),
    )


def staged(actor_ids, *, must_be_passed=False, **more):
    """A situation that has begun."""
    return ActiveSituation(
        name='x',
        arc_m=0.0,
        actor_ids=actor_ids,
        must_be_passed=must_be_passed,
        has_happened=True,
        is_over=False,
        **more,
    )


def actor(actor_id, kind, x_m, y_m, *, yaw=0.0, speed=0.0, role='traffic'):
    extents = {ActorKind.PEDESTRIAN: (0.25, 0.25, 0.9), ActorKind.CONE: (0.2, 0.2, 0.4)}
    extent = extents.get(kind, (2.25, 0.9, 0.7))
    return any_actor(actor_id, kind, x_m, y_m, yaw=yaw, speed=speed, role=role, extent=extent)


class RoadWorld:
    """The kinematic ego on a straight road; others move on at constant speed."""

    def __init__(self, *actors, light=False, stop=False, passable=(), planned=None):
        pose = Pose2(LINE_X_M, -4.0, math.pi)
        lights = [
            TrafficLight(id=7, sumo_id='a', link_index=0, pose_map=pose, stop_line_map_m=LINE)
        ]
        signs = [StopSign(id=8, pose_map=pose, stop_line_map_m=LINE)]
        self.town = SimpleNamespace(
            traffic_lights=lights if light else [], stop_signs=signs if stop else []
        )
        self.planned = planned or straight()
        self.situations = (staged(tuple(passable), passed_ids=tuple(passable)),)
        self.light = LightState.GREEN
        self.actors = list(actors)
        self.tick = 0
        first, second = self.planned.route.points_map_m[:2]
        yaw = math.atan2(*(second - first)[::-1])
        self.ego = MotionState(Pose2(float(first[0]), float(first[1]), yaw), 0.0)

    @property
    def state(self):
        ego = ActorState(
            id=1,
            kind=ActorKind.CAR,
            type_id='ego',
            role='ego_vehicle',
            pose_map=self.ego.pose_map,
            speed_mps=self.ego.speed_mps,
            extent_m=EGO_EXTENT,
        )
        return WorldState(
            tick=self.tick,
            t_s=self.tick * 0.05,
            ego=ego,
            actors=tuple(self.actors),
            lights={7: self.light},
        )

    @property
    def frame(self):
        t_s = self.tick * 0.05
        return Frame(
            tick=self.tick,
            t_s=t_s,
            ego=EgoState(
                t_s=t_s,
                pose_map=Pose3.from_planar(self.ego.pose_map),
                speed_mps=self.ego.speed_mps,
            ),
            image_bgra=None,
            imu=ImuReading(
                acceleration_base_mps2=np.zeros(3),
                angular_velocity_base_radps=np.zeros(3),
                orientation_yaw_rad=0.0,
            ),
            gnss=GnssReading(latitude_deg=0.0, longitude_deg=0.0, altitude_m=0.0),
            speedometer_mps=self.ego.speed_mps,
        )

    def step(self, command):
        self.ego = advance_ego(self.ego, command)
        self.tick += 1
        self.actors = [_moved(a) for a in self.actors]

    def drive(self, agent, seconds, until_m=math.inf):
        """Drive on; returns the ego's x and speed at every tick."""
        trace = []
        for _ in range(round(seconds * 20)):
            self.step(agent.drive(self.frame))
            trace.append((self.ego.pose_map.x_m, self.ego.speed_mps, self.ego.pose_map.y_m))
            if self.ego.pose_map.x_m > until_m:
                break
        return np.array(trace)

    @property
    def front_m(self):
        return self.ego.pose_map.x_m + EGO_EXTENT[0]


def _moved(a):
    x_m, y_m = a.pose_map.transform([a.speed_mps * 0.05, 0.0])
    pose = Pose2(float(x_m), float(y_m), a.pose_map.yaw_rad)
    return ActorState(**{**a.__dict__, 'pose_map': pose})


def started(world, agent=Expert):
    driver = agent(world)
    driver.reset()
    return driver
