# SPDX-License-Identifier: Apache-2.0
"""The ``simlingo`` command as ``python -m simlingo_bringup``."""

from simlingo_bringup.cli import main

if __name__ == '__main__':
    raise SystemExit(main())
