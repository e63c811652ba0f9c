# SPDX-License-Identifier: Apache-2.0
"""One policy, one route, one seed: the drive behind the topics is the drive in one process."""

import dataclasses
import signal

import numpy as np
import pytest
import torch
from rounding import RoundedPolicy, send_command, send_ego
from stack_probe import WAITING_WORLD, StackProbe
from stack_run import pick_domain, wait_until

from simlingo_evaluation.agents import PolicyAgent
from simlingo_model.model_names import find_model
from simlingo_model.policy import SimLingoPolicy
from simlingo_planner.baselines import TargetPointPolicy
from simlingo_sim.camera.specs import training_camera
from simlingo_sim.config import SimConfig
from simlingo_sim.session import Session

pytestmark = [pytest.mark.ros, pytest.mark.timeout(600)]
ROUTE, SEED, TICKS = 'test:0', 5, 320
MODEL_TICKS = 100
# Plans and commands travel as 32-bit floats, which moves path points by up to 2e-6 m.
# Measured after 320 ticks: 4.4e-5 m; feedback keeps it small.
ROUNDING_M = 5e-4


def run_in_process(policy, ticks, *, is_rounded, uses_images=False):
    """Return the ego states of the first ticks."""
    session = Session(SimConfig(route=ROUTE, seed=SEED, vehicles=0, pedestrians=0))
    agent = PolicyAgent(policy, uses_images=uses_images)
    agent.reset(session.world.route)
    egos = {}
    try:
        for tick in range(ticks):
            frame = session.frame
            egos[tick] = frame.ego
            if agent.needs_image(tick):
                image = session.world.render(training_camera())
                frame = dataclasses.replace(frame, image_bgra=image)
            if is_rounded:
                frame = dataclasses.replace(frame, ego=send_ego(frame.ego))
            command = agent.step(frame)
            if is_rounded:
                command = send_command(command, tick)
            session.authority.stack_command = command
            session.advance()
    finally:
        session.close()
    return egos


@pytest.fixture
def probe(monkeypatch):
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    probe = StackProbe(pick_domain(3))
    probe.start()
    yield probe
    probe.close()


def run_over_ros(up, probe, folder, ticks, *arguments, parameters=''):
    """Return the ego states of the first ticks, none missing."""
    path = folder / 'parameters.yaml'
    path.write_text(WAITING_WORLD + parameters)
    run = up(
        'lockstep:=true',
        f'route:={ROUTE}',
        f'seed:={SEED}',
        'vehicles:=0',
        'pedestrians:=0',
        f'params_file:={path}',
        *arguments,
        domain_id=pick_domain(3),
        options=('--graph', 'stack'),
    )
    run.wait_for('world started')
    probe.start_world()
    wait_until(lambda: len(probe.egos) > ticks or run.process.poll() is not None, 'ticks', 300.0)
    run.interrupt(signal.SIGINT)
    assert run.wait() == 0, run.text
    assert 'has not come' not in run.text, run.text
    assert set(range(ticks)) - set(probe.egos) == set()
    return probe.egos


def distances_m(over_ros, alone):
    """Return how far apart the cars were at each tick of the drive in one process."""
    places = [
        np.array([egos[tick].pose_map.translation_m for tick in alone])
        for egos in (over_ros, alone)
    ]
    return np.linalg.norm(places[0] - places[1], axis=1)


def test_the_drive_behind_the_topics_is_the_drive_in_one_process(up, probe, tmp_path):
    over_ros = run_over_ros(up, probe, tmp_path, TICKS, 'policy:=route')
    rounded = run_in_process(RoundedPolicy(TargetPointPolicy()), TICKS, is_rounded=True)
    exact = run_in_process(TargetPointPolicy(), TICKS, is_rounded=False)

    way_m = np.linalg.norm(rounded[300].pose_map.translation_m - rounded[0].pose_map.translation_m)
    assert way_m > 30.0
    assert distances_m(over_ros, rounded).max() == pytest.approx(0.0, abs=1e-9)
    assert distances_m(over_ros, exact).max() < ROUNDING_M
    wait_until(lambda: probe.ready[-1] is False, 'control says that nobody may drive')
    assert True in probe.ready
    wait_until(lambda: probe.commands[-1].brake == 1.0, 'the last brake')
    assert probe.commands[-1].throttle == 0.0


def test_the_mini_sees_and_drives_the_same_behind_the_topics(up, probe, tmp_path):
    # Sums of floats depend on how many threads share them.
    over_ros = run_over_ros(
        up,
        probe,
        tmp_path,
        MODEL_TICKS,
        'policy:=mini',
        'device:=cpu',
        parameters='/**/planner: {ros__parameters: {threads: 1, speaks: false}}\n',
    )

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        mini = find_model('mini')
        assert mini is not None
        policy = RoundedPolicy(SimLingoPolicy.load(mini.folder, device='cpu'))
        alone = run_in_process(policy, MODEL_TICKS, is_rounded=True, uses_images=True)
    finally:
        torch.set_num_threads(threads)

    assert {plan.policy for plan in probe.plans.values()} == {'simlingo_mini'}
    way_m = alone[MODEL_TICKS - 1].pose_map.translation_m - alone[0].pose_map.translation_m
    assert np.linalg.norm(way_m) > 10.0
    assert distances_m(over_ros, alone).max() < 1e-6
