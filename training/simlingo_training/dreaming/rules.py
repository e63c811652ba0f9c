# SPDX-License-Identifier: Apache-2.0
"""What the dreamer does otherwise than upstream's, as switches (docs/reference/labels.md)."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_training.dreaming.roll_out import TICKS_PER_WAYPOINT


@dataclass(frozen=True, kw_only=True)
class DreamerRules:
    """Switches of the dreamer; the defaults are ours.

    Attributes:
        first_waypoint_tick: 4: waypoints at 0.25 ... 2.5 s as those of the expert; upstream's are
            0.2 s early.
        step_s: between saved frames; upstream takes 0.2 s when it computes the speed of a crash.
        crash_lag_steps: so many frames later than the place of an actor is the time at which it
            is to be hit; upstream 1.
        target_reach: highest target speed as a multiple of the speed limit; 0: upstream's 35 m/s.
        slower_share: range of the speed that *slower* goes down to, as a share of the present one;
            upstream brakes at random, so hard that most of its *slower* end standing.
        lowest_safe_share: below this share of the expert's target speed a target is unsafe.
        is_stopping_safe: *stop* and *slower* are never refused for a speed that is too low.
        same_speed_mps: a target speed so little above the present one is no speeding up near a
            pedestrian.
        hits_named_object_first: a crash that hits something else before is dropped.
        counts_followers: whether an actor behind on the own lane can be what is collided with.
        refuses_forbidden_lanes: whether lanes that are not allowed are unsafe; upstream never
            writes its refusals for them.
        least_transition_s: a lane change takes at least so long.
        shifts_smoothly: lane changes have no corners.
    """

    first_waypoint_tick: int = TICKS_PER_WAYPOINT - 1
    step_s: float = TICKS_PER_WAYPOINT * TICK_PERIOD_S
    crash_lag_steps: int = 0
    target_reach: float = 1.4
    slower_share: tuple[float, float] = (0.4, 0.7)
    lowest_safe_share: float = 0.4
    is_stopping_safe: bool = True
    same_speed_mps: float = 0.5
    hits_named_object_first: bool = True
    counts_followers: bool = False
    refuses_forbidden_lanes: bool = True
    least_transition_s: float = 1.8
    shifts_smoothly: bool = True


UPSTREAM = DreamerRules(
    first_waypoint_tick=0,
    step_s=0.2,
    crash_lag_steps=1,
    target_reach=0.0,
    lowest_safe_share=0.8,
    is_stopping_safe=False,
    same_speed_mps=0.0,
    hits_named_object_first=False,
    counts_followers=True,
    refuses_forbidden_lanes=False,
    least_transition_s=0.0,
    shifts_smoothly=False,
)
"""As upstream's dreamer, where a switch can make it so."""
