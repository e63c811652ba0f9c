# SPDX-License-Identifier: Apache-2.0
"""The import contracts hold, and each of them breaks when somebody breaks its rule."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = [
    *(path.parent for path in ROOT.glob('src/*/simlingo_*/__init__.py')),
    ROOT / 'launch' / 'simlingo_bringup',
    ROOT / 'training' / 'simlingo_training',
]

# One forbidden import for each contract, by the name of the contract, and where it is put.
VIOLATIONS = {
    'The core imports no other package': ('simlingo_core', 'import simlingo_sim'),
    'The model and the ROS package do not import each other': (
        'simlingo_model',
        'import simlingo_ros',
    ),
    'The model and the ROS package import only the core': ('simlingo_ros', 'import simlingo_sim'),
    'Node packages do not import each other': ('simlingo_planner', 'import simlingo_control'),
    'Node packages import nothing above them': ('simlingo_sim/town', 'import simlingo_evaluation'),
    'Of the node packages, only the planner knows the model': ('simlingo_voice', 'import torch'),
    'Evaluation uses the cores of the nodes, never the nodes': (
        'simlingo_evaluation',
        'import simlingo_control.node',
    ),
    'Training uses the core, the model, the simulator and evaluation': (
        'simlingo_training',
        'import simlingo_voice',
    ),
    'rclpy and messages in node.py, simlingo_ros and launch only': (
        'simlingo_perception',
        'from std_msgs.msg import Header',
    ),
    'The pure packages import no ROS, not even indirectly': ('simlingo_model', 'import rclpy'),
    "CARLA's library in one module of the simulator, and in the CARLA package": (
        'simlingo_sim/town',
        'import carla',
    ),
    'The CARLA package uses cores, simulator and evaluation, never a node': (
        'simlingo_carla',
        'import simlingo_control.node',
    ),
    'Inside the simulator imports go down only': (
        'simlingo_sim/town',
        'import simlingo_sim.world',
    ),
}


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    """Return a copy of all packages and of the contracts."""
    base = tmp_path_factory.mktemp('tree')
    for package in PACKAGES:
        ignored = shutil.ignore_patterns('data', '__pycache__')
        shutil.copytree(package, base / package.name, ignore=ignored)
        (base / package.name / 'node.py').touch()
    shutil.copy(ROOT / 'pyproject.toml', base)
    return base


def verdicts(tree: Path) -> dict[str, str]:
    """Return KEPT or BROKEN for each contract."""
    report = subprocess.run(
        [Path(sys.executable).with_name('lint-imports'), '--no-cache', '--no-logo'],
        cwd=tree,
        env={**os.environ, 'PYTHONPATH': str(tree), 'NO_COLOR': '1'},
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout
    return dict(re.findall(r'^(.+?) (KEPT|BROKEN)', report, re.MULTILINE))


def test_every_contract_is_kept_by_the_tree(tree):
    found = verdicts(tree)
    assert set(found) == set(VIOLATIONS)
    assert [name for name, verdict in found.items() if verdict != 'KEPT'] == []


def test_every_contract_is_broken_by_its_violation(tree):
    for index, (package, line) in enumerate(VIOLATIONS.values()):
        (tree / package / f'violation_{index}.py').write_text(f'{line}\n')
    found = verdicts(tree)
    assert found == dict.fromkeys(VIOLATIONS, 'BROKEN')
