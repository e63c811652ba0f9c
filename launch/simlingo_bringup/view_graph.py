# SPDX-License-Identifier: Apache-2.0
"""What shows the stack: standard outputs, the live page, Foxglove and rviz.

None of these nodes may stop the car: the graph goes on without them, and in real time the others
have the processor first.
"""

from __future__ import annotations

from simlingo_bringup.graph_parts import CAMERA, IN_REAL_TIME, ROLE
from simlingo_bringup.specification import (
    Argument,
    ArgumentSpec,
    Computed,
    Condition,
    NodeSpec,
    Readiness,
    Restart,
    Unless,
)

VIEW_ARGUMENTS = (
    ArgumentSpec(
        name='display',
        default=True,
        description='offer plan, markers and overlay in standard types (made while somebody '
        'listens)',
    ),
    ArgumentSpec(name='rviz', default=False, description='start rviz2 (needs a ROS installation)'),
    ArgumentSpec(
        name='foxglove',
        default=False,
        description='serve live topics for Foxglove (needs foxglove-sdk)',
    ),
    ArgumentSpec(
        name='foxglove_port', default=8765, description='port for Foxglove; 0: any free one'
    ),
)
PAGE_ARGUMENTS = (
    ArgumentSpec(name='page', default=False, description='serve the live page'),
    ArgumentSpec(
        name='page_host',
        default='127.0.0.1',
        description='address the page listens on; any other than this machine needs a token, '
        'which the log shows',
    ),
    ArgumentSpec(name='page_port', default=8080, description='port of the page; 0: any free one'),
    ArgumentSpec(
        name='ends_when_done',
        default='auto',
        description='end with the episode; auto: unless there is a page, where another can be '
        'begun',
        choices=('auto', 'true', 'false'),
    ),
)
_IS_ONE_EPISODE = Unless('ends_when_done', 'page')
ENDS_WHEN_DONE = ('ends_when_done', _IS_ONE_EPISODE)
# An episode whose world has died is lost; where another can be begun, it begins anew.
RESTARTS_WITH_PAGE = Computed(
    lambda arguments: Restart.NEVER if _IS_ONE_EPISODE.evaluate(arguments) else Restart.ON_FAILURE
)
# They go by the stamps of what they show; following /clock would wake them with every tick.
WALL_TIME = ('use_sim_time', False)

DISPLAY = NodeSpec(
    package='simlingo_view',
    module='simlingo_view.display',
    executable='display_node',
    name='display',
    config_class='simlingo_view.display.config:DisplayConfig',
    parameters=(ROLE, CAMERA, WALL_TIME),
    condition=Condition('display', (True,)),
    required=False,
    restart=Restart.ON_FAILURE,
    gives_way=IN_REAL_TIME,
)
PAGE = NodeSpec(
    package='simlingo_view',
    module='simlingo_view.page',
    executable='page_node',
    name='page',
    config_class='simlingo_view.page.config:PageConfig',
    parameters=(
        ROLE,
        CAMERA,
        WALL_TIME,
        ('lockstep', Argument('lockstep')),
        ('host', '{page_host}'),
        ('port', Argument('page_port')),
    ),
    condition=Condition('page', (True,)),
    required=False,
    restart=Restart.ON_FAILURE,
    gives_way=IN_REAL_TIME,
)
FOXGLOVE = NodeSpec(
    package='simlingo_view',
    module='simlingo_view.foxglove_server',
    executable='foxglove_node',
    name='foxglove',
    config_class='simlingo_view.foxglove_server.config:FoxgloveConfig',
    parameters=(ROLE, CAMERA, ('port', Argument('foxglove_port'))),
    condition=Condition('foxglove', (True,)),
    required=False,
    gives_way=IN_REAL_TIME,
)
RVIZ = NodeSpec(
    package='simlingo_bringup',
    module='simlingo_bringup.rviz',
    executable='rviz_viewer',
    name='rviz',
    config_class='simlingo_bringup.rviz.config:RvizConfig',
    # Where rviz2 publishes a goal, and where CARLA's waypoint publisher expects it.
    remaps=(('/goal_pose', '/carla/{role_name}/goal'),),
    condition=Condition('rviz', (True,)),
    required=False,
    readiness=Readiness.RUNNING,
    gives_way=IN_REAL_TIME,
)
VIEW_NODES = (DISPLAY, PAGE, FOXGLOVE, RVIZ)
