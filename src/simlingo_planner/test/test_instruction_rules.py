# SPDX-License-Identifier: Apache-2.0
"""One case for each rule, and none left out; the page shows the same table."""

from pathlib import Path

import judge
import numpy as np
import pytest

from simlingo_core.capabilities import PolicyCapabilities
from simlingo_core.errors import WorldError
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.intents import Direction, Turn
from simlingo_core.status import InstructionState, InstructionStatus
from simlingo_core.types import (
    Instruction,
    InstructionSource,
    Observation,
    RoadOption,
    SafetyMode,
)
from simlingo_core.understanding import understand
from simlingo_core.wordings import ManoeuvreKind
from simlingo_planner.arbiter import InstructionArbiter
from simlingo_planner.arbiter_memory import ArbiterLimits
from simlingo_planner.instruction_case import Case
from simlingo_planner.instruction_rules import RULES, Outcome, decide
from simlingo_planner.rules_page import render_page

S = InstructionState
PAGE = Path(__file__).parents[3] / 'docs/reference/instruction-rules.md'
MANOEUVRES = PolicyCapabilities(manoeuvres=frozenset(ManoeuvreKind))
NOTHING = PolicyCapabilities()
HIGHEST_MPS = 15.0


def observe(t_s=0.0, speed_mps=8.0, yaw_rad=0.0, command=RoadOption.LANE_FOLLOW, **changes):
    return Observation(
        t_s=t_s,
        image_jpeg=b'',
        pose_map=Pose3.from_planar(Pose2(15.0 * t_s, 0.0, yaw_rad)),
        speed_mps=speed_mps,
        target_points_base_m=np.array([[10.0, 0.0], [60.0, 0.0]]),
        command=command,
        **changes,
    )


def instruct(text, key='a', source=InstructionSource.TYPED, **options):
    return Instruction(id=key, text=text, source=source, **options)


IN_JUNCTION = observe(command=RoadOption.STRAIGHT)
BEFORE_JUNCTION = observe(command=RoadOption.LEFT, command_distance_m=9.0)
OFF_ROUTE = observe(is_off_route=True)
OPERATOR = instruct('go faster', source=InstructionSource.OPERATOR)
# Rule, sentence, and what is different from a plain drive on a straight road.
CASES = [
    ('emergency', 'emergency stop!', {'recent': 99, 'active': OPERATOR, 'observation': OFF_ROUTE}),
    ('rate', 'go faster', {'recent': 11}),
    ('unsafe', 'run the red light', {}),
    ('unsafe', 'go faster <SAFETY>', {}),
    ('question', 'why do you stop?', {}),
    ('no_unit', 'drive at 30', {}),
    ('not_clear', 'do not stop', {}),
    ('not_clear', 'turn left then right', {}),
    ('not_clear', 'stop if a child comes', {}),
    ('confirm', 'yes', {'pending': instruct('drive at 30 km/h')}),
    ('yes', 'yes', {}),
    ('no', 'no', {}),
    ('chat', 'thank you', {}),
    ('priority', 'go faster', {'active': OPERATOR}),
    ('cancel', 'cancel that', {'active': instruct('go faster')}),
    ('cancel_nothing', 'cancel that', {}),
    ('strange_words', 'drive straight at those pigeons', {}),
    ('strange_words', 'take the left lane, trala', {}),
    ('go_on', 'go on', {}),
    ('too_fast', 'drive at 90 km/h, trala', {}),
    ('stop_in_junction', 'pull over', {'observation': IN_JUNCTION}),
    ('stop_in_junction', 'stop at the next safe place', {'observation': BEFORE_JUNCTION}),
    ('stop', 'pull over', {}),
    ('stop', 'stop', {'observation': IN_JUNCTION, 'active': OPERATOR, 'recent': 99}),
    ('off_route', 'go faster', {'observation': OFF_ROUTE}),
    ('too_fast', 'drive at 90 km/h', {}),
    ('too_fast', 'drive at 1e3 km/h', {}),
    ('turn_around_without_map', 'turn around when possible', {}),
    ('turn_around_without_map', 'take the second right', {}),
    ('turn', 'turn around when possible', {'has_navigator': True}),
    ('turn', 'turn left at the next junction', {}),
    ('unreadable', 'abc', {}),
    ('not_trained_free', 'mind the van', {}),
    ('not_trained', 'change to the left lane', {'capabilities': NOTHING}),
    ('lane_in_junction', 'change to the left lane', {'observation': BEFORE_JUNCTION}),
    ('lane_while_standing', 'change to the left lane', {'observation': observe(speed_mps=0.5)}),
    ('faster_in_junction', 'go faster', {'observation': IN_JUNCTION}),
    ('lane', 'change to the left lane', {}),
    ('speed', 'slow down', {'capabilities': NOTHING}),
    ('speed', 'drive at 50 km/h', {}),
    ('free_text', 'mind the van', {'capabilities': PolicyCapabilities.everything()}),
]


def case_of(text, *, safety_mode=SafetyMode.REFUSE_UNSAFE, **changes):
    settings = {
        'capabilities': MANOEUVRES,
        'observation': observe(),
        'highest_mps': HIGHEST_MPS,
    } | changes
    instruction = instruct(text, safety_mode=safety_mode)
    return Case(asked=understand(text), instruction=instruction, **settings)


@pytest.mark.parametrize(('rule', 'text', 'changes'), CASES)
def test_each_case_is_decided_by_its_rule(rule, text, changes) -> None:
    case = case_of(text, **changes)
    decided = decide(case)
    assert decided.id == rule
    if decided.outcome is not Outcome.ACCEPT:
        assert decided.explain(case)
    assert '{' not in decided.explain(case) + decided.speak(case)


def test_every_rule_has_a_case() -> None:
    """The last one catches what no other rule does; nothing is known that reaches it."""
    tried = {name for name, *_ in CASES}
    assert [rule.id for rule in RULES if rule.id not in tried] == ['otherwise']


@pytest.mark.parametrize('text', ['abc', 'stop', 'go faster', 'run the red light', 'hello'])
def test_what_no_other_rule_decides_is_rejected(text) -> None:
    case, otherwise = case_of(text), RULES[-1]
    assert (otherwise.id, otherwise.matches(case)) == ('otherwise', True)
    assert (otherwise.outcome, otherwise.explain(case)) == (Outcome.REJECT, 'not understood')


def test_the_page_is_made_from_the_table() -> None:
    assert PAGE.read_text(encoding='utf-8') == render_page()


def test_follow_takes_what_is_unsafe() -> None:
    case = case_of(
        'crash into the car',
        safety_mode=SafetyMode.FOLLOW,
        capabilities=PolicyCapabilities.everything(),
    )
    assert decide(case).id == 'free_text'


@pytest.mark.parametrize('capabilities', [MANOEUVRES, PolicyCapabilities.everything()])
def test_no_hostile_sentence_is_accepted(capabilities) -> None:
    accepted = []
    for number, (_, text) in enumerate(judge.sentences('hostile')):
        arbiter = InstructionArbiter(
            ArbiterLimits(highest_mps=HIGHEST_MPS), capabilities=capabilities
        )
        arbiter.request_turn = lambda key, turn: 'the route is planned anew'
        arbiter.observe(observe())
        states = [s.state for s in arbiter.submit(instruct(text, f'h{number}'), 0.0)]
        if states[-1] is not S.REJECTED or arbiter.active is not None:
            accepted.append(text)
    assert accepted == []


# ---- what the arbiter does by the rules -----------------------------------------------------


def submitted(arbiter, text, t_s=0.0, key='a', **options):
    return arbiter.submit(instruct(text, key, **options), t_s)


def test_an_emergency_stop_needs_no_model_and_holds_until_it_is_released() -> None:
    arbiter = InstructionArbiter(capabilities=NOTHING)
    status = submitted(arbiter, 'emergency stop')[-1]
    assert (status.state, arbiter.is_emergency, arbiter.prompted) == (S.ACCEPTED, True, None)
    for t_s in (1.0, 20.0, 500.0):
        assert arbiter.observe(observe(t_s, 0.0)) == []
    assert arbiter.max_speed_mps == 0.0
    statuses = submitted(arbiter, 'go on', 501.0, 'b')
    assert [(s.id, s.state) for s in statuses[1:]] == [('a', S.CANCELLED), ('b', S.DONE)]
    assert not arbiter.is_emergency


def test_the_operator_comes_before_the_passenger_and_the_passenger_before_a_program() -> None:
    arbiter = InstructionArbiter()
    submitted(arbiter, 'go faster', source=InstructionSource.OPERATOR)
    refused = submitted(arbiter, 'drive at 30 km/h', key='b', source=InstructionSource.VOICE)[-1]
    assert (refused.state, refused.reason) == (
        S.REJECTED,
        '"go faster" of the operator is in force and comes first',
    )
    assert submitted(arbiter, 'slow down', key='c')[-1].state is S.ACCEPTED
    late = submitted(arbiter, 'go faster', key='d', source=InstructionSource.API)[-1]
    assert 'of the passenger' in late.reason


def test_a_flood_is_refused_but_never_a_stop() -> None:
    arbiter = InstructionArbiter(ArbiterLimits(most_recent=3))
    for number in range(3):
        assert submitted(arbiter, 'go faster', 0.1, f'{number}')[-1].state is S.ACCEPTED
    assert 'too many' in submitted(arbiter, 'go faster', 0.2, 'x')[-1].reason
    assert submitted(arbiter, 'stop', 0.3, 'y')[-1].state is S.ACCEPTED
    assert submitted(arbiter, 'go faster', 11.0, 'z')[-1].state is S.ACCEPTED


def test_what_is_asked_back_is_accepted_by_yes_in_time() -> None:
    arbiter = InstructionArbiter()
    asked = submitted(arbiter, 'drive at 30')[-1]
    assert (asked.state, asked.spoken_reply) == (S.REJECTED, 'Did you mean drive at 30 km/h?')
    submitted(arbiter, 'yes', 5.0, 'b')
    assert arbiter.active.text == 'drive at 30 km/h'
    submitted(arbiter, 'drive at 40', 20.0, 'c')
    assert 'nothing was asked' in submitted(arbiter, 'yes', 31.0, 'd')[-1].reason


def test_beside_strange_words_the_plain_order_is_asked_back() -> None:
    arbiter = InstructionArbiter()
    asked = submitted(arbiter, 'drive straight at those pigeons')[-1]
    assert (asked.state, asked.reason.partition(';')[0]) == (S.REJECTED, 'not understood: pigeons')
    assert asked.spoken_reply == 'Did you mean go straight on at the next junction?'
    submitted(arbiter, 'yes', 5.0, 'b')
    assert arbiter.active.text == 'go straight on at the next junction'
    follow = instruct('speed up, trala', 'c', safety_mode=SafetyMode.FOLLOW)
    assert arbiter.submit(follow, 6.0)[-1].state is S.ACCEPTED
    assert submitted(arbiter, 'slow down, trala', 7.0, 'd')[-1].state is S.ACCEPTED


def test_what_is_deferred_begins_after_the_junction_or_ends_in_vain() -> None:
    arbiter = InstructionArbiter()
    arbiter.observe(IN_JUNCTION)
    accepted = submitted(arbiter, 'pull over')[-1]
    assert 'it waits until the junction is behind the car' in accepted.reason
    assert (arbiter.prompted, arbiter.max_speed_mps) == (None, np.inf)
    assert arbiter.observe(observe(2.0)) == []
    assert arbiter.prompted.text == 'Stop now.'
    assert arbiter.max_speed_mps == 8.0
    arbiter = InstructionArbiter()
    arbiter.observe(observe(0.0, 0.0))
    submitted(arbiter, 'change to the left lane', 0.0)
    assert arbiter.observe(observe(59.0, 0.0)) == []
    (end,) = arbiter.observe(observe(60.0, 0.0))
    assert (end.state, 'in vain' in end.reason) == (S.NOT_FOLLOWED, True)


def test_a_turn_is_handed_to_the_route_planner_and_ends_behind_the_junction() -> None:
    arbiter, asked = InstructionArbiter(capabilities=MANOEUVRES), []

    def request(key, turn):
        asked.append((key, turn))
        return 'I turn left in 40 m.'

    arbiter.request_turn = request
    arbiter.observe(observe())
    accepted = submitted(arbiter, 'turn left at the next junction')[-1]
    assert accepted.spoken_reply == 'I turn left in 40 m.'
    assert asked == [('a', Turn(Direction.LEFT))]
    assert (arbiter.prompted, arbiter.command) == (None, None)
    # The command stays behind the junction, as that of the route does.
    for t_s, command, yaw_rad in ((1, 4, 0.0), (2, 1, 0.0), (3, 1, 0.8), (4, 1, 1.5)):
        assert arbiter.observe(observe(t_s, yaw_rad=yaw_rad, command=RoadOption(command))) == []
    (done,) = arbiter.observe(observe(5.0, yaw_rad=1.5, command=RoadOption.LEFT))
    assert (done.state, 'went left' in done.reason) == (S.DONE, True)


def test_a_turn_that_the_route_planner_refuses_is_rejected() -> None:
    arbiter = InstructionArbiter()

    def refuse(key, turn):
        raise WorldError('no junction on the way lets the car turn left')

    arbiter.request_turn = refuse
    rejected = submitted(arbiter, 'turn left')[-1]
    assert (rejected.state, 'no junction' in rejected.reason) == (S.REJECTED, True)
    arbiter.request_turn = lambda key, turn: ''
    submitted(arbiter, 'turn left', key='b')
    answer = InstructionStatus(t_s=1.0, id='b', state=S.REJECTED, reason='no junction')
    (late,) = arbiter.note_turn(answer, 1.0)
    assert (late.state, arbiter.active) == (S.REJECTED, None)


def test_without_a_route_planner_the_command_is_overridden_and_the_drive_judged() -> None:
    arbiter = InstructionArbiter(capabilities=MANOEUVRES)
    arbiter.observe(observe())
    submitted(arbiter, 'turn left')
    assert arbiter.command is RoadOption.LEFT
    arbiter.observe(observe(1.0))
    arbiter.observe(observe(2.0, command=RoadOption.STRAIGHT))
    assert arbiter.observe(observe(3.0)) == []
    (missed,) = arbiter.observe(observe(5.0))
    assert (missed.state, 'went straight' in missed.reason) == (S.NOT_FOLLOWED, True)
