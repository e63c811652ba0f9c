# SPDX-License-Identifier: Apache-2.0
"""Run the node: ``python -m simlingo_perception.localisation``."""

from simlingo_perception.localisation.node import main

if __name__ == '__main__':
    raise SystemExit(main())
