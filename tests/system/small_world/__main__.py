# SPDX-License-Identifier: Apache-2.0
"""Run the world: ``python -m small_world``."""

from small_world.node import main

if __name__ == '__main__':
    raise SystemExit(main())
