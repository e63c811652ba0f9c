# SPDX-License-Identifier: Apache-2.0
"""The live page as a ROS node; it subscribes only while somebody watches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from carla_msgs.msg import CarlaControl, CarlaEgoVehicleStatus, CarlaRoute
from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import Odometry
from sensor_msgs.msg import CameraInfo

from simlingo_msgs.msg import (
    Commentary,
    DrivingPlan,
    EpisodeChoices,
    Instruction,
    InstructionStatus,
    Observation,
    SafetyState,
)
from simlingo_ros import interfaces
from simlingo_ros.call_queue import CallQueue
from simlingo_ros.conversions import (
    message_to_commentary,
    message_to_instruction_status,
    message_to_observation,
    message_to_plan,
    message_to_route,
    message_to_safety_state,
    message_to_status,
    odometry_to_ego_state,
)
from simlingo_ros.conversions.language import instruction_seen
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.listener import Listener
from simlingo_ros.monitors import Level
from simlingo_ros.spin import run_node
from simlingo_ros.stack_client import WORLD_ACTIONS, StackClient
from simlingo_view.page.access import Access
from simlingo_view.page.cameras import PageCameras
from simlingo_view.page.config import PageConfig
from simlingo_view.page.feed import PageFeed
from simlingo_view.page.gateway import Gateway
from simlingo_view.page.requests_to_stack import StackRequests
from simlingo_view.page.server import PageServer
from simlingo_view.page.watched_topics import WatchedTopics

STATE_PERIOD_S, DIAGNOSTICS_PERIOD_S = 0.1, 1.0
WATCHERS = 'watchers'
_ACTION_NAMES = {number: name for name, number in WORLD_ACTIONS.items()}


class PageNode(StackNode[PageConfig]):
    """Converts messages for ``PageFeed``, and requests of browsers for the stack."""

    def __init__(self) -> None:
        super().__init__('page', PageConfig)

    # ---- lifecycle ---------------------------------------------------------------------------

    def configure(self) -> None:
        """Open the server and create all endpoints; those that cost something stay closed."""
        config = self.config
        self._watchers = 0
        self._calls = CallQueue(self, lambda: self.is_active)
        self._client = StackClient(self)
        self._own_entities += [self._calls.destroy, self._client.destroy]
        gateway = Gateway(StackRequests(self._client), self._calls.call_later)
        self._server = PageServer(
            Access(config.host, config.token),
            config.host,
            config.port,
            gateway.submit,
            lambda count: self._calls.call_later(lambda: self._on_watchers(count)),
        )
        self._feed = PageFeed(config, self._server.publish)
        self._feed.greet(role=config.role_name, is_lockstep=config.lockstep)
        self.listen(interfaces.INSTRUCTION, self._on_instruction)
        self.listen(interfaces.INSTRUCTION_STATUS, self._on_instruction_status)
        self.listen(interfaces.WORLD_CONTROL, self._on_world_control)
        timers = (
            self.every(STATE_PERIOD_S, self._send_state, is_wall_time=True),
            self.every(DIAGNOSTICS_PERIOD_S, self._send_diagnostics, is_wall_time=True),
        )
        self._cameras = PageCameras(self, self._feed)
        self._watched = WatchedTopics(
            self, self._listen_while_watched(), self._cameras.listeners, timers
        )

    def activate(self) -> None:
        """Say where the page is."""
        self.get_logger().info(f'the live page is at {self._server.url}')
        self.diagnostics.report(WATCHERS, Level.OK, '0 watchers')

    def cleanup(self) -> None:
        """Close the server."""
        self._server.close()

    def _listen_while_watched(self) -> list[Listener]:
        role, camera = self.config.role_name, self.config.camera_id
        entries: tuple[tuple[interfaces.Interface, Any], ...] = (
            (interfaces.ODOMETRY, self._on_odometry),
            (interfaces.VEHICLE_STATUS, self._on_vehicle_status),
            (interfaces.ROUTE, self._on_route),
            (interfaces.EPISODE_CHOICES, self._on_choices),
            (interfaces.OBSERVATION, self._on_observation),
            (interfaces.PLAN, self._on_plan),
            (interfaces.COMMENTARY, self._on_commentary),
            (interfaces.SAFETY_STATE, self._on_safety),
            (interfaces.DIAGNOSTICS, self._on_diagnostics),
        )
        self._camera_info = self.listen(
            interfaces.CAMERA_INFO, self._on_camera_info, role=role, camera=camera, watch=False
        )
        return [
            self._camera_info,
            *(
                self.listen(interface, callback, role=role, watch=False)
                for interface, callback in entries
            ),
        ]

    def _on_watchers(self, count: int) -> None:
        """Open the subscriptions for the first watcher, close them after the last."""
        if count and not self._watchers:
            self._watched.open()
        elif self._watchers and not count:
            self._watched.close()
            self._feed.pause()
        self._watchers = count
        self.diagnostics.report(
            WATCHERS, Level.OK, f'{count} watch' if count else 'nobody watches'
        )

    def _send_state(self) -> None:
        self._feed.send_state(is_listened_to=self._client.is_listened_to)

    def _send_diagnostics(self) -> None:
        self._feed.send_diagnostics()
        self._watched.choose_images()

    # ---- messages ----------------------------------------------------------------------------

    def _on_camera_info(self, message: CameraInfo) -> None:
        self._feed.set_focal_length(float(message.k[0]), message.width)
        # It comes with every image and stays the same: once is enough until the next episode.
        self._calls.call_later(self._camera_info.destroy)

    def _on_odometry(self, message: Odometry) -> None:
        self._feed.add_ego(odometry_to_ego_state(message))

    def _on_vehicle_status(self, message: CarlaEgoVehicleStatus) -> None:
        self._feed.add_command(message_to_status(message).command)

    def _on_route(self, message: CarlaRoute) -> None:
        self._feed.add_route(message_to_route(message))
        self._camera_info.resume()

    def _on_choices(self, message: EpisodeChoices) -> None:
        names = ('route', 'situations', 'seed', 'known_routes', 'known_situations')
        self._feed.add_choices(*(getattr(message, name) for name in names))

    def _on_observation(self, message: Observation) -> None:
        self._feed.add_observation(message_to_observation(message))

    def _on_plan(self, message: DrivingPlan) -> None:
        self._feed.add_plan(message_to_plan(message))

    def _on_commentary(self, message: Commentary) -> None:
        self._feed.add_commentary(message_to_commentary(message))

    def _on_instruction(self, message: Instruction) -> None:
        if (instruction := instruction_seen(message)) is not None:
            self._feed.add_instruction(instruction)

    def _on_instruction_status(self, message: InstructionStatus) -> None:
        self._feed.add_status(message_to_instruction_status(message))

    def _on_safety(self, message: SafetyState) -> None:
        self._feed.add_safety(message_to_safety_state(message))

    def _on_world_control(self, message: CarlaControl) -> None:
        self._feed.add_world_action(_ACTION_NAMES.get(message.command, 'pause'))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            self._feed.add_diagnostics(status.name, ord(status.level), status.message)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(PageNode, args)
