# SPDX-License-Identifier: Apache-2.0
"""Set the workspace up; every step is skipped when nothing it depends on has changed."""

import sys
import time
from pathlib import Path

from workspace_setup.commands import SetupError
from workspace_setup.environment import ensure_environment
from workspace_setup.interfaces import build_interfaces
from workspace_setup.layout import Layout
from workspace_setup.packages import install_packages
from workspace_setup.stamps import Stamps
from workspace_setup.system import check_platform, ensure_needs
from workspace_setup.wheels import install_wheels, patch_paths


def set_up(layout: Layout) -> None:
    """Run all steps in order.

    Raises:
        SetupError: If a step cannot be done.
    """
    check_platform()
    ensure_needs()
    ensure_environment(layout)
    stamps = Stamps(layout.venv / '.setup')
    install_wheels(layout, stamps)
    patch_paths(layout)
    build_interfaces(layout, stamps)
    install_packages(layout, stamps)


def main() -> int:
    """Set up the clone that this file belongs to; return the exit code."""
    start_s = time.monotonic()
    try:
        set_up(Layout(root=Path(__file__).resolve().parents[2]))
    except SetupError as error:
        print(f'setup: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('setup: interrupted; "make setup" goes on where it stopped.', file=sys.stderr)
        return 130
    print(f'setup: ready in {time.monotonic() - start_s:.1f} s (.venv)', flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
