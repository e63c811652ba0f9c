# SPDX-License-Identifier: Apache-2.0
"""Run the node: ``python -m simlingo_bringup.bag_world``."""

from simlingo_bringup.bag_world.node import main

if __name__ == '__main__':
    raise SystemExit(main())
