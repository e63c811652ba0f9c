# SPDX-License-Identifier: Apache-2.0
"""The tree as a ROS user builds it: colcon, a prefix of its own, the wheels as underlay."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import rclpy

from workspace_setup.layout import Layout

ROOT = Path(__file__).resolve().parents[2]
COLCON = Path(sys.prefix, 'bin', 'colcon')
OWN_CMAKE = {'simlingo_msgs'}


@pytest.fixture(scope='module')
def environment():
    """Return what a shell has after sourcing the underlay, and nothing of the test run."""
    env = Layout(root=ROOT).child_environment()
    env.pop('PYTHONDONTWRITEBYTECODE', None)  # setuptools warns about it
    env['VIRTUAL_ENV'] = sys.prefix
    env['PATH'] = f'{sys.prefix}/bin{os.pathsep}{os.environ["PATH"]}'
    env['AMENT_PREFIX_PATH'] = env['CMAKE_PREFIX_PATH'] = sys.prefix
    return env


def colcon(env, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COLCON, *words], cwd=ROOT, env=env, capture_output=True, text=True, timeout=550
    )


def test_colcon_sees_every_package_with_its_type(environment, tmp_path):
    listing = colcon(environment, '--log-base', tmp_path, 'list').stdout
    found = {row.split('\t')[0]: row.split('\t')[2].strip() for row in listing.splitlines()}
    python = {path.parent.name for path in ROOT.glob('src/*/setup.py')}
    wanted = dict.fromkeys(python | {'simlingo_bringup', 'simlingo_training'}, 'ament_python')
    wanted |= dict.fromkeys(OWN_CMAKE, 'ament_cmake')
    assert found == {name: f'(ros.{kind})' for name, kind in wanted.items()}


@pytest.fixture(scope='module')
def prefix(environment, tmp_path_factory):
    """Build the whole tree; return the prefix once the build has passed."""
    base = tmp_path_factory.mktemp('workspace')
    places = ['--build-base', base / 'build', '--install-base', base / 'install']
    cmake = ['-DCMAKE_BUILD_TYPE=Release', '-DBUILD_TESTING=OFF']
    cmake += [f'-DPython3_EXECUTABLE={sys.executable}']
    built = colcon(
        environment, '--log-base', base / 'log', 'build', *places, '--cmake-args', *cmake
    )
    output = built.stdout + built.stderr
    assert built.returncode == 0, output
    assert re.findall(r'.*(?:warning|had stderr output).*', output, re.IGNORECASE) == []
    return base / 'install'


def in_workspace(env, prefix: Path, command: list[str | Path]) -> list[str]:
    """Return the call that runs a command in a shell which has sourced the workspace."""
    words = shlex.join(map(str, command))
    return ['bash', '-c', f'source {shlex.quote(str(prefix))}/setup.bash && exec {words}']


@pytest.mark.slow
def test_the_build_passes_without_warnings(prefix):
    assert {path.name for path in prefix.iterdir() if path.is_dir()} >= OWN_CMAKE


@pytest.mark.slow
def test_every_file_of_the_packages_is_installed(prefix):
    missing = []
    for source in [
        *ROOT.glob('src/*/setup.py'),
        ROOT / 'launch/setup.py',
        ROOT / 'training/setup.py',
    ]:
        (package,) = source.parent.glob('simlingo_*/__init__.py')
        inside = package.parent
        (installed,) = prefix.glob(f'{inside.name}/lib/python*/site-packages/{inside.name}')
        tracked = subprocess.run(
            ['git', 'ls-files', inside], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
        names = [Path(name).relative_to(inside.relative_to(ROOT)) for name in tracked]
        missing += [f'{inside.name}/{n}' for n in names if not (installed / n).is_file()]
    assert missing == []


@pytest.mark.slow
def test_code_and_messages_come_from_the_workspace(environment, prefix):
    code = (
        'import simlingo_bringup, simlingo_msgs as m; print(simlingo_bringup.__file__, m.__file__)'
    )
    command = in_workspace(environment, prefix, [sys.executable, '-c', code])
    places = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert len(places.stdout.split()) == 2, places.stderr
    assert all(place.startswith(f'{prefix}/') for place in places.stdout.split())


@pytest.mark.slow
@pytest.mark.ros
def test_a_node_runs_from_the_workspace(environment, prefix):
    executable = prefix / 'simlingo_bringup' / 'lib' / 'simlingo_bringup' / 'frame_publisher'
    node = subprocess.Popen(
        in_workspace(environment, prefix, [executable]),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        publisher = wait_for_publisher('/tf_static', limit_s=20.0)
        node.send_signal(signal.SIGINT)
        output, _ = node.communicate(timeout=10.0)
    finally:
        node.kill()
        node.wait()
    assert publisher == 'tf2_msgs/msg/TFMessage', output
    assert node.returncode == 0, output


def wait_for_publisher(topic: str, limit_s: float) -> str | None:
    """Return the type of the first publisher of a topic; None: there is none in time."""
    context = rclpy.Context()
    rclpy.init(context=context)
    watcher = rclpy.create_node('watcher', context=context)
    try:
        end_s = time.monotonic() + limit_s
        while time.monotonic() < end_s:
            found = watcher.get_publishers_info_by_topic(topic)
            if found:
                return found[0].topic_type
            time.sleep(0.1)
        return None
    finally:
        watcher.destroy_node()
        rclpy.shutdown(context=context)
