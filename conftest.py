# SPDX-License-Identifier: Apache-2.0
"""Give every test process its own ROS domain on this machine, and keep it off the network."""

import fcntl
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

_DOMAINS = range(1, 102)  # above 101 the ports of DDS may be taken as ephemeral ones
_ROOT = Path(__file__).resolve().parent


def _claim_domain() -> tuple[int, int]:
    """Return a ROS domain that no other test process uses, and the open lock.

    The operating system gives the lock back when the process ends, however it ends.
    """
    start = os.getpid() % len(_DOMAINS)
    for domain in [*_DOMAINS[start:], *_DOMAINS[:start]]:
        try:
            path = Path(tempfile.gettempdir(), f'simlingo-test-domain-{domain}.lock')
            lock = os.open(path, os.O_CREAT | os.O_RDWR)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # in use by another test process, or another user's file
            continue
        return domain, lock
    raise RuntimeError(f'all {len(_DOMAINS)} ROS domains are in use by other test processes')


# How long one example takes says more about the machine than about the code.
settings.register_profile('simlingo', deadline=None)
settings.load_profile('simlingo')

_DOMAIN, _DOMAIN_LOCK = _claim_domain()
os.environ['ROS_DOMAIN_ID'] = str(_DOMAIN)
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
os.environ.setdefault('ROS_LOG_DIR', str(_ROOT / 'log' / 'ros'))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests across processes a second try: discovery can lose a race on a busy machine.

    Everything else has to pass at once.
    """
    for item in items:
        if {'integration', 'system'} & set(item.path.parts):
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=2))
