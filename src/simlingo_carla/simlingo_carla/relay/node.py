# SPDX-License-Identifier: Apache-2.0
"""Beside CARLA's native output: odometry, speed, status, map and route out, commands in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from builtin_interfaces.msg import Time
from carla_msgs.msg import CarlaEgoVehicleControl
from geometry_msgs.msg import PoseStamped

from simlingo_carla.relay.config import RelayConfig
from simlingo_carla.relay.core import Moment, RelayCore
from simlingo_core.errors import WorldError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import Pose3
from simlingo_core.route import Route
from simlingo_ros import interfaces
from simlingo_ros.conversions import world as conversions
from simlingo_ros.conversions.carla_tools import message_to_goal
from simlingo_ros.conversions.geometry import MAP_FRAME, path_to_message
from simlingo_ros.conversions.route import route_to_gnss_message, route_to_message
from simlingo_ros.conversions.time import seconds_to_stamp
from simlingo_ros.conversions.vehicle import (
    VehicleStatus,
    ego_state_to_odometry,
    message_to_command,
    speed_to_message,
    status_to_message,
)
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.monitors import Level
from simlingo_ros.spin import run_node
from simlingo_ros.transforms import TransformBroadcaster, make_transform

CONTROL_LINE = 'control'
IGNORED = (
    'the server ignores the commands sent over ROS (CARLA issue 9408); they are applied through '
    'its Python client'
)


class CarlaRelayNode(StackNode[RelayConfig]):
    """Publishes what the native output lacks; ``RelayCore`` talks to the server."""

    def __init__(self) -> None:
        super().__init__('carla_relay', RelayConfig)

    def configure(self) -> None:
        """Connect, create all endpoints, tick from activation on."""
        role = self.config.role_name
        self._core, self._is_relaying = RelayCore(self.config), False
        self._core.open()
        self._status = self.advertise(interfaces.VEHICLE_STATUS, role=role)
        self._speed = self.advertise(interfaces.SPEEDOMETER, role=role)
        self._info = self.advertise(interfaces.WORLD_INFO)
        self._route = self.advertise(interfaces.ROUTE, role=role)
        self._gnss_route = self.advertise(interfaces.GNSS_ROUTE, role=role)
        self._waypoints = self.advertise(interfaces.WAYPOINTS, role=role)
        self._odometry = (
            self.advertise(interfaces.ODOMETRY, role=role) if self.config.has_odometry else None
        )
        self._transforms = TransformBroadcaster(self)
        # Only the newest counts: with one message a tick a longer queue that is full stays full.
        command, newest = interfaces.CONTROL_COMMAND, interfaces.NEWEST
        self.listen(command, self._on_command, role=role, qos=newest, watch=False)
        self.listen(interfaces.GOAL, self._on_goal, role=role)
        self.every(TICK_PERIOD_S, self._advance, is_wall_time=True)

    def activate(self) -> None:
        """Publish the map, and the route if there is one."""
        self._publish_world()

    def cleanup(self) -> None:
        """Leave the server as it was."""
        self._core.close()

    def _on_command(self, message: CarlaEgoVehicleControl) -> None:
        self._core.take_command(message_to_command(message))

    def _on_goal(self, message: PoseStamped) -> None:
        route = self._core.drive_to(message_to_goal(message))
        self._publish_route(route)
        self.get_logger().info(f'a goal: the new route is {route.length_m:.0f} m')

    def _advance(self) -> None:
        """Tick and publish; after a failure connect anew."""
        if not self._core.is_open:
            self._core.open()
            self._publish_world()
        try:
            moment = self._core.advance()
        except WorldError:
            self._core.close()
            raise
        if moment is not None:
            self._publish(moment)
        if self._core.applies_commands and not self._is_relaying:
            self._is_relaying = True
            self.get_logger().warning(IGNORED)
            self.diagnostics.report(CONTROL_LINE, Level.WARN, IGNORED)

    def _publish(self, moment: Moment) -> None:
        ego, role = moment.ego, self.config.role_name
        stamp = seconds_to_stamp(ego.t_s)
        self._transforms.send([make_transform(MAP_FRAME, role, ego.pose_map, stamp)])
        self._speed.publish(speed_to_message(ego.speed_mps))
        status = VehicleStatus(
            t_s=ego.t_s,
            speed_mps=abs(ego.speed_mps),
            acceleration_map_mps2=ego.pose_map.rotation @ ego.acceleration_base_mps2,
            orientation_map=Pose3(np.zeros(3), ego.pose_map.quaternion_xyzw),
            command=moment.command,
        )
        self._status.publish(status_to_message(status))
        if self._odometry is not None:
            self._odometry.publish(ego_state_to_odometry(ego, role))

    def _publish_world(self) -> None:
        self._info.publish(conversions.world_info(self._core.town, self._core.opendrive))
        if self._core.route is not None:
            self._publish_route(self._core.route)

    def _publish_route(self, route: Route) -> None:
        stamp = Time()
        self._route.publish(route_to_message(route, stamp))
        self._gnss_route.publish(route_to_gnss_message(route, self._core.reference, stamp))
        self._waypoints.publish(path_to_message(route.points_map_m, stamp))


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(CarlaRelayNode, args)
