# SPDX-License-Identifier: Apache-2.0
"""Things that are done in one place of the tree and nowhere else."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = 'src/simlingo_core/simlingo_core'
SOURCES = [
    path
    for folder in ('src/*/simlingo_*', 'launch/simlingo_*', 'training/simlingo_*')
    for path in ROOT.glob(f'{folder}/**/*.py')
]


@pytest.mark.parametrize(
    ('what', 'place'),
    [
        (r'\b(imencode|imdecode|imread|imwrite|cvtColor|COLOR_\w+2\w+)\b', 'images.py'),
        (r'2::-1\]', 'images.py'),
        (r'\buuid4\b', 'instruction_ids.py'),
        (r'^class SafetyLevel\b', 'status.py'),
        (r'^class PlanBuffer\b', 'plan_buffer.py'),
        (r'[(,=]\s*-math\.(degrees|radians)\(', 'carla_frame.py'),
    ],
)
def test_it_is_done_in_one_module_of_the_core(what, place):
    pattern = re.compile(what, re.MULTILINE)
    found = {
        path.relative_to(ROOT).as_posix() for path in SOURCES if pattern.search(path.read_text())
    }
    assert found <= {f'{CORE}/{place}'}
