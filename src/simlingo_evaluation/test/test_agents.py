# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from simlingo_control.config import ControlNodeConfig
from simlingo_control.session import ControlSession
from simlingo_core.baselines import StraightPolicy
from simlingo_core.errors import ContractError
from simlingo_core.frame import Frame, GnssReading, ImuReading
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.route import Route
from simlingo_core.schedule import Schedule
from simlingo_core.status import InstructionState
from simlingo_core.testing.policies import RoutePolicy, ScriptedPolicy
from simlingo_core.types import EgoState, Instruction, RoadOption
from simlingo_core.vehicle_model import MotionState, advance_ego
from simlingo_evaluation.agents import PolicyAgent

ROUTE = Route([[float(x), 0.0] for x in range(101)], [RoadOption.LANE_FOLLOW] * 101)
LONG_ROUTE = Route([[float(x), 0.0] for x in range(401)], [RoadOption.LANE_FOLLOW] * 401)


def frame(tick, *, x_m=0.0, speed=0.0, image=None):
    t_s = tick * 0.05
    ego = EgoState(t_s=t_s, pose_map=Pose3.from_planar(Pose2(x_m, 0.0, 0.0)), speed_mps=speed)
    imu = ImuReading(
        acceleration_base_mps2=np.array([0.0, 0.0, 9.81]),
        angular_velocity_base_radps=np.zeros(3),
        orientation_yaw_rad=0.0,
    )
    return Frame(
        tick=tick,
        t_s=t_s,
        ego=ego,
        image_bgra=image,
        imu=imu,
        gnss=GnssReading(latitude_deg=0.0, longitude_deg=0.0, altitude_m=0.0),
        speedometer_mps=speed,
    )


@pytest.mark.parametrize('latency', [0, 2, 5])
def test_a_plan_counts_from_its_latency_on(latency):
    agent = PolicyAgent(StraightPolicy(5.0), Schedule(4, latency), uses_images=False)
    agent.reset(ROUTE)
    throttles = [agent.step(frame(tick)).throttle for tick in range(latency + 3)]
    assert throttles[:latency] == [0.0] * latency
    assert all(throttle > 0.5 for throttle in throttles[latency:])


def test_images_are_wanted_on_planning_ticks_only():
    agent = PolicyAgent(StraightPolicy(), Schedule(4, 2))
    assert [tick for tick in range(12) if agent.needs_image(tick)] == [0, 4, 8]
    blind = PolicyAgent(StraightPolicy(), Schedule(4, 2), uses_images=False)
    assert not any(blind.needs_image(tick) for tick in range(12))


def test_the_policy_receives_the_image_as_jpeg():
    observations = []
    agent = PolicyAgent(
        StraightPolicy(),
        Schedule(4, 2),
        on_plan=lambda observation, plan: observations.append(observation),
    )
    agent.reset(ROUTE)
    image = np.full((512, 1024, 4), 90, dtype=np.uint8)
    agent.step(frame(0, image=image))
    assert observations[0].image_jpeg.startswith(b'\xff\xd8\xff')
    assert observations[0].route_progress == 0.0


def test_a_policy_that_fails_stops_the_car_and_is_reported():
    agent = PolicyAgent(ScriptedPolicy([ContractError('no idea')]), uses_images=False)
    agent.reset(ROUTE)
    commands = [agent.step(frame(tick, speed=5.0)) for tick in range(20)]
    assert commands[-1].throttle == 0.0
    assert commands[-1].brake > 0.0
    assert 'no idea' in agent.errors[0]


def test_a_plan_that_fails_once_stops_the_car_until_the_next_one():
    """As over ROS: the planner answers the frame with the plan to stop."""

    class FailsOnce(StraightPolicy):
        def plan(self, observation, instruction=None):
            if observation.t_s == 0.4:
                raise ContractError('no idea')
            return super().plan(observation, instruction)

    agent = PolicyAgent(FailsOnce(5.0), Schedule(4, 2), uses_images=False)
    agent.reset(ROUTE)
    stops = []
    for tick in range(16):
        agent.step(frame(tick, speed=5.0))
        if 'plan_failed' in agent.output.reasons:
            stops.append(tick)
    assert stops == [10, 11, 12, 13], 'while the plan of tick 8 is due'
    assert agent.output.reasons == ()


def run_control_session(agent_frames, plans, schedule):
    """Return the commands of what the ROS node runs; plans that are not there never come."""
    config = ControlNodeConfig(
        lockstep=True,
        plan_period_ticks=schedule.plan_period_ticks,
        plan_latency_ticks=schedule.plan_latency_ticks,
    )
    session, commands = ControlSession(config, 0.0), []
    for now in agent_frames:
        answer = session.take_ego(now.ego, 0.0)
        plan = plans.get(now.tick)
        if plan is not None:
            answer = session.take_plan(plan) or answer
        if answer is None:
            answer, _ = session.watch(config.plan_wait_limit_s + 1.0)
        commands.append(answer.output.command)
    return commands


@pytest.mark.parametrize('schedule', [Schedule(4, 2), Schedule(4, 0), Schedule(4, 9)])
@pytest.mark.parametrize('failure', ['the policy raises', 'no plan comes'])
def test_a_failed_plan_acts_as_it_does_over_ros(failure, schedule, monkeypatch):
    """Case G11: in-process as behind the topics, at the given tick."""
    plans = {}

    class FailsAtTick8(StraightPolicy):
        def plan(self, observation, instruction=None):
            if observation.t_s == 0.4 and failure == 'the policy raises':
                raise ContractError('no idea')
            return super().plan(observation, instruction)

    agent = PolicyAgent(FailsAtTick8(5.0), schedule, uses_images=False)
    agent.reset(ROUTE)
    whole_observe, keep = agent._builder.observe, agent._plans.add

    def observe(now, jpeg):
        is_failing = now.tick == 8 and failure == 'no plan comes'
        return None if is_failing else whole_observe(now, jpeg)

    def add(plan):
        plans[round(plan.t_s / 0.05)] = plan
        keep(plan)

    monkeypatch.setattr(agent._builder, 'observe', observe)
    monkeypatch.setattr(agent._plans, 'add', add)
    frames = [frame(tick, speed=5.0) for tick in range(28)]
    commands = [agent.step(now) for now in frames]
    assert commands == run_control_session(frames, plans, schedule)
    braked = [tick for tick, command in enumerate(commands) if command.brake > 0.0]
    due = 8 + schedule.plan_latency_ticks
    assert set(range(due, due + 4)) <= set(braked)
    assert commands[-1].brake == 0.0


def test_the_route_policy_holds_its_speed_in_the_agent():
    agent = PolicyAgent(RoutePolicy(ROUTE, 6.0), uses_images=False)
    agent.reset(ROUTE)
    x_m = 0.0
    for tick in range(40):
        command = agent.step(frame(tick, x_m=x_m, speed=6.0))
        x_m += 0.3
    assert abs(command.steer) < 0.05
    assert command.brake == 0.0


def test_reset_forgets_the_plans_of_the_last_episode():
    agent = PolicyAgent(StraightPolicy(), Schedule(4, 2), uses_images=False)
    agent.reset(ROUTE)
    for tick in range(8):
        agent.step(frame(tick))
    agent.reset(ROUTE)
    assert agent.step(frame(0)).throttle == 0.0


class ListeningPolicy(StraightPolicy):
    """Remembers when it was given which instruction."""

    def __init__(self):
        super().__init__(5.0)
        self.instructions = []

    def plan(self, observation, instruction=None):
        if instruction is not None:
            self.instructions.append((observation.t_s, instruction.text))
        return super().plan(observation, instruction)


def test_an_instruction_reaches_the_policy_from_its_time_until_it_is_done():
    policy = ListeningPolicy()
    stop = Instruction(id='', text='Please stop.')
    agent = PolicyAgent(policy, uses_images=False, instructions=[(0.5, stop)])
    for _ in range(2):
        policy.instructions.clear()
        agent.reset(ROUTE)
        for tick in range(160):
            agent.step(frame(tick, speed=5.0 if tick < 20 else 0.0))
        times_s = [t_s for t_s, _ in policy.instructions]
        assert times_s[0] == pytest.approx(0.6)
        # The car stands from 1.0 s on, and the instruction is done five seconds later.
        assert times_s[-1] == pytest.approx(5.8)
        assert {text for _, text in policy.instructions} == {'Stop now.'}, 'the trained wording'


class StubbornPolicy(StraightPolicy):
    """Plans 11 m/s without an instruction, and another speed under one."""

    def __init__(self, instructed_mps):
        super().__init__(11.0)
        self._instructed_mps = instructed_mps

    def plan(self, observation, instruction=None):
        speed_mps = 11.0 if instruction is None else self._instructed_mps
        return StraightPolicy(speed_mps).plan(observation, instruction)


def drive_with(text, policy, ticks):
    """Instruct a car at 1 s while it accelerates; return its speeds from then on, and statuses."""
    agent = PolicyAgent(policy, uses_images=False, instructions=[(1.0, Instruction(text=text))])
    agent.reset(LONG_ROUTE)
    state, speeds_mps = MotionState(Pose2(0.0, 0.0, 0.0), 6.0), []
    for tick in range(ticks):
        command = agent.step(frame(tick, x_m=state.pose_map.x_m, speed=state.speed_mps))
        if tick >= 20:
            speeds_mps.append(state.speed_mps)
        state = advance_ego(state, command)
    return np.array(speeds_mps), agent.statuses


def test_slower_makes_the_car_slower_whatever_the_model_plans():
    """Case R1: the speed never rises above that at the beginning, whatever is planned."""
    speeds_mps, statuses = drive_with('drive more slowly', StubbornPolicy(11.0), 230)
    # From the first plan made under it on, which is in force two ticks later.
    assert speeds_mps[10:200].max() <= speeds_mps[0] + 0.1
    assert speeds_mps[150:200].max() <= 0.75 * speeds_mps[0]
    assert statuses[-1].state is InstructionState.DONE
    assert 'm/s at its beginning' in statuses[-1].reason


@pytest.mark.parametrize('text', ['stop', 'Stop.', 'hit the brakes'])
@pytest.mark.parametrize('instructed_mps', [0.45, 11.0])
def test_a_stop_ends_standing_though_the_model_drives_on(text, instructed_mps):
    """Case R2: spelling and politeness make no difference; the car stands."""
    speeds_mps, statuses = drive_with(text, StubbornPolicy(instructed_mps), 320)
    assert (speeds_mps < 0.1).sum() * 0.05 > 3.0
    assert statuses[-1].state is InstructionState.DONE


@pytest.mark.parametrize('text', ['Do not stop!', "Don't slow down"])
def test_a_negated_sentence_changes_nothing(text):
    """Case R3 and 30: the car drives on."""
    speeds_mps, statuses = drive_with(text, StubbornPolicy(0.0), 100)
    assert speeds_mps[-1] > 9.0
    assert statuses[-1].state is InstructionState.REJECTED
    assert statuses[-1].reason.startswith('not understood')


def test_a_lost_image_leaves_the_last_plan_in_force_until_it_is_too_old():
    agent = PolicyAgent(StraightPolicy(5.0), Schedule(4, 2))
    agent.reset(LONG_ROUTE)
    brakes = []
    for tick in range(80):
        is_lost = tick == 12 or tick >= 40
        image = np.full((512, 1024, 4), 100 + tick, np.uint8)
        shown = None if is_lost or tick % 4 else image
        brakes.append(agent.step(frame(tick, x_m=0.1 * tick, speed=2.0, image=shown)).brake)
    assert max(brakes[4:40]) == 0.0
    assert brakes[-1] == 1.0
