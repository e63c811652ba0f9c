# SPDX-License-Identifier: Apache-2.0
"""Run the node: ``python -m simlingo_carla.relay``."""

from simlingo_carla.relay.node import main

if __name__ == '__main__':
    raise SystemExit(main())
