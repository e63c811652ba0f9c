# SPDX-License-Identifier: Apache-2.0
"""A policy behind the ``egodriver`` contract: images, egomotion and route in, poses out.

The contract's frames: ``local`` is our map; ``rig`` is x forward, y left, z up, on the ground
below the rear axle, which lies behind our base_link.
"""

from __future__ import annotations

import logging
import math
import threading
from dataclasses import dataclass, field

import numpy as np
from carla_driver_interface.driver import (
    BaseDriver,
    CameraFrame,
    DriveContext,
    DriveResult,
    SessionState,
)
from carla_driver_interface.geometry import Pose, Trajectory, optical_to_body

from simlingo_carla.egodriver.plan_trajectory import (
    braking_m,
    plan_poses,
    poses_along,
    times_s,
)
from simlingo_carla.egodriver.rolling_route import RollingRoute
from simlingo_core.errors import ConfigError, SimlingoError
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.protocols import Policy
from simlingo_core.types import DrivingPlan, EgoState, Instruction, Observation, SafetyMode
from simlingo_perception.camera_conditioner import CameraConditioner
from simlingo_perception.config import PerceptionConfig
from simlingo_perception.observation_builder import ObservationBuilder
from simlingo_perception.training_view import fov_deg_of, training_view
from simlingo_planner.core import PlannerCore

logger = logging.getLogger(__name__)

REAR_AXLE_M = 1.42
"""From the rear axle forward to the middle of CARLA's Lincoln MKZ 2020."""
TRAINING_PLACE_M = (-1.5, 0.0, 2.0)
FAR_FROM_TRAINING_M = 0.5
PLAN_AGE_LIMIT_S = 0.5
PINHOLE = 'opencv_pinhole_param'


@dataclass(eq=False)
class _Rollout:
    """What belongs to one session."""

    camera_id: str
    builder: ObservationBuilder
    conditioner: CameraConditioner
    planner: PlannerCore
    route: RollingRoute = field(default_factory=RollingRoute)
    image_us: int = -1
    plan: DrivingPlan | None = None
    plan_speed_mps: float = 0.0
    error: str = ''

    def note(self, t_s: float, error: str) -> None:
        """Warn of an error, once for as long as it lasts."""
        if error and error != self.error:
            logger.warning('%.2f s: %s', t_s, error)
        self.error = error


class PolicyDriver(BaseDriver):
    """Serves one policy; where it cannot plan, the car brakes to a stop.

    Args:
        policy: makes the plans.
        camera_id: of the front camera; empty: the only one, or the one with ``front`` in its id.
        instruction: given at the start of each rollout; empty: none.
        rear_axle_m: from the rear axle forward to base_link, the middle of the vehicle.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        camera_id: str = '',
        instruction: str = '',
        rear_axle_m: float = REAR_AXLE_M,
    ) -> None:
        is_named = policy.name.startswith('simlingo')
        self.name = policy.name if is_named else f'simlingo_{policy.name}'
        self._policy, self._camera_id, self._instruction = policy, camera_id, instruction
        self._base_from_rig = Pose(np.array([-rear_axle_m, 0.0, 0.0]), np.array([0, 0, 0, 1.0]))
        self._rollouts: dict[str, _Rollout] = {}
        # One policy plans for all sessions, one plan at a time.
        self._lock = threading.Lock()

    def on_session_start(self, session: SessionState) -> None:
        """Choose the camera; refuse a session without one that sees enough.

        Raises:
            ConfigError: no camera is the front camera.
            ContractError: it sees less than the training camera.
        """
        camera_id, fov_deg = self._front_camera(session)
        config = PerceptionConfig(camera_fov_deg=fov_deg)
        with self._lock:
            self._policy.reset()
            planner = PlannerCore(self._policy)
            if self._instruction:
                given = Instruction(text=self._instruction, safety_mode=SafetyMode.FOLLOW)
                planner.arbiter.submit(planner.arbiter.name(given), 0.0)
            self._rollouts[session.uuid] = _Rollout(
                camera_id, ObservationBuilder(config), CameraConditioner(config), planner
            )

    def on_session_close(self, session: SessionState) -> None:
        """Forget the session."""
        with self._lock:
            self._rollouts.pop(session.uuid, None)

    def drive(self, ctx: DriveContext) -> DriveResult:
        """Return base_link's future as poses of the rig."""
        session, t_s = ctx.session, ctx.time_now_us / 1e6
        with self._lock:
            rollout = self._rollouts[session.uuid]
            try:
                self._plan(rollout, session)
            except SimlingoError as error:
                rollout.plan = None
                rollout.note(t_s, str(error))
            plan = rollout.plan
            if plan is None or not 0.0 <= t_s - plan.t_s <= PLAN_AGE_LIMIT_S:
                return self._brake(ctx)
            return self._follow(ctx, plan, rollout.plan_speed_mps)

    def _plan(self, rollout: _Rollout, session: SessionState) -> None:
        """Take what has come; make a plan if there is a new image with all it needs."""
        with session.lock:
            pose, speed_mps = session.latest_pose(), _speed_mps(session)
            stamps = session.ego_trajectory.timestamps_us
            t_s = stamps[-1] / 1e6 if stamps else 0.0
            route_rig_m = np.array(session.route_waypoints_in_rig)
            image = session.latest_frame(rollout.camera_id)
        if pose is None:
            return
        if rollout.route.add(pose.transform_points(route_rig_m)[:, :2]):
            rollout.builder.set_route(rollout.route.route)
        base = pose @ self._base_from_rig.inverse()
        pose_map = Pose3(base.position, base.quat_xyzw)
        rollout.builder.add_ego(EgoState(t_s=t_s, pose_map=pose_map, speed_mps=speed_mps))
        if not isinstance(image, CameraFrame) or image.timestamp_us <= rollout.image_us:
            return
        rollout.image_us = image.timestamp_us
        jpeg = rollout.conditioner.accept(image.image_bytes)
        rollout.builder.add_image(image.timestamp_us / 1e6, jpeg)
        observation = rollout.builder.take()
        if observation is not None:
            self._ask(rollout, observation)

    def _ask(self, rollout: _Rollout, observation: Observation) -> None:
        outcome, _ = rollout.planner.plan(observation)
        rollout.plan, rollout.plan_speed_mps = outcome.plan, observation.speed_mps
        rollout.note(observation.t_s, '' if outcome.error is None else str(outcome.error))

    def _follow(self, ctx: DriveContext, plan: DrivingPlan, speed_mps: float) -> DriveResult:
        start = Pose(plan.pose_map.translation_m, plan.pose_map.quaternion_xyzw)
        trajectory = self._trajectory(ctx, start, plan.t_s, plan_poses(plan, speed_mps))
        scalars = {
            'plan_age_s': ctx.time_now_us / 1e6 - plan.t_s,
            'stops': float(bool(plan.stop_reason)),
        }
        return DriveResult(trajectory_in_rig=trajectory, debug_scalars=scalars)

    def _brake(self, ctx: DriveContext) -> DriveResult:
        """Brake straight ahead: there is no plan, or it is too old."""
        with ctx.session.lock:
            pose, speed_mps = ctx.session.latest_pose(), _speed_mps(ctx.session)
        if pose is None:
            return DriveResult(trajectory_in_rig=Trajectory.empty())
        poses = poses_along(np.zeros((0, 2)), braking_m(speed_mps))
        base = pose @ self._base_from_rig.inverse()
        trajectory = self._trajectory(ctx, base, ctx.time_now_us / 1e6, poses)
        return DriveResult(trajectory_in_rig=trajectory, debug_scalars={'brakes': 1.0})

    def _trajectory(
        self, ctx: DriveContext, map_from_base: Pose, t_s: float, poses: list[Pose2]
    ) -> Trajectory:
        """Return poses of base_link as poses of the rig in the rig of now.

        Args:
            ctx: says where the rig is now.
            map_from_base: base_link at the start.
            t_s: time of the start.
            poses: base_link at ``times_s`` after it, in base_link at the start.
        """
        with ctx.session.lock:
            now = ctx.session.latest_pose()
        trajectory = Trajectory.empty()
        if now is None:
            return trajectory
        rig_from_map = now.inverse()
        for after_s, pose in zip(times_s(), poses, strict=True):
            stamp_us = round((t_s + after_s) * 1e6)
            if stamp_us > ctx.time_now_us:
                moved = map_from_base @ Pose.from_xyz_yaw(pose.x_m, pose.y_m, 0.0, pose.yaw_rad)
                trajectory.append(stamp_us, rig_from_map @ moved @ self._base_from_rig)
        return trajectory

    def _front_camera(self, session: SessionState) -> tuple[str, float]:
        """Return id and field of view of the front camera."""
        known = sorted(session.cameras)
        wanted = [name for name in known if 'front' in name.lower()] if len(known) > 1 else known
        if self._camera_id:
            wanted = [name for name in known if name == self._camera_id]
        if len(wanted) != 1:
            raise ConfigError(
                f'the front camera is one of {wanted or known}; expected exactly one of the '
                "session's cameras: name it with --camera"
            )
        camera = session.cameras[wanted[0]]
        spec = camera.intrinsics
        if spec.WhichOneof('camera_param') != PINHOLE:
            raise ConfigError(f'the camera {wanted[0]} is no pinhole camera; expected {PINHOLE}')
        focal_px = spec.opencv_pinhole_param.focal_length_x
        fov_deg = fov_deg_of(spec.resolution_w, focal_px)
        training_view(spec.resolution_w, spec.resolution_h, fov_deg)
        self._note_place(wanted[0], optical_to_body(Pose.from_proto(camera.rig_to_camera)))
        return wanted[0], fov_deg

    def _note_place(self, name: str, rig_from_camera: Pose) -> None:
        place_m = (self._base_from_rig @ rig_from_camera).position
        offset_m = float(np.linalg.norm(place_m - np.array(TRAINING_PLACE_M)))
        if offset_m > FAR_FROM_TRAINING_M:
            logger.warning(
                'the camera %s is at %s m in base_link, %.1f m from where the model was trained '
                'with (%s)',
                name,
                np.round(place_m, 2),
                offset_m,
                TRAINING_PLACE_M,
            )


def _speed_mps(session: SessionState) -> float:
    """Return the speed along the rig's x axis; NaN before the first pose.

    Runtimes may leave the motion out; then it is that between the last two poses.
    """
    state, ego = session.latest_dynamic_state(), session.ego_trajectory
    if state is None:
        return math.nan
    velocity = state.linear_velocity
    if (velocity.x, velocity.y, velocity.z) != (0.0, 0.0, 0.0) or len(ego) < 2:
        return float(velocity.x)
    moved_m = (ego.poses[-2].inverse() @ ego.poses[-1]).position[0]
    return float(moved_m / max((ego.timestamps_us[-1] - ego.timestamps_us[-2]) / 1e6, 1e-3))
