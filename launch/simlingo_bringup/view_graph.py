# SPDX-License-Identifier: Apache-2.0
"""What shows the stack: standard outputs for tools.

None of these nodes may stop the car: the graph goes on without them, and in real time the others
have the processor first.
"""

from __future__ import annotations

from simlingo_bringup.graph_parts import CAMERA, ROLE
from simlingo_bringup.specification import ArgumentSpec, Condition, NodeSpec, Restart

VIEW_ARGUMENTS = (
    ArgumentSpec(
        name='display',
        default=True,
        description='offer plan, markers and overlay in standard types (made while somebody '
        'listens)',
    ),
)

DISPLAY = NodeSpec(
    package='simlingo_view',
    module='simlingo_view.display',
    executable='display_node',
    name='display',
    config_class='simlingo_view.display.config:DisplayConfig',
    parameters=(ROLE, CAMERA),
    condition=Condition('display', (True,)),
    required=False,
    restart=Restart.ON_FAILURE,
    gives_way=Condition('lockstep', (False,)),
)
VIEW_NODES = (DISPLAY,)
