# SPDX-License-Identifier: Apache-2.0
"""The container files name what exists, and the health check and the UDP profile do their work."""

import json
import os
import re
import subprocess
import sys
import threading
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / 'docker'
DOCKERFILES = sorted(DOCKER.glob('*.Dockerfile'))
UDP = {'FASTDDS_DEFAULT_PROFILES_FILE': str(DOCKER / 'fastdds_udp.xml')}


def name_of(path: Path) -> str:
    return path.name


def instructions(path: Path) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile with their arguments, continued lines joined."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith('#')]
    text = re.sub(r'\\\n', ' ', '\n'.join(lines))
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def stages(path: Path) -> list[str]:
    return [
        words.split(' AS ')[1]
        for name, words in instructions(path)
        if name == 'FROM' and ' AS ' in words
    ]


def compose() -> dict:
    return yaml.safe_load((DOCKER / 'compose.yaml').read_text())


@pytest.mark.parametrize('path', DOCKERFILES, ids=name_of)
def test_an_image_copies_what_exists_and_runs_as_a_user(path):
    found = instructions(path)
    copies = [re.sub(r'--\w+=\S+ ', '', words).split() for name, words in found if name == 'COPY']
    assert copies
    assert [
        source for *sources, _ in copies for source in sources if not (ROOT / source).exists()
    ] == []
    users = [words for name, words in found if name == 'USER']
    assert users[-1] == '${USER_ID}'
    assert any(name == 'HEALTHCHECK' for name, _ in found)


@pytest.mark.parametrize('path', DOCKERFILES, ids=name_of)
def test_every_base_image_is_an_argument(path):
    bases = [words.split()[0] for name, words in instructions(path) if name == 'FROM']
    assert [base for base in bases if base != '${BASE_IMAGE}' and base not in stages(path)] == []


@pytest.mark.parametrize('path', DOCKERFILES, ids=name_of)
def test_every_command_of_an_image_is_valid_shell(path):
    for name, words in instructions(path):
        if name == 'RUN':
            checked = subprocess.run(['bash', '-n', '-c', words], capture_output=True, text=True)
            assert checked.returncode == 0, checked.stderr


def test_the_linter_of_dockerfiles_is_content():
    linter = Path(sys.executable).with_name('hadolint')
    checked = subprocess.run([linter, *DOCKERFILES], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_services_name_files_stages_and_commands_that_exist():
    services = compose()['services']
    assert {p for service in services.values() for p in service['profiles']} == {
        'demo',
        'carla',
        'train',
    }
    subcommands = {point.name for point in entry_points(group='simlingo.commands')}
    for service in services.values():
        if 'build' in service:
            assert service['build']['target'] in stages(ROOT / service['build']['dockerfile'])
        words = service['command'].split()
        if words[0] == 'simlingo':
            assert words[1] in subcommands
        for volume in service.get('volumes', []):
            source = volume.split(':')[0]
            assert (DOCKER / source).exists() or source in {'../out', '../data'}
    gpu = yaml.safe_load((DOCKER / 'compose.gpu.yaml').read_text())['services']
    assert set(gpu) <= set(services)


def test_the_arguments_of_the_graphs_in_compose_exist():
    from simlingo_bringup.commands.up import split_arguments
    from simlingo_bringup.graph import DEFAULT_GRAPH, find_graph
    from simlingo_bringup.resolution import resolve

    services = compose()['services']
    commands = {name: service['command'].split() for name, service in services.items()}
    graphs = {name: words[2:] for name, words in commands.items() if words[1] == 'up'}
    assert set(graphs) == {'demo', 'stack'}
    for name, words in graphs.items():
        arguments = split_arguments([re.sub(r'\$\{\w+:-(\w+)\}', r'\1', w) for w in words])
        nodes = {node.name for node in resolve(find_graph(DEFAULT_GRAPH), arguments)}
        # A server brings the world of the stack; both have the page.
        assert ('world' in nodes) == (name == 'demo')
        assert 'page' in nodes


def test_the_devcontainer_takes_a_stage_that_exists():
    build = json.loads((ROOT / '.devcontainer' / 'devcontainer.json').read_text())['build']
    dockerfile = ROOT / '.devcontainer' / build['dockerfile']
    assert build['target'] in stages(dockerfile)


@pytest.fixture
def planner():
    """Publish plans for as long as the test runs."""
    import rclpy

    from simlingo_msgs.msg import DrivingPlan

    rclpy.init()
    node = rclpy.create_node('planner', namespace='simlingo')
    publisher = node.create_publisher(DrivingPlan, 'plan', 1)
    node.create_timer(0.1, lambda: publisher.publish(DrivingPlan()))
    end = threading.Event()

    def spin():
        while not end.is_set():
            rclpy.spin_once(node, timeout_sec=0.1)

    thread = threading.Thread(target=spin)
    thread.start()
    yield publisher
    end.set()
    thread.join()
    node.destroy_node()
    rclpy.shutdown()


def run_health() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, DOCKER / 'health.py'],
        env=os.environ | UDP,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_stack_that_plans_is_healthy_also_over_udp(planner):
    checked = run_health()
    assert checked.returncode == 0, checked.stderr


def test_a_stack_that_does_not_plan_is_not():
    import health

    assert not health.hears_a_plan(limit_s=1.0)
