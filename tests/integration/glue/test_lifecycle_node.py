# SPDX-License-Identifier: Apache-2.0
"""The node base over real processes: start, stop, Ctrl-C, kill, faults, crashes."""

import os
import signal
import time

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String

pytestmark = pytest.mark.ros


def state_of(observer):
    return observer.call(GetState, '/talker/get_state', GetState.Request()).current_state.label


def change(observer, transition):
    request = ChangeState.Request(transition=Transition(id=transition))
    return observer.call(ChangeState, '/talker/change_state', request).success


def collect(observer, message_type, topic, qos=10):
    received = []
    observer.node.create_subscription(message_type, topic, received.append, qos)
    return received


def collect_last_words(observer):
    words = []
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    observer.node.create_subscription(
        String, 'last_words', lambda message: words.append(message.data), latched
    )
    return words


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_node_in_order(talk, observer, number):
    words = collect_last_words(observer)
    counts = collect(observer, String, 'count')
    process = talk()
    observer.spin_until(lambda: words and len(counts) >= 3)
    start_s = time.monotonic()
    process.signal_group(number)
    observer.spin_until(lambda: len(words) == 2)
    assert process.wait() == 0
    assert time.monotonic() - start_s < 3.0
    assert words[0] == 'begun'
    assert words[1].startswith('stopped at')
    assert 'Traceback' not in process.output


def test_impatient_ctrl_c_does_not_break_the_end(talk):
    process = talk('-p', 'trouble:=slow_end')
    process.wait_for_output(': active')
    process.signal_group(signal.SIGINT)
    process.wait_for_output('ending')
    for _ in range(5):
        process.signal_group(signal.SIGINT)
        time.sleep(0.03)
    assert process.wait() == 0
    assert 'Traceback' not in process.output


def test_ctrl_c_interrupts_a_slow_start(talk):
    process = talk('-p', 'trouble:=slow_configure')
    process.wait_for_output('configuring')
    start_s = time.monotonic()
    process.signal_group(signal.SIGINT)
    assert process.wait() == 0
    assert time.monotonic() - start_s < 3.0


def test_ctrl_c_during_activation_still_deactivates(talk, observer):
    words = collect_last_words(observer)
    process = talk('-p', 'trouble:=slow_activate')
    # Heard once is connected: that the topic is known here does not mean that we are known there.
    observer.spin_until(lambda: words)
    process.signal_group(signal.SIGINT)
    observer.spin_until(lambda: len(words) == 2)
    assert process.wait() == 0
    assert words == ['begun', 'stopped at 0']


def test_a_crash_at_the_end_is_not_hidden(talk):
    process = talk('-p', 'trouble:=crash_end')
    process.wait_for_output(': active')
    process.signal_group(signal.SIGTERM)
    assert process.wait() == 1
    assert 'ZeroDivisionError: a bug at the end' in process.output


def test_a_segmentation_fault_leaves_the_python_stack_in_the_output(talk):
    process = talk()
    process.wait_for_output(': active')
    process.signal_group(signal.SIGSEGV)
    assert process.wait() == -signal.SIGSEGV
    assert 'Fatal Python error: Segmentation fault' in process.output
    assert 'spin.py' in process.output


def test_a_killed_node_leaves_no_process_and_can_be_started_again(talk, observer):
    counts = collect(observer, String, 'count')
    first = talk()
    observer.spin_until(lambda: counts)
    first.signal_group(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        os.killpg(first.popen.pid, 0)
    observer.spin_for(0.2)
    counts.clear()
    talk()
    observer.spin_until(lambda: counts)


def test_every_transition_by_service(talk, observer):
    counts = collect(observer, String, 'count')
    process = talk('-p', 'autostart:=false')
    assert state_of(observer) == 'unconfigured'
    assert change(observer, Transition.TRANSITION_CONFIGURE)
    assert state_of(observer) == 'inactive'
    observer.spin_for(0.3)
    assert not counts
    assert change(observer, Transition.TRANSITION_ACTIVATE)
    observer.spin_until(lambda: counts)
    assert change(observer, Transition.TRANSITION_DEACTIVATE)
    observer.spin_for(0.2)
    counts.clear()
    observer.spin_for(0.3)
    assert not counts
    assert change(observer, Transition.TRANSITION_CLEANUP)
    assert state_of(observer) == 'unconfigured'
    assert observer.node.count_publishers('/count') == 0
    assert change(observer, Transition.TRANSITION_CONFIGURE)
    assert change(observer, Transition.TRANSITION_ACTIVATE)
    observer.spin_until(lambda: counts)
    assert change(observer, Transition.TRANSITION_ACTIVE_SHUTDOWN)
    assert state_of(observer) == 'finalized'
    process.signal_group(signal.SIGTERM)
    assert process.wait() == 0


def test_a_fault_is_reported_and_cleared(talk, observer):
    diagnostics = collect(observer, DiagnosticArray, '/diagnostics')
    counts = collect(observer, String, 'count')
    poke = observer.node.create_publisher(String, 'poke', 10)
    process = talk()
    observer.spin_until(lambda: counts and poke.get_subscription_count())

    def lines():
        return {s.name: s for message in diagnostics for s in message.status}

    poke.publish(String(data='fault'))
    observer.spin_until(lambda: 'talker: poke' in lines())
    line = lines()['talker: poke']
    assert line.level == b'\x02'
    assert line.message == 'poked with a fault'
    assert [(v.key, v.value) for v in line.values] == [('error', 'ContractError')]
    observer.spin_until(lambda: int(counts[-1].data) >= 1000)  # on_fault was called
    poke.publish(String(data='fine'))
    observer.spin_until(lambda: lines()['talker: poke'].level == b'\x00')
    assert lines()['talker: lifecycle'].message == 'active'
    assert process.popen.poll() is None


def test_an_error_nobody_expects_ends_the_process(talk, observer):
    poke = observer.node.create_publisher(String, 'poke', 10)
    process = talk()
    process.wait_for_output(': active')
    observer.spin_until(poke.get_subscription_count)
    poke.publish(String(data='crash'))
    observer.spin_for(0.2)
    assert process.wait() == 1
    assert 'RuntimeError: poked with a crash' in process.output
    assert 'Traceback' in process.output


@pytest.mark.parametrize(
    ('trouble', 'words', 'has_traceback'),
    [
        ('refuse_configure', 'ContractError: the weights are missing; fetch them', False),
        ('crash_configure', 'ZeroDivisionError: a bug', True),
    ],
)
def test_a_node_that_cannot_start_says_why(talk, trouble, words, has_traceback):
    process = talk('-p', f'trouble:={trouble}')
    assert process.wait() == 1
    assert f'/talker: {words}' in process.output
    assert ('Traceback' in process.output) == has_traceback


def test_a_refused_configure_by_service_leaves_the_node_unconfigured(talk, observer):
    talk('-p', 'autostart:=false', '-p', 'trouble:=refuse_configure')
    assert not change(observer, Transition.TRANSITION_CONFIGURE)
    assert state_of(observer) == 'unconfigured'
