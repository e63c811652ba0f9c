# SPDX-License-Identifier: Apache-2.0
"""Smooth steering and pedals from keys, which are only on or off."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from simlingo_core.config import parameter, validate
from simlingo_core.types import VehicleCommand
from simlingo_sim.keyboard_drive.keys import Key

STANDING_MPS = 0.3


@dataclass(frozen=True, kw_only=True)
class SmoothingConfig:
    """Rates at which steering and pedals follow the keys."""

    steer_rate: float = parameter(
        1.2,
        unit='1/s',
        low=0.1,
        high=20.0,
        description='Rate of the steering towards the held key.',
    )
    centre_rate: float = parameter(
        2.5, unit='1/s', low=0.1, high=20.0, description='Rate of the steering back to the centre.'
    )
    throttle_rate: float = parameter(
        1.5, unit='1/s', low=0.1, high=20.0, description='Rate of the throttle while pressed.'
    )
    release_rate: float = parameter(
        4.0, unit='1/s', low=0.1, high=20.0, description='Rate of a released pedal.'
    )
    brake_rate: float = parameter(
        4.0, unit='1/s', low=0.1, high=20.0, description='Rate of the brake while pressed.'
    )
    largest_throttle: float = parameter(
        0.75, low=0.0, high=1.0, description='Throttle of a held key.'
    )
    gentle_brake: float = parameter(
        0.5, low=0.0, high=1.0, description='Brake of the back key; space brakes fully.'
    )
    half_steer_speed_mps: float = parameter(
        8.0,
        unit='m/s',
        low=0.5,
        high=100.0,
        description='Speed at which the largest steering is half of that at standstill.',
    )

    def __post_init__(self) -> None:
        validate(self)


class KeySmoother:
    """Moves steering and pedals at limited rates; the brake overrides the throttle."""

    def __init__(self, config: SmoothingConfig | None = None) -> None:
        self._config = config or SmoothingConfig()
        self._steer = self._throttle = self._brake = 0.0
        self._is_reversing = False

    def step(self, held: Set[Key], speed_mps: float, dt_s: float) -> VehicleCommand:
        """Return the command after ``dt_s`` with these keys held.

        The back key brakes while the car moves forward and reverses once it stands; the forward
        key does the opposite.

        Args:
            held: keys that are held.
            speed_mps: speed of the car, negative when it reverses.
            dt_s: time since the last step.
        """
        config = self._config
        forward, back = Key.FORWARD in held, Key.BACK in held
        if forward != back and Key.BRAKE not in held:
            if back and speed_mps < STANDING_MPS:
                self._is_reversing = True
            elif forward and speed_mps > -STANDING_MPS:
                self._is_reversing = False
        along, against = (back, forward) if self._is_reversing else (forward, back)
        brake = 1.0 if Key.BRAKE in held else config.gentle_brake * against
        throttle = config.largest_throttle if along and not brake else 0.0
        self._brake = _approach(self._brake, brake, config.brake_rate, config.release_rate, dt_s)
        self._throttle = _approach(
            self._throttle, throttle, config.throttle_rate, config.release_rate, dt_s
        )
        self._turn(held, speed_mps, dt_s)
        return VehicleCommand(
            steer=self._steer,
            throttle=0.0 if self._brake > 0.0 else self._throttle,
            brake=self._brake,
            reverse=self._is_reversing,
        )

    def _turn(self, held: Set[Key], speed_mps: float, dt_s: float) -> None:
        config = self._config
        side = (Key.LEFT in held) - (Key.RIGHT in held)
        limit = 1.0 / (1.0 + abs(speed_mps) / config.half_steer_speed_mps)
        aim = side * limit
        rate = config.steer_rate if side and side * self._steer >= 0.0 else config.centre_rate
        step = rate * dt_s
        self._steer += min(max(aim - self._steer, -step), step)


def _approach(now: float, aim: float, up_rate: float, down_rate: float, dt_s: float) -> float:
    return min(aim, now + up_rate * dt_s) if aim > now else max(aim, now - down_rate * dt_s)
