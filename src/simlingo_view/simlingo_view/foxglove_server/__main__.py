# SPDX-License-Identifier: Apache-2.0
"""Run the node: ``python -m simlingo_view.foxglove_server``."""

from simlingo_view.foxglove_server.node import main

if __name__ == '__main__':
    raise SystemExit(main())
