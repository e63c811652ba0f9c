# SPDX-License-Identifier: Apache-2.0
"""A graph as a launch description, for ``ros2 launch``.

Nothing is decided here: ``resolution`` says which nodes there are, this file only writes them
down as launch actions.  Imported by launch files alone, since only a ROS installation has
``launch`` and ``launch_ros``.
"""

from __future__ import annotations

from typing import Any

from launch.actions import DeclareLaunchArgument, OpaqueFunction, Shutdown
from launch.launch_context import LaunchContext
from launch.launch_description import LaunchDescription
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from simlingo_bringup.policy import RESTART_DELAY_S
from simlingo_bringup.resolution import ResolvedNode, resolve
from simlingo_bringup.specification import ArgumentSpec, Graph, Restart


def describe(graph: Graph) -> LaunchDescription:
    """Return the launch description of a graph."""
    declared = [declare(argument) for argument in graph.arguments]
    return LaunchDescription([*declared, OpaqueFunction(function=start, args=[graph])])


def declare(argument: ArgumentSpec) -> DeclareLaunchArgument:
    """Return the declaration of one argument."""
    choices = {'choices': list(argument.choices)} if argument.choices else {}
    return DeclareLaunchArgument(
        argument.name,
        default_value=argument.default_text,
        description=argument.description,
        **choices,
    )


def start(context: LaunchContext, graph: Graph) -> list[Any]:
    """Return the actions that start the nodes, given the arguments' values."""
    values = {a.name: LaunchConfiguration(a.name).perform(context) for a in graph.arguments}
    return [to_action(node) for node in resolve(graph, values)]


def to_action(node: ResolvedNode) -> Node:
    """Return the action that starts one node."""
    is_respawned = node.restart is Restart.ON_FAILURE
    ends_graph = node.required and not is_respawned
    return Node(
        package=node.package,
        executable=node.executable,
        name=node.name,
        namespace=node.namespace,
        parameters=[{key: fix_type(value) for key, value in node.parameters.items()}],
        remappings=list(node.remaps),
        ros_arguments=['--log-level', node.log_level],
        additional_env=dict(node.environment),
        prefix=' '.join(node.prefix) or None,
        output='screen',
        respawn=is_respawned,
        respawn_delay=RESTART_DELAY_S,
        on_exit=[Shutdown(reason=f'{node.name} has ended')] if ends_graph else None,
    )


def fix_type(value: Any) -> Any:
    """Keep a text a text: launch would otherwise read '1' as a number."""
    if isinstance(value, str):
        return ParameterValue(value, value_type=str)
    return list(value) if isinstance(value, tuple) else value
