# SPDX-License-Identifier: Apache-2.0
import http.client
import io
import json
import os
import pty
import signal
import socket
import sys
import termios
import time
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from simlingo_core.errors import BackendError, ConfigError, WorldError
from simlingo_core.types import VehicleCommand
from simlingo_sim.keyboard_drive.keys import HeldKeys, Key, KeyDecoder
from simlingo_sim.keyboard_drive.loop import KeyboardDrive, Pace
from simlingo_sim.keyboard_drive.panel import panel_lines, steering_bar
from simlingo_sim.keyboard_drive.pictures import NoPictures, encode_jpeg, open_pictures
from simlingo_sim.keyboard_drive.smoothing import KeySmoother, SmoothingConfig
from simlingo_sim.keyboard_drive.stream import PictureStream
from simlingo_sim.keyboard_drive.terminal import Terminal
from simlingo_sim.keyboard_drive.window import PictureWindow, key_named
from simlingo_sim.node_config import SimConfig
from simlingo_sim.score.infractions import EndReason
from simlingo_sim.score.scorer import DriveScore
from simlingo_sim.session import DriveSession

DT_S = 0.05


# -- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('data', 'keys'),
    [
        (b'w', [Key.FORWARD]),
        (b'aD', [Key.LEFT, Key.RIGHT]),
        (b' pcq', [Key.BRAKE, Key.EXPERT, Key.VIEW, Key.QUIT]),
        (b'\x1b[A\x1b[B\x1b[C\x1b[D', [Key.FORWARD, Key.BACK, Key.RIGHT, Key.LEFT]),
        (b'\x1bOA', [Key.FORWARD]),
        (b'\x1b[1;2D', [Key.LEFT]),
        (b'\x1b[3~w', [Key.FORWARD]),
        (b'\x1bq', [Key.QUIT]),
        (b'\x1b\x1b[A', [Key.FORWARD]),
        (b'xyz\xff\x00', []),
    ],
)
def test_bytes_are_read_as_keys(data, keys):
    assert KeyDecoder().decode(data) == keys


@given(st.lists(st.sampled_from([b'w', b' ', b'\x1b[A', b'\x1bOD', b'\x1b[1;5C'])), st.data())
def test_sequences_may_come_in_pieces(parts, data):
    whole = b''.join(parts)
    cut = data.draw(st.integers(0, len(whole)))
    decoder = KeyDecoder()
    assert decoder.decode(whole[:cut]) + decoder.decode(whole[cut:]) == KeyDecoder().decode(whole)
    assert len(KeyDecoder().decode(whole)) == len(parts)


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(data):
    decoder = KeyDecoder()
    decoder.decode(data)
    # Letters end whatever sequence was begun, so that no garbage takes the keyboard away.
    decoder.decode(b'zz')
    assert decoder.decode(b'w') == [Key.FORWARD]


def test_keys_are_held_for_a_while():
    held = HeldKeys(hold_s=0.3)
    held.press(Key.LEFT, 1.0)
    assert held.at(1.2) == {Key.LEFT}
    held.press(Key.LEFT, 1.2)
    held.press(Key.FORWARD, 1.2)
    assert held.at(1.4) == {Key.LEFT, Key.FORWARD}
    held.release(Key.FORWARD)
    assert held.at(1.4) == {Key.LEFT}
    assert held.at(1.51) == frozenset()


# -- smoothing -----------------------------------------------------------------------------------


def hold(keys, seconds, speed_mps=0.0, smoother=None):
    smoother = smoother or KeySmoother()
    for _ in range(round(seconds / DT_S)):
        command = smoother.step(frozenset(keys), speed_mps, DT_S)
    return command


def test_left_is_positive_and_grows_slowly():
    early, late = hold({Key.LEFT}, 0.1), hold({Key.LEFT}, 3.0)
    assert 0.0 < early.steer < 0.2
    assert late.steer == pytest.approx(1.0)
    assert hold({Key.RIGHT}, 3.0).steer == pytest.approx(-1.0)


def test_the_wheel_turns_less_at_speed():
    config = SmoothingConfig()
    at_speed = hold({Key.LEFT}, 3.0, speed_mps=config.half_steer_speed_mps)
    assert at_speed.steer == pytest.approx(0.5)


def test_the_wheel_returns():
    smoother = KeySmoother()
    hold({Key.LEFT}, 2.0, smoother=smoother)
    assert hold((), 1.0, smoother=smoother).steer == pytest.approx(0.0)


def test_brake_wins_over_throttle():
    command = hold({Key.FORWARD, Key.BRAKE}, 1.0, speed_mps=8.0)
    assert (command.throttle, command.brake) == (0.0, 1.0)


def test_back_brakes_first_and_reverses_then():
    smoother = KeySmoother()
    rolling = hold({Key.BACK}, 1.0, speed_mps=5.0, smoother=smoother)
    assert rolling.brake == pytest.approx(0.5)
    assert not rolling.reverse
    standing = hold({Key.BACK}, 1.0, speed_mps=0.0, smoother=smoother)
    assert standing.reverse
    assert standing.throttle > 0.5
    assert standing.brake == 0.0
    braking = hold({Key.FORWARD}, 0.5, speed_mps=-2.0, smoother=smoother)
    assert braking.reverse
    assert braking.brake == pytest.approx(0.5)
    assert not hold({Key.FORWARD}, 0.5, speed_mps=0.0, smoother=smoother).reverse


@given(
    st.lists(st.tuples(st.sets(st.sampled_from(list(Key))), st.floats(-10, 40)), max_size=60),
)
def test_commands_are_always_allowed(steps):
    smoother, before = KeySmoother(), VehicleCommand()
    for keys, speed_mps in steps:
        command = smoother.step(keys, speed_mps, DT_S)
        assert not (command.throttle and command.brake)
        assert abs(command.steer - before.steer) <= 2.5 * DT_S + 1e-9
        before = command


# -- stream --------------------------------------------------------------------------------------


@pytest.fixture
def stream():
    stream = PictureStream()
    yield stream
    stream.close()


def connect(stream):
    return http.client.HTTPConnection(stream.url.split('/')[2], timeout=5)


def get(stream, path):
    connection = connect(stream)
    try:
        connection.request('GET', path)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def post(stream, body, content_type='application/json', path='/key'):
    connection = connect(stream)
    try:
        connection.request('POST', path, body, {'Content-Type': content_type})
        return connection.getresponse().status
    finally:
        connection.close()


def picture(level=90):
    return np.full((32, 64, 4), level, np.uint8)


def test_the_page_knows_every_key(stream):
    status, headers, body = get(stream, '/')
    assert status == 200
    assert headers['Content-Type'].startswith('text/html')
    for key in Key:
        assert f"'{key}'" in body.decode()


def test_a_picture_can_be_fetched(stream):
    stream.show(encode_jpeg(picture()))
    status, headers, body = get(stream, '/frame.jpg')
    assert (status, headers['Content-Type']) == (200, 'image/jpeg')
    assert Image.open(io.BytesIO(body)).size == (64, 32)


def test_colours_stay():
    blue = np.zeros((32, 32, 4), np.uint8)
    blue[..., 0] = 255
    red, green, shown = Image.open(io.BytesIO(encode_jpeg(blue))).getpixel((16, 16))
    assert shown > 240
    assert max(red, green) < 15


def test_pictures_follow_each_other(stream):
    connection = connect(stream)
    jpegs = [encode_jpeg(picture(level)) for level in (10, 200)]
    try:
        stream.show(jpegs[0])
        connection.request('GET', '/stream.mjpg')
        answer = connection.getresponse()
        assert answer.headers['Content-Type'] == 'multipart/x-mixed-replace; boundary=picture'
        for jpeg in jpegs:
            lines = [answer.readline() for _ in range(4)]
            assert lines[0] == b'--picture\r\n'
            assert lines[2] == b'Content-Length: %d\r\n' % len(jpeg)
            assert answer.read(len(jpeg) + 2) == jpeg + b'\r\n'
            stream.show(jpegs[1])
    finally:
        connection.close()


def test_keys_of_the_page_arrive_in_order(stream):
    for key, down in (('left', True), ('left', False), ('brake', True)):
        assert post(stream, json.dumps({'key': key, 'down': down})) == 204
    assert stream.take_keys() == [(Key.LEFT, True), (Key.LEFT, False), (Key.BRAKE, True)]
    assert stream.take_keys() == []


@pytest.mark.parametrize(
    ('body', 'content_type'),
    [
        ('{"key": "fly", "down": true}', 'application/json'),
        ('{"key": "left"}', 'application/json'),
        ('["left", true]', 'application/json'),
        ('{', 'application/json'),
        ('{"key": "left", "down": true, "pad": "' + 'x' * 400 + '"}', 'application/json'),
        # What a form on any other web site could send.
        ('{"key": "left", "down": true}', 'text/plain'),
    ],
)
def test_nonsense_is_refused_and_presses_nothing(stream, body, content_type):
    assert post(stream, body, content_type) == 400
    assert stream.take_keys() == []


def test_unknown_pages_are_refused(stream):
    assert get(stream, '/../etc/passwd')[0] == 404
    assert post(stream, '{}', path='/elsewhere') == 400


def test_a_busy_port_is_a_clear_error(stream):
    port = int(stream.url.rsplit(':', 1)[1].strip('/'))
    with pytest.raises(BackendError, match=f'127.0.0.1:{port}.*--port'):
        PictureStream(port)
    with pytest.raises(BackendError, match='--port'):
        PictureStream(70_000)


def test_it_listens_on_this_machine_only(stream):
    port = int(stream.url.rsplit(':', 1)[1].strip('/'))
    with socket.socket() as other, pytest.raises(OSError, match='refused'):
        other.connect(('127.0.0.2', port))


def test_closing_lets_readers_go():
    stream = PictureStream()
    stream.show(encode_jpeg(picture()))
    connection = connect(stream)
    connection.request('GET', '/stream.mjpg')
    answer = connection.getresponse()
    assert answer.readline() == b'--picture\r\n'
    stream.close()
    assert answer.read().endswith(b'\r\n')
    connection.close()


# -- where to look -------------------------------------------------------------------------------


def test_without_a_display_there_is_a_page():
    pictures = open_pictures('auto', 0, {})
    try:
        assert pictures.place.startswith('picture: http://127.0.0.1:')
    finally:
        pictures.close()


def test_a_display_that_cannot_be_opened_ends_at_the_page(monkeypatch):
    monkeypatch.setenv('DISPLAY', ':987')
    pictures = open_pictures('auto', 0)
    try:
        assert pictures.place.startswith('picture: http://127.0.0.1:')
    finally:
        pictures.close()
    with pytest.raises(BackendError, match='--picture web'):
        PictureWindow('nowhere')


def test_unknown_pictures_are_refused():
    assert isinstance(open_pictures('none', 0), NoPictures)
    with pytest.raises(ConfigError, match="'hologram'; expected one of auto"):
        open_pictures('hologram', 0)


@pytest.mark.parametrize(
    ('name', 'key'),
    [('Up', Key.FORWARD), ('a', Key.LEFT), ('D', Key.RIGHT), ('space', Key.BRAKE), ('F1', None)],
)
def test_keys_of_the_window(name, key):
    assert key_named(name) is key


class FakeTk:
    """Tk without a display: keeps what is bound."""

    TclError = OSError

    def __init__(self):
        self.bound = {}

    def Tk(self):  # noqa: N802
        return self

    def Label(self, *_, **__):  # noqa: N802
        return self

    def bind(self, name, function):
        self.bound[name] = function

    def fire(self, name, keysym=''):
        self.bound[name](SimpleNamespace(keysym=keysym))

    def pack(self):
        pass

    title = protocol = lambda self, *_: None
    update = destroy = pack


def test_a_key_that_stays_down_in_the_window_stays_pressed(monkeypatch):
    tk = FakeTk()
    monkeypatch.setitem(sys.modules, 'tkinter', tk)
    window = PictureWindow('title')
    tk.fire('<KeyPress>', 'Left')
    tk.fire('<KeyPress>', 'p')
    tk.fire('<KeyPress>', 'F5')
    assert window.take_keys() == [(Key.LEFT, True), (Key.EXPERT, True), (Key.LEFT, True)]
    assert window.take_keys() == [(Key.LEFT, True)]
    tk.fire('<KeyRelease>', 'Left')
    assert window.take_keys() == [(Key.LEFT, False)]
    tk.fire('<KeyPress>', 'Up')
    tk.fire('<FocusOut>')
    window.take_keys()
    assert window.take_keys() == []
    window.close()


# -- the drive -----------------------------------------------------------------------------------


class FakeConsole:
    """Types what it is told to and keeps what is drawn."""

    def __init__(self, typed):
        self.typed, self.lines, self.said, self.has_ended = typed, [], [], False

    def read(self, timeout_s=0.0):
        time.sleep(timeout_s)
        return self.typed.pop(0) if self.typed else b'q'

    def draw(self, lines):
        self.lines.append(lines)

    def say(self, text):
        self.said.append(text)


@pytest.fixture
def session():
    session = DriveSession(SimConfig(route='train:2', vehicles=0, pedestrians=0))
    yield session
    session.close()


def test_keys_become_motion(session):
    console = FakeConsole([b'w'] * 30)
    KeyboardDrive(session, console, NoPictures(), picture_period_ticks=1000).run()
    assert session.frame.tick >= 29
    assert session.frame.ego.speed_mps > 0.5
    assert 'you' in console.lines[-1][0]


def test_an_expert_that_gives_up_hands_over(session, monkeypatch):
    def refuse(frame):
        raise WorldError('no way on')

    monkeypatch.setattr(session._expert, 'drive', refuse)
    console = FakeConsole([b'p', *[b'w'] * 20])
    KeyboardDrive(session, console, NoPictures(), picture_period_ticks=1000).run()
    assert console.said == ['the expert gave up: no way on']
    assert session.frame.ego.speed_mps > 0.2


def test_a_key_that_repeats_asks_once(session):
    console = FakeConsole([b'p', b'p', b'p', b''])
    KeyboardDrive(session, console, NoPictures(), picture_period_ticks=1000).run()
    assert session.wheel.is_autopilot


def test_a_world_that_cannot_go_on_ends_the_drive(session, monkeypatch):
    def refuse(command, *, with_image):
        raise WorldError('SUMO is gone')

    monkeypatch.setattr(session.world, 'step', refuse)
    console = FakeConsole([b'w'] * 5)
    with pytest.raises(WorldError, match='SUMO is gone'):
        KeyboardDrive(session, console, NoPictures()).run()


# -- panel and pace ------------------------------------------------------------------------------


def test_panel_tells_everything():
    score = DriveScore(
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
            place='picture: http://127.0.0.1:1/',
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


def test_the_terminal_gives_keys_at_once_and_comes_back(screen):
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
        terminal.say('kept')
        terminal.draw(['x' * 500])
    assert termios.tcgetattr(keyboard) == before
    shown = os.read(person, 10_000).decode()
    assert 'kept\r\n' in shown
    assert 'x' * 200 not in shown
    assert shown.index('\x1b[?25l') < shown.index('\x1b[?25h')


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_the_terminal_comes_back_whatever_happens(screen, number):
    _, keyboard, output = screen
    before = termios.tcgetattr(keyboard)
    handler = signal.getsignal(number)
    with pytest.raises((SystemExit, KeyboardInterrupt)), Terminal(keyboard, output):
        signal.raise_signal(number)
    with pytest.raises(ZeroDivisionError), Terminal(keyboard, output):
        _ = 1 / 0
    assert termios.tcgetattr(keyboard) == before
    assert signal.getsignal(number) is handler


def test_a_terminal_that_is_closed_ends_the_drive():
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
