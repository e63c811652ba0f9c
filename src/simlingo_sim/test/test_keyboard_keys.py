# SPDX-License-Identifier: Apache-2.0

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlingo_core.types import VehicleCommand
from simlingo_sim.keyboard_drive.keys import HeldKeys, Key, KeyDecoder
from simlingo_sim.keyboard_drive.smoothing import KeySmoother, SmoothingConfig

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
def test_sequences_may_arrive_in_parts(parts, data):
    whole = b''.join(parts)
    cut = data.draw(st.integers(0, len(whole)))
    decoder = KeyDecoder()
    assert decoder.decode(whole[:cut]) + decoder.decode(whole[cut:]) == KeyDecoder().decode(whole)
    assert len(KeyDecoder().decode(whole)) == len(parts)


@given(st.binary(max_size=200))
def test_any_bytes_can_be_decoded(data):
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
