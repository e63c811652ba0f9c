# SPDX-License-Identifier: Apache-2.0
"""Look at the machine and collect the facts that ``doctor`` judges."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from simlingo_bringup.doctor import Facts

_PATH_VARIABLES = ('AMENT_PREFIX_PATH', 'CMAKE_PREFIX_PATH', 'LD_LIBRARY_PATH', 'PYTHONPATH')
_PROBE_LIMIT_S = 60.0


def collect_facts() -> Facts:
    """Return what is true of this process's machine and environment."""
    prefix = Path(sys.prefix)
    versions = installed_versions()
    has_wheels = 'ros-rclpy' in versions
    egl, torch = run_probe('egl'), run_probe('torch')
    return Facts(
        python=sys.version_info[:2],
        prefix=str(prefix),
        has_wheels=has_wheels,
        foreign_ros=find_foreign_ros(os.environ, prefix),
        is_bootstrap_foreign=has_foreign_bootstrap(os.environ, prefix),
        middleware=os.environ.get('RMW_IMPLEMENTATION', ''),
        domain_id=os.environ.get('ROS_DOMAIN_ID', ''),
        imports=run_probe('interfaces'),
        modules=run_probe('modules'),
        egl=egl.get('name'),
        egl_error=egl.get('error', ''),
        torch=torch.get('name'),
        torch_error=torch.get('error', ''),
        shared_memory_free_mb=free_mb(Path('/dev/shm')),
        disk_free_mb=free_mb(Path.cwd()) or 0.0,
        is_loopback_up=is_loopback_up(),
        wrong_versions=find_wrong_versions(find_source_tree(), versions),
        unpatched_files=count_unpatched_files(prefix / 'share'),
        command_path=shutil.which('simlingo'),
    )


def installed_versions() -> dict[str, str]:
    """Return the version of every installed distribution by its normalised name."""
    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        name = distribution.metadata['Name']
        if name:
            found.setdefault(_normalised(name), distribution.version)
    return found


def find_foreign_ros(environment: Mapping[str, str], prefix: Path) -> dict[str, str]:
    """Return the variables that lead to a ROS outside ``prefix``, each with that ROS's place.

    An overlay built on top of the environment is no foreign ROS: it has no rclpy of its own.
    """
    found: dict[str, str] = {}
    for variable in _PATH_VARIABLES:
        for entry in filter(None, environment.get(variable, '').split(os.pathsep)):
            path = Path(entry)
            if not path.is_relative_to(prefix) and _holds_ros(path):
                found[variable] = entry
                break
    return found


def _holds_ros(path: Path) -> bool:
    """Say whether a prefix, a library folder or a Python path entry belongs to a whole ROS."""
    marks = ('share/rclpy/package.xml', 'rclpy/__init__.py', 'librcl.so')
    return any((path / mark).exists() for mark in marks)


def has_foreign_bootstrap(environment: Mapping[str, str], prefix: Path) -> bool:
    """Say whether the wheels' start-up hook was kept from setting this environment's libraries."""
    if '_ROS_WHEELS_BOOTSTRAP_COMPLETE' not in environment:
        return False
    entries = environment.get('LD_LIBRARY_PATH', '').split(os.pathsep)
    return str(prefix / 'lib') not in entries


def free_mb(folder: Path) -> float | None:
    """Return the free space of a folder's file system [MB]; None: there is no such folder."""
    if not folder.is_dir():
        return None
    return shutil.disk_usage(folder).free / 1e6


def is_loopback_up() -> bool:
    """Send a datagram to ourselves and see whether it arrives."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
            here.bind(('127.0.0.1', 0))
            here.settimeout(1.0)
            here.sendto(b'?', here.getsockname())
            return here.recv(1) == b'?'
    except OSError:
        return False


# Needed to make towns or the documentation anew or to export a model, never to drive; `make setup`
# leaves them out.
OPTIONAL_REQUIREMENTS = frozenset(
    {'maps.txt', 'docs.txt', 'export.txt', 'foxglove.txt', 'voice.txt'}
)


def find_source_tree() -> Path | None:
    """Return the clone that this package runs from; None: it was installed elsewhere."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / 'constraints.txt').is_file() else None


def find_wrong_versions(
    tree: Path | None, installed: Mapping[str, str]
) -> dict[str, tuple[str, str]] | None:
    """Return installed and pinned version where they differ.

    A package that is only needed by another one may be missing (it may belong to another kind of
    machine); one that our requirements name may not.
    """
    if tree is None:
        return None
    pins = read_pins(tree / 'constraints.txt')
    required = read_required(tree / 'requirements')
    wrong = {}
    for name, pinned in pins.items():
        version = installed.get(name, '')
        # The local part (2.13.0+cpu) names the build, not the version.
        if version.partition('+')[0] != pinned and (version or name in required):
            wrong[name] = (version, pinned)
    return wrong


def read_pins(constraints: Path) -> dict[str, str]:
    """Return the pinned versions by normalised name."""
    rows = re.findall(r'^([\w.-]+)==(\S+)', constraints.read_text(), re.MULTILINE)
    return {_normalised(name): version for name, version in rows}


def read_required(folder: Path) -> set[str]:
    """Return the normalised names in the requirement files of the set-up."""
    files = [path for path in folder.glob('*.txt') if path.name not in OPTIONAL_REQUIREMENTS]
    text = '\n'.join(path.read_text() for path in sorted(files))
    return {_normalised(name) for name in re.findall(r'^([\w.-]+)', text, re.MULTILINE)}


def count_unpatched_files(share: Path) -> int:
    """Count CMake files that still name folders of the container the wheels were built in."""
    return sum('/opt/python/cp' in path.read_text() for path in share.glob('*/cmake/*.cmake'))


def run_probe(what: str) -> dict[str, Any]:
    """Run one probe in a process of its own, which may crash.

    Returns:
        What the probe reports, or the reason under ``error`` when it did not come to its end.
    """
    command = [sys.executable, '-m', 'simlingo_bringup.doctor_probe', what]
    try:
        child = subprocess.run(
            command, capture_output=True, text=True, timeout=_PROBE_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return {'error': f'no answer within {_PROBE_LIMIT_S:.0f} s'}
    if child.returncode != 0:
        last = (child.stderr.strip().splitlines() or ['no message'])[-1]
        return {'error': f'ended with code {child.returncode}: {last}'}
    report: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return report


def _normalised(name: str) -> str:
    return re.sub(r'[-_.]+', '-', name).lower()
