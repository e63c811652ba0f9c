# SPDX-License-Identifier: Apache-2.0
"""Words beside the action loop: a talking model never keeps the plans waiting."""

import dataclasses
import os
import signal
import subprocess
import sys
import time

import pytest
from action_msgs.msg import GoalStatus
from rclpy.action import ActionClient
from stack_probe import StackProbe, in_namespace
from stack_run import LIMIT_S, pick_domain, wait_until

from simlingo_model.checkpoint import save_model
from simlingo_model.model_card import ALL_TASKS, ModelCard
from simlingo_model.presets import build_mini
from simlingo_msgs.action import FollowInstruction
from simlingo_msgs.msg import Instruction, InstructionStatus
from simlingo_msgs.srv import Ask
from simlingo_planner.warm_up import grey_observation
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import observation_to_message
from simlingo_ros.endpoints import create_publisher, create_subscription

pytestmark = pytest.mark.ros
DOMAIN_OFFSET = 7
PERIOD_S = 0.2


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Return a mini that has learnt nothing: it plans and gives commentary."""
    folder = tmp_path_factory.mktemp('model')
    card = ModelCard(title='Untrained', trained_on='nothing', trained_in=ALL_TASKS)
    save_model(folder, *build_mini(1), card)
    return folder


@pytest.fixture
def probe(monkeypatch):
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    probe = StackProbe(pick_domain(DOMAIN_OFFSET))
    yield probe
    probe.close()


@pytest.fixture
def planner(folder, probe, tmp_path):
    """Start the planner's node alone; it must end in order."""
    output = tmp_path / 'planner.txt'
    command = [sys.executable, '-m', 'simlingo_planner', '--ros-args', '-r', '__ns:=/simlingo']
    command += ['-p', f'policy:={folder}', '-p', 'device:=cpu', '-p', 'threads:=1']
    environment = os.environ | {'ROS_DOMAIN_ID': str(pick_domain(DOMAIN_OFFSET))}
    with output.open('w') as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=subprocess.STDOUT, env=environment
        )
    try:
        yield process
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT_S) == 0, output.read_text()
        assert 'Traceback' not in output.read_text()
    finally:
        process.kill()
        process.wait()


class Feeder:
    """Shows the planner a grey image five times a second."""

    def __init__(self, probe):
        self._publish = create_publisher(probe.node, in_namespace(interfaces.OBSERVATION)).publish
        self._observation, self.next_tick = grey_observation(), 0

    def feed_until(self, holds, what, limit_s=LIMIT_S):
        """Feed until a condition holds; return how many observations it took."""
        deadline_s, first = time.monotonic() + limit_s, self.next_tick
        while not holds():
            assert time.monotonic() < deadline_s, f'not within {limit_s} s: {what}'
            t_s = 0.05 * self.next_tick
            seen = dataclasses.replace(self._observation, t_s=t_s)
            self._publish(observation_to_message(seen))
            self.next_tick += 4
            time.sleep(PERIOD_S)
        return (self.next_tick - first) // 4


def test_commentary_and_answers_come_while_plans_go_on(planner, probe):
    commentaries = []
    create_subscription(probe.node, in_namespace(interfaces.COMMENTARY), commentaries.append)
    ask = probe.node.create_client(Ask, '/simlingo/ask')
    feeder = Feeder(probe)
    probe.start()
    feeder.feed_until(lambda: len(probe.plans) > 5 and len(commentaries) > 3, 'plans and words')
    assert {plan.policy for plan in probe.plans.values()} == {'simlingo_mini'}

    before = len(probe.plans)
    answer = ask.call_async(Ask.Request(question='What do you see?'))
    fed = feeder.feed_until(answer.done, 'an answer')
    assert answer.result().success, answer.result().answer
    assert answer.result().answer
    feeder.feed_until(lambda: len(probe.plans) >= before + 1, 'another plan')
    assert len(probe.plans) - before >= 0.5 * fed

    refused = ask.call_async(Ask.Request(question=' '))
    feeder.feed_until(refused.done, 'a refusal')
    assert not refused.result().success
    assert 'empty' in refused.result().answer


def test_a_cancelled_instruction_leaves_the_plans(planner, probe):
    feeder = Feeder(probe)
    probe.start()
    feeder.feed_until(lambda: len(probe.plans) > 2, 'plans')
    probe.instruct(Instruction(id='fast', text='drive faster'))
    feeder.feed_until(
        lambda: any(plan.instruction_id == 'fast' for plan in probe.plans.values()), 'obeyed'
    )
    probe.instruct(Instruction(id='fast', kind=Instruction.KIND_CANCEL))
    wait_until(
        lambda: probe.instructions[-1].state == InstructionStatus.STATE_CANCELLED, 'cancelled'
    )
    # Plans of what was seen before the cancel may still be under way.
    first = feeder.next_tick
    feeder.feed_until(lambda: max(probe.plans) >= first, 'a plan of what was seen after it')
    assert probe.plans[max(probe.plans)].instruction_id == ''


def test_an_instruction_as_an_action_is_followed_replaced_and_cancelled(planner, probe):
    client = ActionClient(probe.node, FollowInstruction, '/simlingo/follow_instruction')
    feedback = []
    feeder = Feeder(probe)
    probe.start()
    feeder.feed_until(lambda: len(probe.plans) > 2, 'plans')

    def send(text, duration):
        goal = FollowInstruction.Goal(text=text, duration=duration)
        sent = client.send_goal_async(goal, feedback_callback=lambda m: feedback.append(m))
        feeder.feed_until(sent.done, 'a goal response')
        return sent.result()

    def wait_for_end(goal):
        result = goal.get_result_async()
        feeder.feed_until(result.done, 'the end')
        return result.result()

    short = wait_for_end(send('drive more slowly', 1.0))
    assert short.status == GoalStatus.STATUS_SUCCEEDED
    assert short.result.state == InstructionStatus.STATE_DONE
    assert feedback[-1].feedback.instruction_id.startswith('goal-')

    replaced = send('drive faster', 0.0)
    endless = send('turn left', 0.0)
    end = wait_for_end(replaced)
    assert (end.status, end.result.state) == (
        GoalStatus.STATUS_ABORTED,
        InstructionStatus.STATE_CANCELLED,
    )
    cancelling = endless.cancel_goal_async()
    feeder.feed_until(cancelling.done, 'cancelled')
    assert wait_for_end(endless).status == GoalStatus.STATUS_CANCELED
    assert not send(' ', 1.0).accepted

    last = send('drive faster', 0.0).get_result_async()
    planner.send_signal(signal.SIGINT)
    wait_until(last.done, 'the end of a goal of a planner that is stopped')
    assert 'stopped' in last.result().result.reason
    client.destroy()
