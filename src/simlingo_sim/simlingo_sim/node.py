# SPDX-License-Identifier: Apache-2.0
"""The simulator as a ROS node with the interface of the CARLA bridge."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Sequence
from typing import Any

from carla_msgs.msg import CarlaControl, CarlaEgoVehicleControl

from simlingo_core.errors import SimlingoError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.types import VehicleCommand
from simlingo_msgs.srv import StartEpisode
from simlingo_ros import interfaces
from simlingo_ros.conversions.time import stamp_to_tick
from simlingo_ros.conversions.vehicle import message_to_command
from simlingo_ros.endpoints import wait_for_listener
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.monitors import Level
from simlingo_ros.route_requests import answer_route_requests
from simlingo_ros.spin import run_node
from simlingo_sim.camera.specs import training_camera
from simlingo_sim.carla_tools.attachment import CarlaTools
from simlingo_sim.command_watchdog import SILENCE_LIMIT_TICKS, CommandWatchdog
from simlingo_sim.config import SimConfig
from simlingo_sim.episode_director import EpisodeDirector
from simlingo_sim.lockstep import Lockstep, LockstepAction
from simlingo_sim.session import Session
from simlingo_sim.world_messages import WorldMessages
from simlingo_sim.world_outputs import WorldOutputs, command_qos, small_topics

COMMANDS_LINE, EPISODE_LINE = 'commands', 'episode'


class SimNode(StackNode[SimConfig]):
    """Advances the world and publishes its frames.

    In real time it ticks at 20 Hz and applies the newest command, or brakes when none has come for
    half a second (``command_watchdog.py``).  In lockstep each tick waits for the command with the
    stamp of its frame (``lockstep.py``).
    """

    def __init__(self) -> None:
        super().__init__('world', SimConfig)

    # ---- lifecycle ---------------------------------------------------------------------------

    def configure(self) -> None:
        """Stage the episode, render once so that shaders compile, create all endpoints."""
        self._director = EpisodeDirector(self.config)
        self._prepare_episode()
        self._outputs = WorldOutputs(self)
        self._create_subscriptions()
        tick = self._poll_lockstep if self.config.lockstep else self._advance_in_real_time
        self.every(TICK_PERIOD_S, tick, is_wall_time=True)

    def _prepare_episode(self) -> None:
        config, self._session = self._director.config, self._director.session
        if config.has_camera:
            self._session.world.render(training_camera())
        self._messages = WorldMessages(config, self._session)
        self._lockstep = Lockstep(config.repeat_after_s, config.command_wait_limit_s)
        self._watchdog, self._is_reported = CommandWatchdog(), False

    def activate(self) -> None:
        """Wait for who must miss nothing; publish the latched topics, then the first frame."""
        config = self.config
        topics, who, limit_s = small_topics(config), config.waits_for, config.waits_for_limit_s
        if who and wait_for_listener(self, topics, who, limit_s):
            self.get_logger().info(f'begins without {who} after {limit_s:g} s')
        self._begin()

    def _begin(self) -> None:
        self._outputs.publish(self._messages.of_episode())
        self._publish_frame()

    def cleanup(self) -> None:
        """Release the world."""
        self._tools.close()
        self._session.close()

    def _create_subscriptions(self) -> None:
        role = self.config.role_name
        take, qos = self._on_stack_command, command_qos(self.config)
        self.listen(interfaces.CONTROL_COMMAND, take, role=role, qos=qos, watch=False)
        self.listen(interfaces.WORLD_CONTROL, self._on_world_control)
        self.serve(interfaces.START_EPISODE, self._on_start_episode)
        answer_route_requests(self, self._find, self._outputs.publish)
        self._tools = CarlaTools(self, self._find, self._outputs.publish, self._note_command)

    def _find(self) -> tuple[Session, WorldMessages]:
        return self._session, self._messages

    # ---- commands ----------------------------------------------------------------------------

    def _on_stack_command(self, message: CarlaEgoVehicleControl) -> None:
        authority = self._session.authority
        authority.stack_command = message_to_command(message)
        self._note_command()
        if self.config.lockstep and authority.is_stack:
            tick = stamp_to_tick(message.header.stamp)
            if self._lockstep.is_answer(tick, self._session.frame.tick):
                self._advance()

    def _note_command(self) -> None:
        self._lockstep.note_command()
        if self._watchdog.note_command():
            self.diagnostics.report(COMMANDS_LINE, Level.OK, 'commands come again')

    def _on_world_control(self, message: CarlaControl) -> None:
        """Play, pause or advance one tick; as on the bridge, in lockstep only."""
        if not self.config.lockstep:
            return
        self._lockstep.is_paused = message.command != CarlaControl.PLAY
        if message.command == CarlaControl.STEP_ONCE:
            self._advance()

    def _on_start_episode(self, request: StartEpisode.Request, response: Any) -> Any:
        """Begin another episode; the stack sees time jump back."""
        try:
            self._director.start(request.route, request.situation, request.seed)
            response.success = True
        except SimlingoError as error:
            response.reason = str(error)
        if self._director.session is not self._session:
            self._prepare_episode()
            self._begin()
        return response

    # ---- ticks -------------------------------------------------------------------------------

    def _advance(self) -> None:
        """Advance one tick and publish the frame, unless the episode is over."""
        if not self._session.is_over:
            self._session.advance()
            for event in self._session.events:
                self.get_logger().warn(f'{event.t_s:.2f} s: {event.message}')
            self._publish_frame()
        if self._session.is_over:
            self._finish()

    def _advance_in_real_time(self) -> None:
        """Advance one tick; brake when the stack has stopped sending commands."""
        self._tools.before_tick()
        if self._watchdog.tick():
            self._session.authority.stack_command = VehicleCommand.full_brake()
            text = f'no command for {SILENCE_LIMIT_TICKS} ticks; the car brakes'
            self.diagnostics.report(COMMANDS_LINE, Level.ERROR, text)
            self.get_logger().error(text)
        self._advance()

    def _poll_lockstep(self) -> None:
        """Advance, repeat the frame or brake while no command comes.

        Raises:
            StaleInputError: no command has come in time; the car braked for one tick.
        """
        if self._session.is_over:
            return
        awaits_command = self._session.authority.is_stack
        action = self._lockstep.poll(time.monotonic(), awaits_command=awaits_command)
        if action is LockstepAction.ADVANCE:
            self._advance()
        elif action is LockstepAction.REPEAT_FRAME:
            self._publish_frame(is_repeated=True)
        elif action is LockstepAction.BRAKE:
            error = self._lockstep.late_error(self._session.frame.tick)
            self._session.authority.stack_command = VehicleCommand.full_brake()
            self._advance()
            raise error

    def _publish_frame(self, *, is_repeated: bool = False) -> None:
        self._outputs.publish_frame(self._messages.of_frame())
        if not is_repeated:
            self._tools.publish_frame()
        self._lockstep.note_frame(time.monotonic(), is_repeated=is_repeated)

    def _finish(self) -> None:
        """Report the result once; end the process if configured so."""
        if self._is_reported:
            return
        self._is_reported = True
        summary = self._director.finish({'command_timeouts': self._lockstep.timeouts})
        self.get_logger().info(f'episode over: {json.dumps(summary)}')
        self.diagnostics.report(EPISODE_LINE, Level.OK, summary['status'])
        if self.config.ends_when_done:
            signal.raise_signal(signal.SIGTERM)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(SimNode, args)
