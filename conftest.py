# SPDX-License-Identifier: Apache-2.0
"""Give every test process its own ROS domain on this machine, and keep it off the network."""

import fcntl
import os
import signal
import tempfile
from pathlib import Path

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

# The job of a shell's background ignores Ctrl-C, and so would every process that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

_DOMAIN, _DOMAIN_LOCK = _claim_domain()
os.environ['ROS_DOMAIN_ID'] = str(_DOMAIN)
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
os.environ.setdefault('ROS_LOG_DIR', str(_ROOT / 'log' / 'ros'))
