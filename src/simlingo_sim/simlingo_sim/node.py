# SPDX-License-Identifier: Apache-2.0
"""The simulator on ROS, with the CARLA bridge's names, types, frames, signs and QoS.

Per tick, in the bridge's order: status, clock, transforms, sensors, vehicle, lists, events
(carla_ros_interface §2.7, §8.2).
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from builtin_interfaces.msg import Time
from carla_msgs.msg import CarlaControl, CarlaEgoVehicleControl, CarlaWorldInfo
from rosgraph_msgs.msg import Clock
from std_msgs.msg import Bool, String

from simlingo_core.errors import StaleInputError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import Pose3
from simlingo_core.schedule import Schedule
from simlingo_core.types import VehicleCommand
from simlingo_ros import interfaces
from simlingo_ros.conversions import world as world_messages
from simlingo_ros.conversions.geometry import MAP_FRAME, path_to_message
from simlingo_ros.conversions.route import (
    LightBox,
    light_boxes_to_message,
    light_states_to_message,
    route_to_gnss_message,
    route_to_message,
)
from simlingo_ros.conversions.time import stamp_to_tick, tick_to_stamp
from simlingo_ros.conversions.vehicle import (
    VehicleStatus,
    ego_state_to_odometry,
    gnss_to_message,
    imu_to_message,
    message_to_command,
    speed_to_message,
    status_to_message,
)
from simlingo_ros.images import array_to_image
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.monitors import Level
from simlingo_ros.spin import run_node
from simlingo_ros.transforms import TransformBroadcaster, make_transform
from simlingo_sim.camera.specs import CameraSpec, top_camera, training_camera
from simlingo_sim.node_config import SimConfig
from simlingo_sim.session import Session
from simlingo_sim.state import TrafficLight

TOP_CAMERA = 'rgb_top'
WATCH_PERIOD_S = 0.05
# In real time a stack that says nothing for so long has died, and its last command with it.
SILENCE_LIMIT_TICKS = 10
COMMANDS_LINE = 'commands'
TRIGGER_HEIGHT_M = 3.0
TRIGGER_DEPTH_M = 4.0


class SimNode(StackNode[SimConfig]):
    """Moves the world and publishes what there is to see.

    In real time it ticks at 20 Hz and applies the newest command, or brakes when none has come for
    half a second.  In lockstep it publishes a frame, waits for the command with the frame's stamp
    and only then goes on; an unanswered frame is sent again, and after the limit the car brakes
    for one tick.  The first frame waits without limit.
    """

    def __init__(self) -> None:
        super().__init__('world', SimConfig)

    # ---- lifecycle ---------------------------------------------------------------------------

    def configure(self) -> None:
        """Stage the drive, render once (shaders compile), create all endpoints."""
        config = self.config
        self._session = Session(config)
        if config.has_camera:
            self._session.world.render(training_camera())
        self._schedule = Schedule(plan_period_ticks=config.plan_period_ticks)
        self._stack_commands, self._timeouts = 0, 0
        self._silent_ticks = 0
        self._is_paused, self._is_reported = False, False
        self._first_sent_s = self._last_sent_s = 0.0
        self._shown_lights: dict[int, int] = {}
        self._create_publishers()
        self._create_subscriptions()
        if config.lockstep:
            self.every(WATCH_PERIOD_S, self._watch, is_wall_time=True)
        else:
            self.every(TICK_PERIOD_S, self._advance_in_real_time, is_wall_time=True)

    def activate(self) -> None:
        """Publish what stays true, then the first frame."""
        self._publish_facts()
        self._publish_frame()

    def cleanup(self) -> None:
        """Release the world."""
        self._session.close()

    def _create_publishers(self) -> None:
        role, camera = self.config.role_name, self.config.camera_id
        table = {
            'status': interfaces.WORLD_STATUS,
            'clock': interfaces.CLOCK_TOPIC,
            'info': interfaces.WORLD_INFO,
            'map': interfaces.WORLD_MAP,
            'actors': interfaces.ACTOR_LIST,
            'light_info': interfaces.LIGHT_INFO,
            'lights': interfaces.LIGHT_STATUS,
            'odometry': interfaces.ODOMETRY,
            'imu': interfaces.IMU,
            'gnss': interfaces.GNSS,
            'speed': interfaces.SPEEDOMETER,
            'vehicle': interfaces.VEHICLE_STATUS,
            'vehicle_info': interfaces.VEHICLE_INFO,
            'route': interfaces.ROUTE,
            'gnss_route': interfaces.GNSS_ROUTE,
            'waypoints': interfaces.WAYPOINTS,
            'collision': interfaces.COLLISION,
            'crossing': interfaces.LANE_INVASION,
            'image': interfaces.IMAGE,
            'camera_info': interfaces.CAMERA_INFO,
        }
        self._out = {
            key: self.advertise(entry, role=role, camera=camera) for key, entry in table.items()
        }
        self._top = self.advertise(interfaces.IMAGE, role=role, camera=TOP_CAMERA)
        self._transforms = TransformBroadcaster(self)

    def _create_subscriptions(self) -> None:
        role = self.config.role_name
        self.listen(interfaces.CONTROL_COMMAND, self._on_stack_command, role=role, watch=False)
        self.listen(interfaces.MANUAL_COMMAND, self._on_manual_command, role=role)
        self.listen(interfaces.MANUAL_OVERRIDE, self._on_override, role=role, when_inactive=True)
        self.listen(interfaces.AUTOPILOT, self._on_autopilot, role=role, when_inactive=True)
        self.listen(interfaces.WORLD_CONTROL, self._on_world_control)

    # ---- who drives --------------------------------------------------------------------------

    def _on_stack_command(self, message: CarlaEgoVehicleControl) -> None:
        self._session.wheel.stack = message_to_command(message)
        self._stack_commands += 1
        if self._silent_ticks > SILENCE_LIMIT_TICKS:
            self.diagnostics.report(COMMANDS_LINE, Level.OK, 'commands come again')
        self._silent_ticks = 0
        if self.config.lockstep and not self._drives_itself:
            tick = stamp_to_tick(message.header.stamp)
            if tick == self._session.frame.tick and not self._is_paused:
                self._advance()

    def _on_manual_command(self, message: CarlaEgoVehicleControl) -> None:
        self._session.wheel.manual = message_to_command(message)

    def _on_override(self, message: Bool) -> None:
        self._session.wheel.is_overridden = message.data

    def _on_autopilot(self, message: Bool) -> None:
        self._session.wheel.is_autopilot = message.data

    def _on_world_control(self, message: CarlaControl) -> None:
        """Play, pause or step once; as on the bridge, in lockstep only."""
        if not self.config.lockstep:
            return
        self._is_paused = message.command != CarlaControl.PLAY
        if message.command == CarlaControl.STEP_ONCE:
            self._advance()

    @property
    def _drives_itself(self) -> bool:
        """Whether no command of the stack is waited for."""
        wheel = self._session.wheel
        return wheel.is_autopilot or wheel.is_overridden

    # ---- time --------------------------------------------------------------------------------

    def _advance(self) -> None:
        """Let one tick pass and publish what is there afterwards."""
        if self._session.is_over:
            self._finish()
            return
        self._session.advance()
        self._publish_frame()
        if self._session.is_over:
            self._finish()

    def _advance_in_real_time(self) -> None:
        """Let one tick pass; brake when the stack has fallen silent."""
        self._silent_ticks += 1
        if self._silent_ticks == SILENCE_LIMIT_TICKS + 1 and self._stack_commands:
            self._session.wheel.stack = VehicleCommand.full_brake()
            text = f'no command for {SILENCE_LIMIT_TICKS} ticks; the car brakes'
            self.diagnostics.report(COMMANDS_LINE, Level.ERROR, text)
            self.get_logger().error(text)
        self._advance()

    def _watch(self) -> None:
        """In lockstep: go on by itself, send an unanswered frame again, or brake."""
        now_s = time.monotonic()
        if self._session.is_over or self._is_paused:
            return
        if self._drives_itself:
            self._advance()
            return
        if now_s - self._last_sent_s < self.config.repeat_after_s:
            return
        if (
            self._stack_commands == 0
            or now_s - self._first_sent_s < self.config.command_wait_limit_s
        ):
            first_sent_s = self._first_sent_s
            self._publish_frame()
            self._first_sent_s = first_sent_s
            return
        tick = self._session.frame.tick
        self._timeouts += 1
        self._session.wheel.stack = VehicleCommand.full_brake()
        self._advance()
        raise StaleInputError(
            f'no command for tick {tick} within {self.config.command_wait_limit_s:g} s; '
            'the car braked for one tick'
        )

    def _finish(self) -> None:
        """Tell the result once; end the process in order if asked to."""
        if self._is_reported:
            return
        self._is_reported = True
        summary = self._session.summary() | {'command_timeouts': self._timeouts}
        if self.config.result_path:
            path = Path(self.config.result_path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(summary, indent=2) + '\n', encoding='utf-8')
        self.get_logger().info(f'drive over: {json.dumps(summary)}')
        self.diagnostics.report('drive', Level.OK, summary['status'])
        if self.config.ends_when_done:
            signal.raise_signal(signal.SIGTERM)

    # ---- what is published -------------------------------------------------------------------

    def _publish_facts(self) -> None:
        """Publish what does not change during the drive (latched)."""
        world, stamp = self._session.world, tick_to_stamp(self._session.frame.tick)
        opendrive = world.town.map.opendrive
        name = f'Carla/Maps/{world.town.name}'
        self._out['info'].publish(CarlaWorldInfo(map_name=name, opendrive=opendrive))
        self._out['map'].publish(String(data=opendrive))
        self._out['route'].publish(route_to_message(world.route, stamp))
        self._out['gnss_route'].publish(
            route_to_gnss_message(world.route, world.town.map.geo_reference, stamp)
        )
        self._out['waypoints'].publish(path_to_message(world.route.points_map_m, stamp))
        self._out['vehicle_info'].publish(world_messages.vehicle_info(self._sheet()))
        boxes = [_light_box(light) for light in world.town.traffic_lights]
        self._out['light_info'].publish(light_boxes_to_message(boxes))

    def _publish_frame(self) -> None:
        """Publish the frame of this tick, in the bridge's order."""
        session = self._session
        frame, role = session.frame, self.config.role_name
        stamp = tick_to_stamp(frame.tick)
        self._out['status'].publish(
            world_messages.world_status(frame.tick, is_lockstep=self.config.lockstep)
        )
        self._out['clock'].publish(Clock(clock=stamp))
        self._transforms.send([make_transform(MAP_FRAME, role, frame.ego.pose_map, stamp)])
        self._publish_image_if_due(stamp)
        self._out['imu'].publish(imu_to_message(frame.imu, stamp, f'{role}/imu'))
        self._out['gnss'].publish(gnss_to_message(frame.gnss, stamp, f'{role}/gnss'))
        self._out['speed'].publish(speed_to_message(frame.speedometer_mps))
        self._out['vehicle'].publish(status_to_message(self._vehicle_status()))
        self._publish_lists()
        self._publish_events(stamp)
        # It makes the stack answer: everything that the stack needs is on its way then.
        self._out['odometry'].publish(ego_state_to_odometry(frame.ego, role))
        self._publish_top_view(stamp)
        self._first_sent_s = self._last_sent_s = time.monotonic()

    def _publish_image_if_due(self, stamp: Time) -> None:
        is_due = self._schedule.is_planning_tick(self._session.frame.tick)
        if self.config.has_camera and (is_due or not self.config.lockstep):
            self._publish_image(training_camera(), self.config.camera_id, stamp)

    def _publish_image(self, camera: CameraSpec, camera_id: str, stamp: Time) -> None:
        role = self.config.role_name
        frame_id = f'{role}/{camera_id}'
        pose = camera.base_from_camera @ world_messages.BODY_FROM_OPTICAL
        self._transforms.send([make_transform(role, frame_id, pose, stamp)])
        image = self._session.world.render(camera)
        self._out['image'].publish(array_to_image(image, 'bgra8', stamp=stamp, frame_id=frame_id))
        self._out['camera_info'].publish(
            world_messages.camera_info(
                camera.width_px, camera.height_px, camera.fov_deg, stamp, frame_id
            )
        )

    def _publish_top_view(self, stamp: Time) -> None:
        """Publish the view for people, which the stack does not wait for."""
        config, tick = self.config, self._session.frame.tick
        period = config.top_view_period_ticks
        if period and tick % period == 0:
            image = self._session.world.render(top_camera())
            frame_id = f'{config.role_name}/{TOP_CAMERA}'
            self._top.publish(array_to_image(image, 'bgra8', stamp=stamp, frame_id=frame_id))

    def _publish_lists(self) -> None:
        """Publish the actors, and the lights when one has changed."""
        state = self._session.world.state
        actors = [
            world_messages.Actor(id=a.id, type_id=a.type_id, role=a.role)
            for a in (state.ego, *state.actors)
        ]
        lights = [
            world_messages.Actor(id=light, type_id='traffic.traffic_light', role='')
            for light in sorted(state.lights)
        ]
        self._out['actors'].publish(world_messages.actor_list([*actors, *lights]))
        shown = {light: int(value) for light, value in sorted(state.lights.items())}
        if shown != self._shown_lights:
            self._shown_lights = shown
            self._out['lights'].publish(light_states_to_message(shown))

    def _publish_events(self, stamp: Time) -> None:
        session, role = self._session, self.config.role_name
        heading = session.world.state.ego.pose_map.rotation[:, 0]
        momentum = -self._sheet().mass_kg * session.frame.ego.speed_mps * heading
        for event in session.events:
            self.get_logger().warn(f'{event.t_s:.2f} s: {event.message}')
            if event.kind.value.startswith('collisions'):
                self._out['collision'].publish(
                    world_messages.collision_event(
                        event.other_id, [*momentum, 0.0], stamp, f'{role}/collision'
                    )
                )
        if session.crossed_markings:
            self._out['crossing'].publish(
                world_messages.lane_invasion_event(
                    session.crossed_markings, stamp, f'{role}/lane_invasion'
                )
            )

    def _vehicle_status(self) -> VehicleStatus:
        ego = self._session.frame.ego
        return VehicleStatus(
            t_s=ego.t_s,
            speed_mps=abs(ego.speed_mps),
            acceleration_map_mps2=ego.pose_map.rotation @ ego.acceleration_base_mps2,
            orientation_map=Pose3(np.zeros(3), ego.pose_map.quaternion_xyzw),
            command=self._session.command,
        )

    def _sheet(self) -> world_messages.VehicleSheet:
        ego, vehicle = self._session.world.state.ego, self._session.world.config.vehicle
        return world_messages.VehicleSheet(
            id=ego.id,
            type_id=ego.type_id,
            role=ego.role,
            mass_kg=vehicle.mass_kg,
            wheelbase_m=vehicle.wheelbase_m,
            track_m=vehicle.width_m - 0.25,
            wheel_radius_m=0.335,
            wheel_angle_rad=vehicle.wheel_angle_rad,
            center_of_mass_m=np.array([0.0, 0.0, 0.45]),
        )


def _light_box(light: TrafficLight) -> LightBox:
    """Return where a light stands and the stretch of road before its stop line."""
    middle = light.stop_line_map_m.mean(axis=0)
    centre = light.pose_map.inverse_transform(middle)
    width_m = float(np.linalg.norm(light.stop_line_map_m[0] - light.stop_line_map_m[1]))
    return LightBox(
        id=light.id,
        pose_map=Pose3.from_planar(light.pose_map),
        trigger_center_m=np.array([centre[0], centre[1], TRIGGER_HEIGHT_M / 2.0]),
        trigger_size_m=np.array([TRIGGER_DEPTH_M, width_m, TRIGGER_HEIGHT_M]),
    )


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(SimNode, args)
