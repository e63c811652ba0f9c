# SPDX-License-Identifier: Apache-2.0
"""Every example does what it promises; each is as short as it promises, too."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / 'examples'
LONGEST_LINES = {'drive_in_process': 35, 'own_policy': 40, 'plan_listener': 45}
LIMIT_S = 120.0


def test_every_example_is_tested_and_in_the_readme():
    names = {path.stem for path in EXAMPLES.glob('*.py')}
    assert names == set(LONGEST_LINES)
    readme = (EXAMPLES / 'README.md').read_text()
    assert all(f'python examples/{name}.py' in readme for name in names)


@pytest.mark.parametrize(('name', 'longest'), LONGEST_LINES.items())
def test_an_example_is_short(name, longest):
    assert len((EXAMPLES / f'{name}.py').read_text().splitlines()) <= longest


def test_the_mini_sets_off_and_says_how_far_it_is(capsys):
    from drive_in_process import drive

    result = drive('mini', 'test:0', max_ticks=60)
    assert result.error == ''
    assert len(result.trace.speed_mps) == 61
    assert max(result.trace.speed_mps) > 1.0
    assert '0 s   0.0 m/s' in capsys.readouterr().out


def test_the_policy_of_ones_own_reaches_the_end_of_its_route():
    from own_policy import drive

    result = drive('test:0')
    assert result.error == ''
    assert result.score.route_score == 100.0


def test_the_node_logs_the_plans_that_it_hears(tmp_path):
    import rclpy

    from simlingo_msgs.msg import DrivingPlan

    rclpy.init()
    node = rclpy.create_node('example_planner')
    log = tmp_path / 'log.txt'
    with log.open('w') as stream:
        process = subprocess.Popen(
            [sys.executable, EXAMPLES / 'plan_listener.py'], stdout=stream, stderr=stream
        )
    try:
        publisher = node.create_publisher(DrivingPlan, '/simlingo/plan', 1)
        plan = DrivingPlan(policy='straight')
        plan.path[-1].x, plan.speed_waypoints[7].x = 19.0, 8.0
        node.create_timer(0.1, lambda: publisher.publish(plan))
        deadline_s = time.monotonic() + LIMIT_S
        while 'straight' not in log.read_text() and process.poll() is None:
            rclpy.spin_once(node, timeout_sec=0.2)
            assert time.monotonic() < deadline_s
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(LIMIT_S)
        node.destroy_node()
        rclpy.shutdown()
    output = log.read_text()
    assert 'straight: path ends 19.0 m ahead, +0.0 m to the left; 8.0 m ahead in 2 s' in output
    assert 'Traceback' not in output
    assert code == 0
