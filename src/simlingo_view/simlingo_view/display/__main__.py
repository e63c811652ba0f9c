# SPDX-License-Identifier: Apache-2.0
"""Run the node: ``python -m simlingo_view.display``."""

from simlingo_view.display.node import main

if __name__ == '__main__':
    raise SystemExit(main())
