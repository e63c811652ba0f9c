# SPDX-License-Identifier: Apache-2.0
"""``simlingo up`` with real nodes: it ends cleanly whatever happens, and says why."""

import random
import signal
import time

import pytest
from stack_run import pick_domain, read_summary, wait_until

pytestmark = pytest.mark.ros
ROUTE_POLICY = 'policy:=route'


def test_in_real_time_the_car_follows_its_route(up, tmp_path):
    path = tmp_path / 'summary.json'
    run = up(ROUTE_POLICY, 'episode_ticks:=80', f'summary_path:={path}')

    assert run.wait() == 0, run.text
    summary = read_summary(path)
    assert summary['distance_m'] > 5.0
    assert summary['largest_offset_m'] < 1.0
    assert summary['wall_time_s'] >= 79 * 0.05


def test_killed_nodes_are_restarted_and_the_episode_goes_on(up):
    run = up(ROUTE_POLICY, 'lockstep:=true')
    run.wait_for('world is active')
    for name, module in (
        ('frames', 'simlingo_bringup.frames'),
        ('planner', 'small_world.slow_planner'),
        ('control', 'simlingo_control'),
    ):
        run.find_node(module).kill()
        run.wait_for(f'{name} was ended by SIGKILL; starting it again')
        # It counts twice: once for the first start, once for the second.
        wait_until(lambda name=name: run.text.count(f'{name} is active') == 2, f'{name} back')
    run.interrupt(signal.SIGINT)

    assert run.wait() == 0


def test_the_graph_ends_when_the_world_is_killed(up):
    run = up(ROUTE_POLICY)
    run.wait_for('world is active')
    run.find_node('small_world').kill()

    assert run.wait() == 1
    assert 'world was ended by SIGKILL; the graph cannot run without it' in run.text


def test_nothing_is_left_when_the_supervisor_is_killed(up):
    run = up(ROUTE_POLICY)
    run.wait_for('world is active')
    run.process.kill()
    run.process.wait()

    wait_until(lambda: not run.find_processes(), 'no process left', 4.0)


def test_ctrl_c_at_random_moments_ends_cleanly(up):
    chance = random.Random(0)
    for latest_s in (0.5, 1.5, 4.0):
        run = up(ROUTE_POLICY)
        time.sleep(chance.uniform(0.1, latest_s))
        began_s = time.monotonic()
        run.interrupt(signal.SIGINT)
        # While it stops, somebody is impatient.
        time.sleep(chance.uniform(0.0, 0.3))
        if run.process.poll() is None:
            run.interrupt(signal.SIGINT)

        assert run.wait() in {0, 1, 130, -signal.SIGINT}, run.text
        assert time.monotonic() - began_s < 4.0
        assert 'Traceback' not in run.text.partition('SIGINT')[2]


def test_a_second_graph_beside_the_first(up, tmp_path):
    first = up(ROUTE_POLICY, 'lockstep:=true', 'episode_ticks:=0')
    first.wait_for('world is active')
    path = tmp_path / 'second.json'
    second = up(
        ROUTE_POLICY,
        'lockstep:=true',
        'episode_ticks:=20',
        f'summary_path:={path}',
        domain_id=pick_domain(offset=1),
    )

    assert second.wait() == 0, second.text
    assert 'exists twice' not in second.text
    assert read_summary(path)['timeouts'] == 0

    third = up(ROUTE_POLICY)
    third.wait_for(f'exists twice on ROS domain {third.domain_id}')
    for run in (third, first):
        run.interrupt(signal.SIGINT)
        assert run.wait() == 0


def test_a_misspelt_parameter_is_refused_before_anything_starts(up, tmp_path):
    path = tmp_path / 'mine.yaml'
    path.write_text('/**/perception: {ros__parameters: {rate_limit_hx: 1.0}}\n')
    run = up(ROUTE_POLICY, f'params_file:={path}')

    assert run.wait() == 2
    assert 'rate_limit_hx' in run.text
    assert "did you mean 'rate_limit_hz'" in run.text
    assert 'mine.yaml' in run.text
    assert 'started' not in run.text
    assert 'Traceback' not in run.text
