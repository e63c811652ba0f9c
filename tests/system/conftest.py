# SPDX-License-Identifier: Apache-2.0
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stack_run import StackRun


@pytest.fixture
def up(tmp_path):
    """Return a function that starts ``simlingo up``; everything is ended after the test."""
    runs = []

    def start(*arguments, **options):
        runs.append(StackRun(tmp_path, *arguments, **options))
        return runs[-1]

    yield start
    for run in runs:
        run.close()
