# SPDX-License-Identifier: Apache-2.0
"""Kinds of driving, and frames that are shown as if the car stood."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from simlingo_training.dreaming.roll_out import Drive, constant, roll_out
from simlingo_training.labels import Labels, travelled_distances
from simlingo_training.measurements import Measurement

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

    ``BRAKE`` includes the last metre to a stop line: a model that sees slow cars mostly drive off
    rolls over it.  ``GO`` is a car that drives off: the expert's foot is on the throttle already.
    A car that stands and will drive in a moment (``WAIT``) shows nothing of what it waits for:
    the lamp is still red.  ``GREEN`` is a car that drives freely before a green lamp.  ``YIELD``
    stands for traffic that the expert foresees and an image often does not show.
    """

    BRAKE = 'brake'
    GO = 'go'
    WAIT = 'wait'
    GREEN = 'green'
    TURN = 'turn'
    STAY = 'stay'
    YIELD = 'yield'
    CRUISE = 'cruise'


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
    drive = Drive(
        path_base_m=plain.path_base_m,
        speed_mps=0.0,
        first=(0.0, 0.0, 1.0),
        targets_mps=constant(target_mps),
    )
    (motion,) = roll_out([drive])
    return replace(plain, speed_waypoints_base_m=motion.at_waypoints().positions_m)


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
    if travelled_m < 0.6 * now.speed_mps * HORIZON_S:
        return Bucket.BRAKE
    if is_free and now.expert.get('light') == 'green':
        return Bucket.GREEN
    if abs(float(labels.path_base_m[-1, 1])) > TURN_M:
        return Bucket.TURN
    return Bucket.CRUISE
