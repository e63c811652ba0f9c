# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies for the types of the core."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.route import Route
from simlingo_core.types import (
    MAX_INSTRUCTION_CHARACTERS,
    PATH_POINTS,
    SPEED_WAYPOINTS,
    DrivingPlan,
    EgoState,
    Instruction,
    InstructionKind,
    InstructionSource,
    Observation,
    RoadOption,
    SafetyMode,
    VehicleCommand,
)

TIMES_S = st.floats(0.0, 1e5)
SPEEDS_MPS = st.floats(-10.0, 60.0)
POSITIONS_M = st.floats(-2e4, 2e4)
ANGLES_RAD = st.floats(-3.2, 3.2)
OPTIONS = st.sampled_from(RoadOption)
TEXTS = st.text(min_size=1, max_size=60).filter(lambda text: bool(text.strip()))


def arrays(
    shape: tuple[int, ...], low: float = -100.0, high: float = 100.0
) -> SearchStrategy[NDArray[np.float64]]:
    """Arrays of a shape with elements within a range."""
    count = int(np.prod(shape))
    elements = st.lists(st.floats(low, high), min_size=count, max_size=count)
    return elements.map(lambda values: np.array(values).reshape(shape))


def poses2() -> SearchStrategy[Pose2]:
    """Poses in the plane within 20 km."""
    return st.builds(Pose2, POSITIONS_M, POSITIONS_M, ANGLES_RAD)


def poses3(largest_tilt_rad: float = 1.5) -> SearchStrategy[Pose3]:
    """Poses in space within 20 km, roll and pitch limited."""
    tilts = st.floats(-largest_tilt_rad, largest_tilt_rad)
    return st.builds(Pose3.from_roll_pitch_yaw, arrays((3,), -2e4, 2e4), tilts, tilts, ANGLES_RAD)


def ego_states() -> SearchStrategy[EgoState]:
    """States of the car."""
    return st.builds(
        EgoState,
        t_s=TIMES_S,
        pose_map=poses3(),
        speed_mps=SPEEDS_MPS,
        yaw_rate_radps=st.floats(-2.0, 2.0),
        acceleration_base_mps2=arrays((3,), -12.0, 12.0),
    )


def observations() -> SearchStrategy[Observation]:
    """Observations whose image is a few arbitrary bytes."""
    return st.builds(
        Observation,
        t_s=TIMES_S,
        image_jpeg=st.binary(max_size=64),
        pose_map=poses3(),
        speed_mps=SPEEDS_MPS,
        target_points_base_m=arrays((2, 2), -500.0, 500.0),
        command=OPTIONS,
        next_command=OPTIONS,
        command_distance_m=st.floats(0.0, 500.0),
        route_progress=st.floats(0.0, 1.0),
    )


def plans() -> SearchStrategy[DrivingPlan]:
    """Plans that keep the contract, otherwise arbitrary."""
    return st.builds(
        DrivingPlan,
        t_s=TIMES_S,
        pose_map=poses3(),
        path_base_m=arrays((PATH_POINTS, 2)),
        speed_waypoints_base_m=arrays((SPEED_WAYPOINTS, 2)),
        max_speed_mps=st.one_of(st.floats(0.0, 60.0), st.just(float('inf'))),
        stop_reason=st.text(max_size=20),
        policy=st.text(max_size=20),
        instruction_id=st.text(max_size=20),
        confidence=st.one_of(st.floats(0.0, 1.0), st.just(float('nan'))),
        inference_time_s=st.floats(0.0, 10.0),
    )


def commands() -> SearchStrategy[VehicleCommand]:
    """Vehicle commands."""
    share = st.floats(0.0, 1.0)
    return st.builds(
        VehicleCommand,
        steer=st.floats(-1.0, 1.0),
        throttle=share,
        brake=share,
        hand_brake=st.booleans(),
        reverse=st.booleans(),
    )


def instructions() -> SearchStrategy[Instruction]:
    """Instructions of every kind."""
    return st.builds(
        Instruction,
        id=st.text(max_size=20),
        text=st.one_of(TEXTS, st.just('x' * MAX_INSTRUCTION_CHARACTERS)),
        source=st.sampled_from(InstructionSource),
        kind=st.sampled_from(InstructionKind),
        safety_mode=st.sampled_from(SafetyMode),
        t_s=TIMES_S,
    )


def routes(max_points: int = 40) -> SearchStrategy[Route]:
    """Routes that turn at random, with arbitrary commands."""
    steps = st.tuples(st.floats(0.1, 20.0), st.floats(-1.2, 1.2), OPTIONS)

    def build(rows: list[tuple[float, float, RoadOption]]) -> Route:
        lengths = np.array([row[0] for row in rows])
        headings = np.cumsum([row[1] for row in rows])
        hops = np.column_stack([lengths * np.cos(headings), lengths * np.sin(headings)])
        points = np.vstack([np.zeros((1, 2)), np.cumsum(hops, axis=0)])
        return Route(points, [rows[0][2], *(row[2] for row in rows)])

    return st.lists(steps, min_size=1, max_size=max_points - 1).map(build)
