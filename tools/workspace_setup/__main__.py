# SPDX-License-Identifier: Apache-2.0
"""Set the workspace up; every step is skipped when nothing it depends on has changed.

``--until system`` installs what the machine itself must have, ``--until wheels`` the environment
as well: the layers of a container's image.
"""

import argparse
import fcntl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workspace_setup.commands import SetupError
from workspace_setup.environment import ensure_environment
from workspace_setup.interfaces import build_interfaces
from workspace_setup.layout import Layout
from workspace_setup.packages import install_packages
from workspace_setup.stamps import Stamps
from workspace_setup.system import check_platform, ensure_needs
from workspace_setup.wheels import install_wheels, patch_paths

SYSTEM, WHEELS, PACKAGES = 'system', 'wheels', 'packages'
DONE = {
    SYSTEM: 'system packages only',
    WHEELS: 'system packages and Python wheels only',
    PACKAGES: 'wheels, interface packages and our packages are installed',
}


def set_up(layout: Layout, until: str = PACKAGES) -> None:
    """Run the steps in order.

    Args:
        layout: Of the clone.
        until: Part to end with: ``SYSTEM``, ``WHEELS`` or ``PACKAGES``, which is all.

    Raises:
        SetupError: If a step cannot be done.
    """
    check_platform()
    ensure_needs()
    if until == SYSTEM:
        return
    ensure_environment(layout)
    stamps = Stamps(layout.venv / '.setup')
    install_wheels(layout, stamps)
    if until == WHEELS:
        return
    patch_paths(layout)
    build_interfaces(layout, stamps)
    install_packages(layout, stamps)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Wait until no other set-up works in this clone, and keep others out."""
    path = root / 'build' / 'setup.lock'
    path.parent.mkdir(exist_ok=True)
    with path.open('w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print('setup: waiting for another one in this clone', flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(words: list[str] | None = None) -> int:
    """Set up the clone that this file belongs to; return the exit code."""
    parser = argparse.ArgumentParser(prog='python -m workspace_setup')
    parts = (SYSTEM, WHEELS, PACKAGES)
    parser.add_argument('--until', choices=parts, default=PACKAGES, help='part to end with')
    until = parser.parse_args(words).until
    start_s = time.monotonic()
    root = Path(__file__).resolve().parents[2]
    try:
        with alone(root):
            set_up(Layout(root=root), until)
    except SetupError as error:
        print(f'setup: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('setup: interrupted; "make setup" goes on where it stopped.', file=sys.stderr)
        return 130
    print(f'setup: ready in {time.monotonic() - start_s:.1f} s: {DONE[until]}', flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
