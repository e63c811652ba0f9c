# SPDX-License-Identifier: Apache-2.0
"""In lockstep an episode depends on its settings alone, never on how fast anything is."""

import dataclasses
import subprocess
import sys

import pytest
from rounding import RoundedPolicy, send_command, send_ego
from small_world.episode import SmallEpisode
from small_world.slow_planner import PLANNING_TIME
from stack_run import read_summary

from simlingo_core.schedule import Schedule
from simlingo_evaluation.agents import PolicyAgent
from simlingo_planner.baselines import TargetPointPolicy

pytestmark = pytest.mark.ros
TICKS = 60


@pytest.fixture
def busy():
    """Keep the machine busy."""
    processes = [subprocess.Popen([sys.executable, '-c', 'while True: pass']) for _ in range(3)]
    yield
    for process in processes:
        process.kill()
        process.wait()


def run_in_process(radius_m, schedule):
    """Run an episode in one process and return the hash of its trajectory."""
    episode = SmallEpisode(radius_m)
    agent = PolicyAgent(RoundedPolicy(TargetPointPolicy()), schedule, uses_images=False)
    agent.reset(episode.route)
    for tick in range(TICKS):
        frame = dataclasses.replace(episode.frame, ego=send_ego(episode.frame.ego))
        episode.step(send_command(agent.step(frame), tick))
    return episode.trajectory_hash


def run_over_ros(up, folder, planning_time_s, *arguments):
    """Run an episode over ROS with a planner that takes its time and return the summary."""
    path = folder / 'summary.json'
    run = up(
        'policy:=slow',
        f'episode_ticks:={TICKS}',
        f'summary_path:={path}',
        'lockstep:=true',
        *arguments,
        environment={PLANNING_TIME: str(planning_time_s)},
    )
    assert run.wait() == 0, run.text
    summary = read_summary(path)
    assert summary['timeouts'] == 0
    assert 'has not come' not in run.text, run.text
    return summary


def test_a_slow_planner_on_a_busy_machine_drives_the_same(up, tmp_path, busy):
    slow = run_over_ros(up, tmp_path, 0.12, 'radius_m:=40.0')

    assert slow['trajectory_sha256'] == run_in_process(40.0, Schedule())
    assert slow['trajectory_sha256'] != run_in_process(41.0, Schedule())
    assert slow['wall_time_s'] > TICKS / 4 * 0.12


def test_the_schedule_decides_though_several_plans_are_under_way(up, tmp_path):
    """The world may not run so far ahead of a slow planner that frames are lost."""
    schedule = ('plan_period_ticks:=5', 'plan_latency_ticks:=19')
    summary = run_over_ros(up, tmp_path, 0.3, *schedule)

    assert summary['trajectory_sha256'] == run_in_process(60.0, Schedule(5, 19))
    assert summary['trajectory_sha256'] != run_in_process(60.0, Schedule())
