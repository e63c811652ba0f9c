# SPDX-License-Identifier: Apache-2.0
"""Throttle and brake from a target speed: upstream's way, and a smooth one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from simlingo_control.config import CreepConfig, StartConfig
from simlingo_control.gains import PedalsConfig
from simlingo_core.pid import PidController, PidGains

_DECIMALS_OF_SPEED = 1
_STANDING_BELOW_MPS = 0.1


@dataclass(frozen=True)
class Pedals:
    """Throttle and brake, 0 to 1 each."""

    throttle: float
    brake: float


class SpeedController(Protocol):
    """Turns a target speed into pedals, tick by tick."""

    def reset(self) -> None:
        """Forget the past."""
        ...

    def step(self, target_mps: float, speed_mps: float, dt_s: float) -> Pedals:
        """Return the pedals of this tick."""
        ...


def make_speed_controller(config: PedalsConfig) -> SpeedController:
    """Return the controller of the configured mode."""
    return ParitySpeed(config) if config.mode == 'parity' else SmoothSpeed(config)


class ParitySpeed:
    """Upstream's agent: full brake or none, throttle from a PID on the limited error."""

    def __init__(self, config: PedalsConfig) -> None:
        self._config = config
        self._pid = PidController(
            PidGains(
                proportional=config.proportional,
                integral=config.integral,
                derivative=config.derivative,
                window=config.window,
            )
        )

    def reset(self) -> None:
        """Forget the past."""
        self._pid.reset()

    def step(self, target_mps: float, speed_mps: float, dt_s: float) -> Pedals:
        """Return the pedals of this tick; the gains are for ticks of 0.05 s whatever ``dt_s``."""
        config = self._config
        must_brake = target_mps < config.stand_below_mps or (
            speed_mps / target_mps > config.brake_ratio
        )
        error = min(max(target_mps - speed_mps, 0.0), config.largest_error_mps)
        throttle = min(max(self._pid.step(error), 0.0), 1.0)
        return Pedals(0.0, 1.0) if must_brake else Pedals(throttle, 0.0)


class SmoothSpeed:
    """Proportional pedals: an acceleration within comfort, turned into throttle or brake.

    The integral makes up for slopes and drag; it grows only while the throttle is in use.
    """

    def __init__(self, config: PedalsConfig) -> None:
        self._config = config
        self._integral = 0.0

    def reset(self) -> None:
        """Forget the past."""
        self._integral = 0.0

    def step(self, target_mps: float, speed_mps: float, dt_s: float) -> Pedals:
        """Return the pedals of this tick."""
        config = self._config
        must_stand = target_mps < config.stand_below_mps
        error = (0.0 if must_stand else target_mps) - speed_mps
        if must_stand and speed_mps < config.stand_below_mps:
            self._integral = 0.0
            return Pedals(0.0, config.stand_brake)
        wanted = config.smooth_gain_per_s * error
        wanted_mps2 = min(max(wanted, -config.deceleration_mps2), config.acceleration_mps2)
        if wanted_mps2 < -config.coast_mps2:
            self._integral = 0.0
            brake = (-wanted_mps2 - config.coast_mps2) / config.full_brake_mps2
            return Pedals(0.0, min(brake, 1.0))
        feed_forward = (wanted_mps2 + config.coast_mps2) / config.full_throttle_mps2
        grown = self._integral + config.smooth_integral_per_s * error * dt_s
        self._integral = min(max(grown, 0.0), 1.0)
        return Pedals(min(max(feed_forward + self._integral, 0.0), 1.0), 0.0)


class CappedSpeed:
    """Pedals below a speed cap: in proportion, whatever the mode without a cap.

    A model that slows down on an instruction plans a speed around the car's own, now higher, now
    lower.  Pedals that are on or off would alternate between the full brake and the throttle; so
    the target falls at once and rises slowly.
    """

    def __init__(self, config: PedalsConfig) -> None:
        self._config = config
        self._speed = SmoothSpeed(config)
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._speed.reset()
        self._target_mps = math.inf

    def step(self, target_mps: float, speed_mps: float, cap_mps: float, dt_s: float) -> Pedals:
        """Return the pedals of this tick.

        Below the cap by ``cap_margin_mps`` there is no throttle any more, and above the cap by
        the same margin the brake grows with the excess.

        Args:
            target_mps: the plan's for now.
            speed_mps: of the car.
            cap_mps: not to be exceeded.
            dt_s: since the last tick.
        """
        config = self._config
        highest_mps = self._target_mps + config.cap_rise_mps2 * dt_s
        self._target_mps = min(target_mps, cap_mps, highest_mps)
        pedals = self._speed.step(self._target_mps, speed_mps, dt_s)
        excess_mps = speed_mps - cap_mps
        if excess_mps <= -config.cap_margin_mps:
            return pedals
        brake = (excess_mps - config.cap_margin_mps) * config.cap_brake_per_mps
        return Pedals(0.0, max(pedals.brake, min(max(brake, 0.0), 1.0)))


def _is_standing(speed_mps: float) -> bool:
    return round(speed_mps, _DECIMALS_OF_SPEED) < _STANDING_BELOW_MPS


class Start:
    """Sets off by plans that stand first and drive then; see ``StartConfig``."""

    def __init__(self, config: StartConfig) -> None:
        self._config = config
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._standing_ticks = 0
        self._ticks_left = 0

    def step(self, target_mps: float, end_mps: float, speed_mps: float) -> float:
        """Return the target speed of this tick.

        Args:
            target_mps: the plan's for now.
            end_mps: the plan's at its end.
            speed_mps: of the car.
        """
        config = self._config
        self._standing_ticks = self._standing_ticks + 1 if _is_standing(speed_mps) else 0
        if not config.is_enabled or end_mps < config.from_mps:
            self._ticks_left = 0
            return target_mps
        if self._standing_ticks > config.after_ticks:
            self._ticks_left = config.duration_ticks
        if self._ticks_left == 0:
            return target_mps
        self._ticks_left -= 1
        return max(target_mps, config.speed_mps)


class Creep:
    """Upstream's way out of a standstill; see ``CreepConfig``."""

    def __init__(self, config: CreepConfig) -> None:
        self._config = config
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._standing_ticks = 0
        self._ticks_left = 0

    def step(self, pedals: Pedals, end_mps: float, speed_mps: float) -> Pedals:
        """Return the pedals, pushed forward while creeping."""
        self._standing_ticks = self._standing_ticks + 1 if _is_standing(speed_mps) else 0
        if not self._config.is_enabled or end_mps < self._config.from_mps:
            self._ticks_left = 0
            return pedals
        if self._standing_ticks > self._config.after_ticks:
            self._ticks_left = self._config.duration_ticks
        if self._ticks_left == 0:
            return pedals
        self._ticks_left -= 1
        return Pedals(max(self._config.throttle, pedals.throttle), 0.0)
