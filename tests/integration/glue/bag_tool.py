# SPDX-License-Identifier: Apache-2.0
"""Record or replay a bag as a process: ``bag_tool.py record|replay PATH [SECONDS]``."""

import sys
from pathlib import Path

from simlingo_ros.bag_recorder import Recorder
from simlingo_ros.bag_replayer import Replayer
from simlingo_ros.spin import run_node

verb, path = sys.argv[1], Path(sys.argv[2])
duration_s = float(sys.argv[3]) if len(sys.argv) > 3 else None
if verb == 'record':
    sys.exit(
        run_node(
            lambda: Recorder(
                path,
                exclude=('/rosout', '/parameter_events', '/image'),
                duration_s=duration_s,
                at_most_hz={'/often': 5.0},
            )
        )
    )
sys.exit(run_node(lambda: Replayer(path, rate=5.0, start_delay_s=0.1, wait_for=('/plan',))))
