# SPDX-License-Identifier: Apache-2.0
"""All that is learned from one frame, read from the files of its drive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from simlingo_core.types import SPEED_WAYPOINTS, VehicleCommand
from simlingo_core.wordings import ManoeuvreKind
from simlingo_training.dreams import TICKS_PER_WAYPOINT, roll_out, target_speed_rule
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.labels import CameraShift, path_label, speed_waypoints, travelled_distances
from simlingo_training.measurements import Measurement, from_json, points_from_disk, read_gz

MOVING_MPS = 3.0
STANDING_MPS = 0.3
HORIZON_S = 2.5
STOPPED_MPS, STOP_NEAR_M = 0.1, 5.5
"""So slow, and with its middle so near the line, a car has obeyed a stop sign."""
FREE_MPS = 3.0
"""An expert who wants this much or more and is held up by nothing drives freely."""
TURN_M = 2.0


class Bucket(StrEnum):
    """What kind of driving a frame shows; rare kinds weigh more.

    ``GO`` is a car that drives off: the expert's foot is on the throttle already.  A car that
    stands and will drive in a moment (``WAIT``) shows nothing of what it waits for: the lamp is
    still red.  ``GREEN`` is a car that drives freely before a green lamp.  ``YIELD`` stands for
    traffic that the expert foresees and an image often does not show.
    """

    BRAKE = 'brake'
    GO = 'go'
    WAIT = 'wait'
    GREEN = 'green'
    TURN = 'turn'
    STAY = 'stay'
    YIELD = 'yield'
    CRUISE = 'cruise'


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What the model should plan.

    Attributes:
        target_points_base_m: shape (2, 2), conditioning, not a label: it moves with the camera.
        path_base_m: shape (20, 2).
        speed_waypoints_base_m: shape (10, 2).
    """

    target_points_base_m: NDArray[np.float64]
    path_base_m: NDArray[np.float64]
    speed_waypoints_base_m: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class DreamSample:
    """A dream as stored: its instruction and labels, for the unshifted camera."""

    kind: ManoeuvreKind
    text: str
    labels: Labels


@dataclass(frozen=True, kw_only=True)
class FrameSample:
    """One frame: conditioning, labels for both cameras, texts.

    Attributes:
        drive: where it comes from.
        frame: number in the drive.
        speed_mps: of the car.
        plain: labels seen from the training camera.
        shifted: labels seen from the shifted camera.
        commentary: what the expert would say.
        dreams: what the car could be told.
        bucket: kind of driving.
        start: labels as if the car stood here, where nothing holds it up; else None.
        stays: whether the expert's car stands and goes on standing.
    """

    drive: EpisodeFolder
    frame: int
    speed_mps: float
    plain: Labels
    shifted: Labels
    commentary: str
    dreams: tuple[DreamSample, ...]
    bucket: Bucket
    start: Labels | None = None
    stays: bool = False


def read_episode(drive: EpisodeFolder) -> Iterator[FrameSample]:
    """Yield the samples of a drive; its last 2.5 s only serve as the future of others."""
    count = drive.frame_count()
    frames = [from_json(read_gz(drive.measurement(k))) for k in range(count)]
    for k in range(count - SPEED_WAYPOINTS):
        yield _sample(drive, k, frames)


def frame_labels(frames: list[Measurement], index: int, shift: CameraShift) -> Labels:
    """Return the labels of one frame seen from a camera."""
    now = frames[index]
    return Labels(
        target_points_base_m=shift.apply(now.target_points_base_m),
        path_base_m=path_label(now.route_base_m, shift),
        speed_waypoints_base_m=speed_waypoints([m.pose_map for m in frames[index:]], shift),
    )


def _sample(drive: EpisodeFolder, index: int, frames: list[Measurement]) -> FrameSample:
    now = frames[index]
    plain = frame_labels(frames, index, CameraShift())
    shifted = frame_labels(frames, index, now.shift)
    start = start_labels(now, plain)
    stays = classify(now, plain, is_free=False) in (Bucket.STAY, Bucket.YIELD)
    if start is not None and has_obeyed_stop_sign(now):
        plain = start
        waypoints = now.shift.apply(start.speed_waypoints_base_m)
        shifted = replace(shifted, speed_waypoints_base_m=waypoints)
    return FrameSample(
        drive=drive,
        frame=index,
        speed_mps=now.speed_mps,
        plain=plain,
        shifted=shifted,
        commentary=read_gz(drive.commentary(index))['commentary'],
        dreams=tuple(_dreams(drive, index, plain)),
        bucket=classify(now, plain, is_free=start is not None),
        start=start,
        stays=stays,
    )


def start_labels(now: Measurement, plain: Labels) -> Labels | None:
    """Return how a car that stands here drives off, if nothing holds it up.

    A model that sees standing cars only where they have to stand learns that who stands stays,
    and not why.
    """
    if has_obeyed_stop_sign(now):
        target_mps = now.speed_limit_mps
    elif now.reduced_by_kind is not None or now.hazards or now.speed_mps < STANDING_MPS:
        return None
    else:
        target_mps = now.target_speed_mps
    if target_mps < FREE_MPS:
        return None
    brake = VehicleCommand(steer=0.0, throttle=0.0, brake=1.0)
    states = roll_out(plain.path_base_m, 0.0, target_speed_rule(target_mps), first=brake)
    waypoints = [
        s.pose_map.position_m for s in states[TICKS_PER_WAYPOINT - 1 :: TICKS_PER_WAYPOINT]
    ]
    return replace(plain, speed_waypoints_base_m=np.array(waypoints))


def has_obeyed_stop_sign(now: Measurement) -> bool:
    """Tell whether the car stands at a stop sign and waits for nothing else.

    The expert counts to three here; a model without memory cannot, and would stand for ever.
    """
    distance_m = now.reduced_by_distance_m
    return (
        now.speed_mps < STOPPED_MPS
        and now.reduced_by_kind == 'stop_sign'
        and distance_m is not None
        and distance_m < STOP_NEAR_M
        and now.hazards <= {'stop_sign_hazard'}
    )


def _dreams(drive: EpisodeFolder, index: int, plain: Labels) -> Iterator[DreamSample]:
    for kind, options in read_gz(drive.dreams(index)).items():
        for option in options:
            yield DreamSample(
                kind=ManoeuvreKind(kind),
                text=option['dreamer_instruction'][0],
                labels=Labels(
                    target_points_base_m=plain.target_points_base_m,
                    path_base_m=points_from_disk(option['route']),
                    speed_waypoints_base_m=points_from_disk(option['waypoints']),
                ),
            )


def classify(now: Measurement, labels: Labels, *, is_free: bool) -> Bucket:
    """Tell what kind of driving a frame shows.

    Args:
        now: the frame.
        labels: its labels.
        is_free: whether nothing holds the expert up.
    """
    travelled_m = float(travelled_distances(labels.speed_waypoints_base_m)[-1])
    if now.speed_mps < MOVING_MPS and is_free:
        return Bucket.GO
    if now.speed_mps < STANDING_MPS:
        if travelled_m < 1.0:
            return Bucket.YIELD if 'vehicle_hazard' in now.hazards else Bucket.STAY
        return Bucket.GO if now.throttle > 0.0 else Bucket.WAIT
    if now.speed_mps > MOVING_MPS and travelled_m < 0.6 * now.speed_mps * HORIZON_S:
        return Bucket.BRAKE
    if is_free and now.expert.get('light') == 'green':
        return Bucket.GREEN
    if abs(float(labels.path_base_m[-1, 1])) > TURN_M:
        return Bucket.TURN
    return Bucket.CRUISE
