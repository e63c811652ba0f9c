# SPDX-License-Identifier: Apache-2.0
"""Hand-made traces with known answers: a straight road eastwards, ego along y = 0."""

import math

import numpy as np
import pytest
import shapely
from straight_road import LIMIT_MPS, STOP_X_M, TICK_S, actor, drive, kinds, scorer, state

from simlingo_sim.score.bench2drive import efficiency
from simlingo_sim.score.infractions import EndReason, InfractionKind
from simlingo_sim.score.protocol import BENCH2DRIVE, LEADERBOARD_2_0, SIMLINGO_UPSTREAM
from simlingo_sim.situations.situation import ActiveSituation
from simlingo_sim.state import (
    ActorKind,
    LightState,
)


def test_perfect_episode():
    judge = scorer()
    drive(judge)
    result = judge.finish()
    assert (result.status, result.driving_score, result.penalty) == ('Perfect', 100.0, 1.0)
    assert result.is_success
    assert result.duration_s == pytest.approx(198.5 / 10.0, abs=0.1)


@pytest.mark.parametrize(
    ('kind', 'infraction', 'factor'),
    [
        (ActorKind.PEDESTRIAN, InfractionKind.COLLISION_PEDESTRIAN, 0.5),
        (ActorKind.BICYCLE, InfractionKind.COLLISION_VEHICLE, 0.6),
        (ActorKind.CONE, InfractionKind.COLLISION_STATIC, 0.65),
    ],
)
def test_driving_through_an_actor_counts_once(kind, infraction, factor):
    judge = scorer()
    drive(judge, others=[actor(5, kind, 50.0, 0.0, extent=(0.3, 0.3, 0.9))])
    assert kinds(judge) == [infraction]
    assert judge.finish().driving_score == pytest.approx(100.0 * factor)
    assert judge.finish().status == 'Completed'


def test_contact_while_standing_does_not_count():
    other = actor(5, ActorKind.CAR, 46.0, 0.0, speed=5.0, role='scenario')
    judge = scorer()
    for tick in range(20):
        judge.update(state(tick, 50.0, speed=0.0, others=[other]))
    assert kinds(judge) == []


def test_second_actor_within_five_metres_does_not_count_beyond_it_does():
    others = [actor(5, ActorKind.CONE, 50.0, 0.0), actor(6, ActorKind.CONE, 54.0, 0.0)]
    judge = scorer()
    drive(judge, others=others)
    assert len(kinds(judge)) == 2  # the boxes still touch when the first place is 5 m behind
    judge = scorer()
    drive(judge, end_m=50.0, others=others)
    assert len(kinds(judge)) == 1


def test_same_actor_counts_again_after_five_seconds_and_five_metres():
    judge = scorer()
    drive(judge, speed=2.0, others=lambda t, x: [actor(5, ActorKind.CAR, float(x) + 3, 0.0)])
    # 100 s in contact: once at the start, then whenever both 5 s and 5 m have passed.
    assert len(kinds(judge)) == pytest.approx(100.0 / 5.0, abs=1)


def test_scenery_counts_as_static():
    judge = scorer(statics=[shapely.box(49.0, 0.5, 51.0, 3.0)])
    drive(judge)
    assert kinds(judge) == [InfractionKind.COLLISION_STATIC]


def test_red_light_counts_when_the_rear_passes_the_line():
    judge = scorer(light=True)
    drive(judge, light=LightState.RED)
    assert kinds(judge) == [InfractionKind.RED_LIGHT]
    where = judge.infractions[0].position_map_m[0]
    assert STOP_X_M + 0.8 * 2.25 <= where <= STOP_X_M + 2.25 + 1.0


@pytest.mark.parametrize('light', [LightState.GREEN, LightState.YELLOW, LightState.OFF])
def test_other_lights_may_be_passed(light):
    judge = scorer(light=True)
    drive(judge, light=light)
    assert kinds(judge) == []


def test_light_turning_red_after_the_rear_has_passed_is_fine_and_before_is_not():
    for red_from_m, count in ((STOP_X_M + 4.0, 0), (STOP_X_M + 1.0, 1)):
        judge = scorer(light=True)
        drive(
            judge,
            light=lambda t, x, red=red_from_m: LightState.RED if x > red else LightState.GREEN,
        )
        assert len(kinds(judge)) == count


def test_red_light_of_the_other_direction_is_not_ours():
    judge = scorer(light=True)
    for tick, x_m in enumerate(np.arange(110.0, 90.0, -0.5)):
        judge.update(state(tick, float(x_m), yaw=math.pi, light=LightState.RED))
    assert InfractionKind.RED_LIGHT not in kinds(judge)


@pytest.mark.parametrize(('stand_at_m', 'expected'), [(None, 1), (90.0, 1), (96.0, 0)])
def test_stop_sign(stand_at_m, expected):
    judge = scorer(stop=True)
    tick = drive(judge, end_m=stand_at_m or 95.0)
    if stand_at_m:
        judge.update(state(tick, stand_at_m, speed=0.05))
    drive(judge, first=tick + 1, start_m=stand_at_m or 95.0)
    assert kinds(judge) == [InfractionKind.STOP_SIGN] * expected


def test_outside_lanes_is_a_share_of_the_route():
    judge = scorer()
    drive(judge, y_m=lambda t, x: -2.5 if 50.0 <= x < 100.0 else 0.0)
    result = judge.finish()
    # 50 m of the 198.5 m after which the route counts as completed
    assert result.count(InfractionKind.OUTSIDE_LANES) == 1
    assert result.penalty == pytest.approx(1.0 - 50.0 / 198.5, abs=0.01)
    assert not result.is_success


def test_oncoming_lane_counts_unless_the_situation_demands_it():
    for allowed, count in ((False, 1), (True, 0)):
        judge = scorer()
        for tick, x_m in enumerate(np.arange(0.0, 100.0, 0.5)):
            judge.update(state(tick, float(x_m), y_m=3.5), [staged(must_be_passed=allowed)])
        assert judge.finish().count(InfractionKind.OUTSIDE_LANES) == count


@pytest.mark.parametrize(
    ('protocol', 'blocked_s'), [(LEADERBOARD_2_0, 180.0), (BENCH2DRIVE, 60.0)]
)
def test_blocked(protocol, blocked_s):
    judge = scorer(protocol)
    tick = drive(judge, end_m=100.0)
    start = tick
    while judge.end is None:
        judge.update(state(tick, 100.0, speed=0.05))
        tick += 1
    assert judge.end is EndReason.BLOCKED
    assert (tick - start) * TICK_S == pytest.approx(blocked_s, abs=0.2)
    result = judge.finish()
    assert result.status == 'Failed - Agent got blocked'
    assert result.driving_score == pytest.approx(50.0, abs=0.5)


def test_deviation_of_thirty_metres_ends_the_episode():
    judge = scorer()
    tick = 0
    while judge.end is None:
        judge.update(state(tick, 50.0, y_m=-tick * 0.5, yaw=-math.pi / 2))
        tick += 1
    assert judge.end is EndReason.ROUTE_DEVIATION
    assert tick * 0.5 == pytest.approx(30.0, abs=1.1)


def test_driving_far_beside_the_route_ends_the_episode_after_a_third_of_it():
    judge = scorer()
    drive(judge, y_m=-20.0)
    assert judge.end is EndReason.ROUTE_DEVIATION
    assert judge.completion_share == pytest.approx(0.30, abs=0.01)


def test_route_timeout_grows_with_the_way_driven():
    judge = scorer()
    tick = drive(judge, end_m=50.0)
    while judge.end is None:  # creep to and fro, faster than blocked, without progress
        judge.update(state(tick, 49.0, speed=0.5))
        tick += 1
    assert judge.end is EndReason.ROUTE_TIMEOUT
    assert tick * TICK_S == pytest.approx(300.0 + 50.0 / (0.1 * LIMIT_MPS), abs=1.0)


def test_tick_limit_is_bench2drives_only():
    for protocol, expected in ((BENCH2DRIVE, EndReason.TICK_LIMIT), (SIMLINGO_UPSTREAM, None)):
        judge = scorer(protocol)
        for tick in range(4002):
            judge.update(state(tick, 49.0, speed=0.5))
        assert judge.end is expected


def staged(**more):
    """A situation that has begun."""
    facts = {'must_be_passed': False, 'has_happened': True, 'is_over': False}
    return ActiveSituation(name='x', arc_m=0.0, actor_ids=(), **{**facts, **more})


def test_each_situation_times_out_once_in_its_own_time():
    judge = scorer()
    charged_s = []
    for tick in range(0, 6000, 20):
        situations = [staged(), staged(time_limit_s=100.0), staged(has_happened=tick > 2000)]
        found = judge.update(state(tick, tick * 0.01, speed=0.5), situations)
        charged_s += [i.t_s for i in found if i.kind is InfractionKind.SCENARIO_TIMEOUT]
    assert charged_s == [101.0, 241.0]
    judge.update(state(6000, 60.0, speed=0.5), [staged(is_over=True)] * 3)
    assert kinds(judge) == [InfractionKind.SCENARIO_TIMEOUT] * 2
    assert judge.finish().penalty == pytest.approx(0.7**2)


@pytest.mark.parametrize('ends_with_episode', [False, True])
@pytest.mark.parametrize(
    ('passes_to_m', 'y_m', 'count'),
    [(30.0, 0.0, 1), (70.0, 3.5, 0)],
    ids=['still behind the car', 'let past'],
)
def test_an_emergency_vehicle_must_be_let_past(passes_to_m, y_m, count, ends_with_episode):
    judge = scorer()
    for tick, x_m in enumerate(np.linspace(0.0, passes_to_m, 40)):
        ambulance = actor(9, ActorKind.AMBULANCE, float(x_m), y_m, speed=15.0, role='scenario')
        judge.update(state(tick, 50.0, others=[ambulance]), [staged(make_way_for_id=9)])
    assert kinds(judge) == [], 'judged when it is over'
    if not ends_with_episode:
        judge.update(state(40, 50.0), [staged(make_way_for_id=9, is_over=True)])
    result = judge.finish()
    assert result.count(InfractionKind.YIELD_EMERGENCY) == count
    assert result.penalty == pytest.approx(0.7**count)
    assert [i.other_id for i in result.infractions] == [9] * count


def test_upstream_counts_an_arrival_at_ninety_percent():
    for protocol, arrives_m in ((SIMLINGO_UPSTREAM, 190.0), (BENCH2DRIVE, 198.0)):
        judge = scorer(protocol)
        tick, x_m = 0, 150.0
        while judge.end is None:
            judge.update(state(tick, x_m))
            tick, x_m = tick + 1, x_m + 0.5
        assert judge.end is EndReason.ARRIVED
        assert x_m == pytest.approx(arrives_m, abs=1.1)
        assert judge.finish().route_score == 100.0


def test_min_speed_compares_with_the_traffic_around():
    others = [actor(5, ActorKind.CAR, 100.0, 3.5, speed=20.0)]
    judge = scorer(LEADERBOARD_2_0)
    drive(judge, others=others)
    slow = [i for i in judge.infractions if i.kind is InfractionKind.MIN_SPEED]
    # quarters two and three are within 50 m of the other car; the first and last partly
    assert {i.percentage for i in slow} == {50.0}
    assert judge.finish().penalty == pytest.approx(0.85 ** len(slow))
    assert judge.finish().is_success
    judge = scorer(BENCH2DRIVE)
    drive(judge, others=others)
    result = judge.finish()
    assert result.penalty == 1.0
    # Ten of twenty parts lie within 50 m of it; the others count as 100 %, as in the original.
    assert result.count(InfractionKind.MIN_SPEED) == 20
    assert efficiency([result]) == pytest.approx(75.0)


@pytest.mark.parametrize(('end_m', 'parts'), [(189.0, 18), (194.0, 20)])
def test_the_last_part_counts_though_the_goal_is_not_reached(end_m, parts):
    judge = scorer(BENCH2DRIVE)
    drive(judge, end_m=end_m)
    assert judge.finish(EndReason.STOPPED_EARLY).count(InfractionKind.MIN_SPEED) == parts
