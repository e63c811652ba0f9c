# SPDX-License-Identifier: Apache-2.0
"""Sound on a topic becomes an instruction that the planner takes; what it says is spoken."""

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from stack_probe import StackProbe, in_namespace
from stack_run import LIMIT_S, pick_domain, wait_until
from std_msgs.msg import Bool, Int16MultiArray

from simlingo_core.errors import BackendError
from simlingo_msgs.msg import InstructionStatus
from simlingo_planner.warm_up import grey_observation
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import observation_to_message
from simlingo_ros.endpoints import create_publisher, create_subscription
from simlingo_voice.audio import RATE_HZ, padded, read_wav
from simlingo_voice.recognisers import make_recogniser

pytestmark = pytest.mark.ros
DOMAIN_OFFSET = 9
SPOKEN = Path(__file__).parents[2] / 'src/simlingo_voice/test/data'
PIECE_S, SILENCE_S = 0.05, 1.5
PARAMETERS = {
    'planner': ('policy:=straight',),
    'voice': ('speaker:=none', 'plays:=false'),
}


@pytest.fixture
def probe(monkeypatch):
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    probe = StackProbe(pick_domain(DOMAIN_OFFSET))
    yield probe
    probe.close()


@pytest.fixture
def nodes(probe, tmp_path, request):
    """Start planner and voice; both must end in order."""
    try:
        make_recogniser('faster-whisper')
    except BackendError as error:
        pytest.skip(str(error))
    environment = os.environ | {'ROS_DOMAIN_ID': str(pick_domain(DOMAIN_OFFSET))}
    processes = {}
    for name, parameters in PARAMETERS.items():
        more = getattr(request, 'param', ()) if name == 'voice' else ()
        command = [sys.executable, '-m', f'simlingo_{name}', '--ros-args', '-r', '__ns:=/simlingo']
        for parameter in (*parameters, *more):
            command += ['-p', parameter]
        with (tmp_path / f'{name}.txt').open('w') as stream:
            processes[name] = subprocess.Popen(
                command, stdout=stream, stderr=subprocess.STDOUT, env=environment
            )
    try:
        yield processes
        for name, process in processes.items():
            process.send_signal(signal.SIGINT)
            output = tmp_path / f'{name}.txt'
            assert process.wait(LIMIT_S) == 0, output.read_text()
            assert 'Traceback' not in output.read_text()
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


class Car:
    """Shows the planner a grey image, and speaks to the voice node."""

    def __init__(self, probe):
        self._observe = create_publisher(probe.node, in_namespace(interfaces.OBSERVATION))
        self._sound = create_publisher(probe.node, in_namespace(interfaces.AUDIO))
        self._push = create_publisher(probe.node, in_namespace(interfaces.PUSH_TO_TALK))
        self.statuses, self._is_over = [], threading.Event()
        create_subscription(
            probe.node,
            in_namespace(interfaces.INSTRUCTION_STATUS),
            lambda message: self.statuses.append((time.monotonic(), message)),
        )
        probe.start()
        wait_until(self._sound.get_subscription_count, 'the voice node hears')
        wait_until(self._observe.get_subscription_count, 'the planner sees')
        self._thread = threading.Thread(target=self._drive, daemon=True)
        self._thread.start()
        wait_until(lambda: probe.plans, 'plans')

    def close(self):
        self._is_over.set()
        self._thread.join()

    def speak(self, name):
        """Speak a recording in pieces, as a microphone does; return when the speech was over."""
        clip = padded(read_wav(SPOKEN / f'{name}.wav').at_rate(RATE_HZ), 0.6, SILENCE_S)
        loud = np.flatnonzero(np.abs(clip.samples) > 0.02 * np.abs(clip.samples).max())
        samples, count, began_s = clip.to_int16(), round(PIECE_S * RATE_HZ), time.monotonic()
        for number, start in enumerate(range(0, len(samples), count)):
            time.sleep(max(began_s + number * PIECE_S - time.monotonic(), 0.0))
            self._sound.publish(Int16MultiArray(data=samples[start : start + count].tolist()))
        return began_s + float(loud[-1]) / RATE_HZ

    def push(self, is_held):
        self._push.publish(Bool(data=is_held))

    def status(self, state):
        """Return when a status of this kind came first, and the status."""
        wait_until(
            lambda: any(message.state == state for _, message in self.statuses),
            f'a status {state}',
        )
        return next(pair for pair in self.statuses if pair[1].state == state)

    def _drive(self):
        observation, tick = grey_observation(), 0
        while not self._is_over.wait(0.2):
            seen = dataclasses.replace(observation, t_s=0.05 * tick, speed_mps=8.0)
            self._observe.publish(observation_to_message(seen))
            tick += 4


@pytest.fixture
def car(nodes, probe):
    car = Car(probe)
    yield car
    car.close()


def test_an_order_that_is_spoken_comes_into_force(car) -> None:
    ended_s = car.speak('slow_down')
    accepted_s, status = car.status(InstructionStatus.STATE_ACCEPTED)
    assert status.id.startswith('voice')
    print(f'accepted {accepted_s - ended_s:.2f} s after the end of speech')


def test_what_is_unsafe_never_reaches_the_planner(car) -> None:
    car.speak('red_light')
    car.statuses.clear()
    car.speak('slow_down')
    car.status(InstructionStatus.STATE_ACCEPTED)
    assert {message.id for _, message in car.statuses} == {car.statuses[0][1].id}
    assert car.statuses[0][1].id.endswith('1')


@pytest.mark.parametrize('nodes', [('push_to_talk:=true',)], indirect=True)
def test_with_the_button_only_what_is_spoken_while_it_is_held_is_heard(car) -> None:
    car.speak('slow_down')
    assert not car.statuses
    car.push(True)
    time.sleep(0.3)
    car.speak('slow_down')
    car.push(False)
    let_go_s = time.monotonic()
    accepted_s, _ = car.status(InstructionStatus.STATE_ACCEPTED)
    print(f'accepted {accepted_s - let_go_s:.2f} s after the button was let go')
