# SPDX-License-Identifier: Apache-2.0
import os
import pty
import select
import signal
import termios
import time

import pytest

from simlingo_core.errors import ConfigError, WorldError
from simlingo_core.types import VehicleCommand
from simlingo_sim.config import SimConfig
from simlingo_sim.keyboard_drive.loop import KeyboardEpisode, Pace
from simlingo_sim.keyboard_drive.panel import panel_lines, steering_bar
from simlingo_sim.keyboard_drive.terminal import Terminal
from simlingo_sim.keyboard_drive.views import NoView
from simlingo_sim.score.infractions import EndReason
from simlingo_sim.score.scorer import EpisodeScore
from simlingo_sim.session import Session

# -- the episode ---------------------------------------------------------------------------------


class FakeConsole:
    """Types the given keys and records what is drawn and printed."""

    def __init__(self, typed):
        self.typed, self.lines, self.printed, self.has_ended = typed, [], [], False

    def read(self, timeout_s=0.0):
        time.sleep(timeout_s)
        return self.typed.pop(0) if self.typed else b'q'

    def draw(self, lines):
        self.lines.append(lines)

    def print(self, text):
        self.printed.append(text)


@pytest.fixture
def session():
    session = Session(SimConfig(route='train:2', vehicles=0, pedestrians=0))
    yield session
    session.close()


def test_keys_become_motion(session):
    console = FakeConsole([b'w'] * 30)
    KeyboardEpisode(session, console, NoView(), image_period_ticks=1000).run()
    assert session.frame.tick >= 29
    assert session.frame.ego.speed_mps > 0.5
    assert 'you' in console.lines[-1][0]


def test_an_expert_that_fails_is_switched_off(session, monkeypatch):
    def refuse(frame):
        raise WorldError('no way on')

    monkeypatch.setattr(session._expert, 'drive', refuse)
    console = FakeConsole([b'p', *[b'w'] * 20])
    KeyboardEpisode(session, console, NoView(), image_period_ticks=1000).run()
    assert console.printed == ['the expert failed: no way on']
    assert session.frame.ego.speed_mps > 0.2


def test_a_key_that_repeats_acts_once(session):
    console = FakeConsole([b'p', b'p', b'p', b''])
    KeyboardEpisode(session, console, NoView(), image_period_ticks=1000).run()
    assert session.authority.is_autopilot


def test_a_failed_simulation_ends_the_episode(session, monkeypatch):
    def refuse(command, *, with_image):
        raise WorldError('SUMO is gone')

    monkeypatch.setattr(session.world, 'step', refuse)
    console = FakeConsole([b'w'] * 5)
    with pytest.raises(WorldError, match='SUMO is gone'):
        KeyboardEpisode(session, console, NoView()).run()


# -- panel and pace ------------------------------------------------------------------------------


def test_panel_shows_driver_speed_progress_and_score():
    score = EpisodeScore(
        protocol='bench2drive',
        end=EndReason.STOPPED_EARLY,
        route_score=42.0,
        penalty=0.6,
        infractions=(),
        route_length_m=200.0,
        duration_s=12.3,
    )
    text = '\n'.join(
        panel_lines(
            score,
            VehicleCommand(steer=0.5, throttle=0.4, reverse=True),
            -2.0,
            limit_mps=13.9,
            is_expert=False,
            real_time_factor=0.97,
            place='image: http://127.0.0.1:1/',
        )
    )
    for word in ('you', 'R', '-7 km/h of 50', '42.0 %', '25.2', '12.3 s', '0.97 x', 'http://'):
        assert word in text


def test_wheel_to_the_left_is_drawn_to_the_left():
    assert steering_bar(0.0) == '[-----#-----]'
    assert steering_bar(1.0) == '[#----------]'
    assert steering_bar(-1.0) == '[----------#]'


def test_pace_is_even_and_never_hurries():
    pace = Pace(0.05)
    pace.start(10.0)
    assert pace.time_left_s(10.0) == 0.0
    pace.begin_tick(10.0)
    assert pace.time_left_s(10.02) == pytest.approx(0.03)
    pace.begin_tick(10.06)
    assert pace.time_left_s(10.06) == pytest.approx(0.04)
    pace.begin_tick(13.0)
    assert pace.time_left_s(13.0) == 0.0
    pace.begin_tick(13.0)
    assert pace.time_left_s(13.0) == pytest.approx(0.05)
    assert pace.real_time_factor == pytest.approx(3 * 0.05 / 3.0)


# -- terminal ------------------------------------------------------------------------------------


@pytest.fixture
def screen():
    """A pseudo-terminal: the side of the person, and the side of the program as text files."""
    person, program = pty.openpty()
    with os.fdopen(os.dup(program), 'r') as keyboard, os.fdopen(program, 'w') as output:
        yield person, keyboard, output
    os.close(person)


def read_until(terminal, end, limit_s=5.0):
    """Return what a terminal shows up to ``end``; it may come in pieces."""
    shown, deadline_s = '', time.monotonic() + limit_s
    while end not in shown:
        assert time.monotonic() < deadline_s, repr(shown)
        if select.select([terminal], [], [], 0.1)[0]:
            shown += os.read(terminal, 10_000).decode()
    return shown


def test_the_terminal_reports_keys_at_once_and_is_restored(screen):
    person, keyboard, output = screen
    before = termios.tcgetattr(keyboard)
    with Terminal(keyboard, output) as terminal:
        os.write(person, b'w\x1b[A')
        assert terminal.read(2.0) == b'w\x1b[A'
        assert terminal.read() == b''
        inside = termios.tcgetattr(keyboard)
        assert not inside[3] & (termios.ECHO | termios.ICANON)
        assert inside[3] & termios.ISIG
        terminal.draw(['one', 'two'])
        terminal.print('kept')
        terminal.draw(['x' * 500])
    assert termios.tcgetattr(keyboard) == before
    shown = read_until(person, '\x1b[?25h')
    assert 'kept\r\n' in shown
    assert 'x' * 200 not in shown
    assert shown.index('\x1b[?25l') < shown.index('\x1b[?25h')


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_the_terminal_is_restored_however_it_ends(screen, number):
    _, keyboard, output = screen
    before = termios.tcgetattr(keyboard)
    handler = signal.getsignal(number)
    with pytest.raises((SystemExit, KeyboardInterrupt)), Terminal(keyboard, output):
        signal.raise_signal(number)
    with pytest.raises(ZeroDivisionError), Terminal(keyboard, output):
        _ = 1 / 0
    assert termios.tcgetattr(keyboard) == before
    assert signal.getsignal(number) is handler


def test_a_terminal_that_is_closed_ends_the_episode():
    person, program = pty.openpty()
    with os.fdopen(os.dup(program), 'r') as keyboard, os.fdopen(program, 'w') as output:
        terminal = Terminal(keyboard, output)
        assert not terminal.has_ended
        os.close(person)
        assert terminal.read(1.0) == b''
        assert terminal.has_ended


def test_a_pipe_is_no_terminal():
    reading, writing = os.pipe()
    with (
        os.fdopen(reading) as keyboard,
        os.fdopen(writing, 'w') as output,
        pytest.raises(ConfigError, match='not a terminal'),
    ):
        Terminal(keyboard, output)
