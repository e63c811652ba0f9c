# SPDX-License-Identifier: Apache-2.0
"""The folder of the tests' stand-ins on the path, and a server."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def server():
    """A server with a route of its own."""
    from fake_carla import FakeServer

    made = FakeServer('test:0')
    yield made
    made.close()
