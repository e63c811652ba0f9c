# SPDX-License-Identifier: Apache-2.0
"""Conversion of stamps, exact to the nanosecond."""

from __future__ import annotations

from builtin_interfaces.msg import Time
from rosgraph_msgs.msg import Clock

from simlingo_core.checks import finite_number
from simlingo_core.errors import ContractError
from simlingo_core.frame import TICK_PERIOD_S

NANOSECONDS = 1_000_000_000
TICK_PERIOD_NS = round(TICK_PERIOD_S * NANOSECONDS)

# Up to here (24 days) a float of seconds distinguishes any two nanoseconds.
EXACT_NS = 2**21 * NANOSECONDS


def nanoseconds_to_stamp(time_ns: int) -> Time:
    """Return a stamp.

    Raises:
        ContractError: the time does not fit into a stamp (0 to 68 years).
    """
    sec, nanosec = divmod(time_ns, NANOSECONDS)
    if not 0 <= sec < 2**31:
        raise ContractError(f'time is {time_ns} ns; a stamp holds 0 to {2**31 - 1} s')
    return Time(sec=sec, nanosec=nanosec)


def stamp_to_nanoseconds(stamp: Time) -> int:
    """Return the nanoseconds of a stamp.

    Raises:
        ContractError: the stamp is negative or has more than a second of nanoseconds.
    """
    if stamp.sec < 0 or stamp.nanosec >= NANOSECONDS:
        raise ContractError(
            f'stamp is {stamp.sec} s {stamp.nanosec} ns; expected seconds from 0 and '
            f'nanoseconds below {NANOSECONDS}'
        )
    return int(stamp.sec) * NANOSECONDS + int(stamp.nanosec)


def seconds_to_stamp(t_s: float) -> Time:
    """Return the stamp nearest to a time in seconds.

    Raises:
        ContractError: negative or too large.
        NonFiniteError: NaN or infinite.
    """
    return nanoseconds_to_stamp(round(finite_number('time in seconds', t_s) * NANOSECONDS))


def stamp_to_seconds(stamp: Time) -> float:
    """Return a stamp in seconds; up to 24 days ``seconds_to_stamp`` gives the same stamp back.

    A stamp on the tick grid gives exactly ``tick * TICK_PERIOD_S``, the float a world computes
    in-process, so that an episode over ROS is equal to one without.
    """
    time_ns = stamp_to_nanoseconds(stamp)
    tick, rest = divmod(time_ns, TICK_PERIOD_NS)
    is_on_grid = rest == 0 and time_ns < EXACT_NS
    return tick * TICK_PERIOD_S if is_on_grid else time_ns / NANOSECONDS


def seconds_to_clock(t_s: float) -> Clock:
    """Return the message for ``/clock`` at a simulation time.

    Raises:
        ContractError: negative or too large.
        NonFiniteError: NaN or infinite.
    """
    return Clock(clock=seconds_to_stamp(t_s))


def clock_to_seconds(message: Clock) -> float:
    """Return the simulation time of a ``/clock`` message."""
    return stamp_to_seconds(message.clock)


def tick_to_stamp(tick: int) -> Time:
    """Return the stamp of a world tick (0.05 s each)."""
    return nanoseconds_to_stamp(tick * TICK_PERIOD_NS)


def tick_to_clock(tick: int) -> Clock:
    """Return the message for ``/clock`` at a world tick."""
    return Clock(clock=tick_to_stamp(tick))


def stamp_to_tick(stamp: Time) -> int:
    """Return the world tick of a stamp.

    Raises:
        ContractError: the stamp is not a multiple of 0.05 s.
    """
    time_ns = stamp_to_nanoseconds(stamp)
    tick, rest = divmod(time_ns, TICK_PERIOD_NS)
    if rest:
        raise ContractError(
            f'stamp is {time_ns} ns, {rest} ns past a tick; expected a multiple of '
            f'{TICK_PERIOD_NS} ns'
        )
    return tick
