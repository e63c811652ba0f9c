# SPDX-License-Identifier: Apache-2.0
"""The loop of keyboard control: keys, tick, image and panel, twenty times a second."""

from __future__ import annotations

import time
from typing import Protocol

from simlingo_core.errors import SimlingoError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_sim.camera.specs import CameraSpec, chase_camera, top_camera, training_camera
from simlingo_sim.keyboard_drive.keys import HeldKeys, Key, KeyDecoder
from simlingo_sim.keyboard_drive.panel import panel_lines
from simlingo_sim.keyboard_drive.smoothing import KeySmoother
from simlingo_sim.keyboard_drive.views import View
from simlingo_sim.session import Session

PANEL_PERIOD_TICKS = 4
MEASURED_OVER_TICKS = 20
# Longer than keyboards wait before they repeat a key that stays down.
REPEATS_WITHIN_S = 0.7


class Console(Protocol):
    """The terminal as the loop uses it."""

    @property
    def has_ended(self) -> bool:
        """Whether the keyboard input has ended."""
        ...

    def read(self, timeout_s: float = 0.0) -> bytes:
        """Return what was typed; wait for it at most ``timeout_s``."""
        ...

    def draw(self, lines: list[str]) -> None:
        """Draw lines over the ones drawn before."""
        ...

    def print(self, text: str) -> None:
        """Print a line above the lines that are redrawn."""
        ...


class KeyboardEpisode:
    """One episode with a person at the keyboard.

    Args:
        session: the episode; its stack command is replaced by the person's.
        console: terminal for keys and panel.
        images: view for images.
        image_period_ticks: period of the images.
    """

    def __init__(
        self,
        session: Session,
        console: Console,
        images: View,
        *,
        image_period_ticks: int = 2,
    ) -> None:
        self._session, self._console, self._images = session, console, images
        self._image_period_ticks = image_period_ticks
        self._decoder, self._smoother = KeyDecoder(), KeySmoother()
        self._held, self._pressed_once = HeldKeys(), HeldKeys(REPEATS_WITHIN_S)
        self._cameras: list[CameraSpec] = [training_camera(), chase_camera(), top_camera()]
        self._has_quit = False
        self._pace = Pace(TICK_PERIOD_S)

    def run(self) -> None:
        """Run until the rules end the episode or the person quits.

        Raises:
            WorldError: the simulation failed.
        """
        self._pace.start(time.monotonic())
        while not (self._has_quit or self._session.is_over or self._console.has_ended):
            self._listen()
            self._tick()
            tick = self._session.frame.tick
            if tick % self._image_period_ticks == 0:
                self._images.show(self._session.world.render(self._cameras[0]))
            if tick % PANEL_PERIOD_TICKS == 0:
                self._draw()
        self._draw()

    def _listen(self) -> None:
        """Read keys until the next tick is due."""
        while True:
            left_s = self._pace.time_left_s(time.monotonic())
            for key in self._decoder.decode(self._console.read(left_s)):
                self._press(key, is_down=True)
            if self._console.has_ended or self._pace.time_left_s(time.monotonic()) <= 0.0:
                break
        for key, is_down in self._images.take_keys():
            self._press(key, is_down=is_down)
        self._pace.begin_tick(time.monotonic())

    def _press(self, key: Key, *, is_down: bool) -> None:
        now_s = time.monotonic()
        if not is_down:
            self._held.release(key)
        elif key.is_held:
            self._held.press(key, now_s)
        else:
            is_repeated = key in self._pressed_once.at(now_s)
            self._pressed_once.press(key, now_s)
            if not is_repeated:
                self._act(key)

    def _act(self, key: Key) -> None:
        """Perform the action of a key that acts once."""
        if key is Key.QUIT:
            self._has_quit = True
        elif key is Key.VIEW:
            self._cameras.append(self._cameras.pop(0))
        elif key is Key.EXPERT:
            self._session.authority.is_autopilot = not self._session.authority.is_autopilot

    def _tick(self) -> None:
        session = self._session
        held = self._held.at(time.monotonic())
        session.authority.stack_command = self._smoother.step(
            held, session.frame.ego.speed_mps, TICK_PERIOD_S
        )
        was_expert = session.authority.is_autopilot
        try:
            session.advance()
        except SimlingoError as error:
            if not was_expert or session.authority.is_autopilot:
                raise
            # The session has switched the expert off; the person drives.
            self._console.print(f'the expert failed: {error}')
            session.advance()
        for event in session.events:
            self._console.print(f'{event.t_s:6.1f} s  {event.message}')

    def _draw(self) -> None:
        session, world = self._session, self._session.world
        limits_mps = world.planned.limits_mps
        index = min(round(world.route_arc_m), len(limits_mps) - 1)
        self._console.draw(
            panel_lines(
                session.score(),
                session.command,
                session.frame.ego.speed_mps,
                limit_mps=float(limits_mps[index]),
                is_expert=session.authority.is_autopilot,
                real_time_factor=self._pace.real_time_factor,
                place=self._images.place,
            )
        )


class Pace:
    """Paces ticks evenly; on a slow machine the simulation is slow, and lost time stays lost.

    Args:
        period_s: period of the ticks.
    """

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._due_s = 0.0
        self._starts_s: list[float] = []

    def start(self, now_s: float) -> None:
        """Start: the first tick is due at ``now_s``."""
        self._due_s = now_s

    def time_left_s(self, now_s: float) -> float:
        """Return the time until the next tick is due, at least 0."""
        return max(0.0, self._due_s - now_s)

    def begin_tick(self, now_s: float) -> None:
        """Record a tick; lost time is not caught up."""
        self._due_s = max(self._due_s, now_s - self._period_s) + self._period_s
        self._starts_s = [*self._starts_s[-MEASURED_OVER_TICKS:], now_s]

    @property
    def real_time_factor(self) -> float:
        """Simulated seconds per second over the last second; 1 at the start."""
        ticks = len(self._starts_s) - 1
        if ticks < 1:
            return 1.0
        return ticks * self._period_s / max(self._starts_s[-1] - self._starts_s[0], 1e-9)
