# SPDX-License-Identifier: Apache-2.0
"""Conversion of observations and plans."""

from __future__ import annotations

import math

from simlingo_core.checks import finite_number, number_in_range
from simlingo_core.errors import ContractError
from simlingo_core.types import DrivingPlan, Observation
from simlingo_msgs.msg import DrivingPlan as DrivingPlanMessage
from simlingo_msgs.msg import Observation as ObservationMessage
from simlingo_ros.conversions.geometry import (
    BASE_FRAME,
    make_header,
    message_to_pose,
    messages_to_points,
    points_to_messages,
    pose_to_message,
    require_frame,
)
from simlingo_ros.conversions.route import message_to_road_option
from simlingo_ros.conversions.time import seconds_to_stamp, stamp_to_seconds
from simlingo_ros.images import compressed_message


def message_to_observation(message: ObservationMessage) -> Observation:
    """Return an observation.

    Raises:
        NonFiniteError: a number is NaN or infinite; named.
        ContractError: another frame, an image that is not JPEG, a command or range that is
            unknown.
    """
    require_frame('Observation', message.header, BASE_FRAME)
    image = message.image
    if len(image.data) and image.format != 'jpeg':
        raise ContractError(f"Observation.image.format is {image.format!r}; expected 'jpeg'")
    return Observation(
        t_s=stamp_to_seconds(message.header.stamp),
        image_jpeg=image.data.tobytes(),
        pose_map=message_to_pose('Observation.pose', message.pose),
        speed_mps=finite_number('Observation.speed', message.speed),
        target_points_base_m=messages_to_points(
            'Observation.target_points', message.target_points
        ),
        command=message_to_road_option('Observation.command', message.command),
        next_command=message_to_road_option('Observation.next_command', message.next_command),
        command_distance_m=number_in_range(
            'Observation.command_distance', message.command_distance, 0.0, math.inf
        ),
        route_progress=number_in_range(
            'Observation.route_progress', message.route_progress, 0.0, 1.0
        ),
        is_off_route=message.is_off_route,
    )


def observation_to_message(
    observation: Observation, camera_frame_id: str = ''
) -> ObservationMessage:
    """Return an observation message; ``camera_frame_id`` is the coordinate frame of the image."""
    stamp = seconds_to_stamp(observation.t_s)
    return ObservationMessage(
        header=make_header(stamp, BASE_FRAME),
        image=compressed_message(observation.image_jpeg, stamp=stamp, frame_id=camera_frame_id),
        pose=pose_to_message(observation.pose_map),
        speed=float(observation.speed_mps),
        target_points=points_to_messages(observation.target_points_base_m),
        command=int(observation.command),
        next_command=int(observation.next_command),
        command_distance=float(observation.command_distance_m),
        route_progress=float(observation.route_progress),
        is_off_route=observation.is_off_route,
    )


def message_to_plan(message: DrivingPlanMessage) -> DrivingPlan:
    """Return a plan.

    Raises:
        NonFiniteError: a number is NaN or infinite; named (confidence may be NaN).
        ContractError: another frame or a number out of range.
    """
    require_frame('DrivingPlan', message.header, BASE_FRAME)
    return DrivingPlan(
        t_s=stamp_to_seconds(message.header.stamp),
        pose_map=message_to_pose('DrivingPlan.pose', message.pose),
        path_base_m=messages_to_points('DrivingPlan.path', message.path),
        speed_waypoints_base_m=messages_to_points(
            'DrivingPlan.speed_waypoints', message.speed_waypoints
        ),
        max_speed_mps=float(message.max_speed),
        stop_reason=message.stop_reason,
        policy=message.policy,
        instruction_id=message.instruction_id,
        confidence=float(message.confidence),
        inference_time_s=finite_number('DrivingPlan.inference_time', message.inference_time),
    )


def plan_to_message(plan: DrivingPlan) -> DrivingPlanMessage:
    """Return a plan message."""
    return DrivingPlanMessage(
        header=make_header(seconds_to_stamp(plan.t_s), BASE_FRAME),
        pose=pose_to_message(plan.pose_map),
        path=points_to_messages(plan.path_base_m),
        speed_waypoints=points_to_messages(plan.speed_waypoints_base_m),
        max_speed=float(plan.max_speed_mps),
        stop_reason=plan.stop_reason,
        policy=plan.policy,
        instruction_id=plan.instruction_id,
        confidence=float(plan.confidence),
        inference_time=float(plan.inference_time_s),
    )
