# SPDX-License-Identifier: Apache-2.0
"""Everything that tools of CARLA attach to, on the node of the embedded world."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import shapely

from simlingo_core.errors import SimlingoError
from simlingo_ros import interfaces
from simlingo_ros.conversions import carla_tools as conversions
from simlingo_ros.conversions.objects import (
    RoadUser,
    objects_to_message,
    outlines_to_markers,
    users_to_markers,
)
from simlingo_ros.conversions.time import tick_to_stamp
from simlingo_ros.conversions.vehicle import message_to_command
from simlingo_ros.lifecycle import StackNode
from simlingo_sim.carla_tools.drive_commands import AckermannDriver, twist_command
from simlingo_sim.carla_tools.road_users import RoadUserTracker
from simlingo_sim.carla_tools.sensor_messages import TF_KEY, messages_of, topics_of
from simlingo_sim.carla_tools.spawned import SpawnedSensor, SpawnRegistry, blueprints
from simlingo_sim.config import SimConfig
from simlingo_sim.session import Session
from simlingo_sim.weather import Weather
from simlingo_sim.world_messages import WorldMessages
from simlingo_sim.worlds import EMBEDDED

HANDED_OVER = {'is_overridden': interfaces.MANUAL_OVERRIDE, 'is_autopilot': interfaces.AUTOPILOT}


class CarlaTools:
    """Publishes objects, markers and spawned sensors; answers services; takes commands of tools.

    Args:
        node: of the world; its configuration has role name and camera.
        find: returns the session that runs, and what makes its messages.
        publish: publishes messages of the world by their keys.
        note_command: called with every command.
    """

    def __init__(
        self,
        node: StackNode[SimConfig],
        find: Callable[[], tuple[Session, WorldMessages]],
        publish: Callable[[Any], None],
        note_command: Callable[[], None],
    ) -> None:
        self._node, self._find, self._publish = node, find, publish
        self._config = config = node.config
        self._note_command = note_command
        self._role = config.role_name
        self._tracker = RoadUserTracker()
        self._registry = SpawnRegistry(config.role_name, config.camera_id)
        self._sensor_topics: dict[int, dict[str, Any]] = {}
        self._ackermann = AckermannDriver(find()[0].world.config.vehicle)
        role = self._role
        self._objects = node.advertise(interfaces.OBJECTS)
        self._ego_objects = node.advertise(interfaces.EGO_OBJECTS, role=role)
        self._markers = node.advertise(interfaces.WORLD_MARKERS)
        self._static_markers = node.advertise(interfaces.STATIC_MARKERS)
        self._shown: Session | None = None
        self._listen(role)
        answers = [
            (interfaces.GET_WAYPOINT, self._on_waypoint),
            (interfaces.GET_ACTOR_WAYPOINT, self._on_actor_waypoint),
        ]
        if config.world == EMBEDDED:
            answers += [
                (interfaces.SPAWN_OBJECT, self._on_spawn),
                (interfaces.DESTROY_OBJECT, self._on_destroy),
                (interfaces.GET_BLUEPRINTS, self._on_blueprints),
            ]
        for interface, answer in answers:
            node.serve(interface, answer, role=role)

    def _listen(self, role: str) -> None:
        changes = (
            (interfaces.WEATHER_CONTROL, self._on_weather),
            (interfaces.GOAL, self._on_goal),
            (interfaces.INITIAL_POSE, self._on_place),
            (interfaces.SET_TRANSFORM, self._on_place),
            (interfaces.SET_TARGET_VELOCITY, self._on_velocity),
        )
        # A server is changed by its own tools.
        for interface, take in changes if self._config.world == EMBEDDED else ():
            self._node.listen(interface, take, role=role)
        # Only the newest counts (``world_outputs.command_qos``).
        listen = partial(self._node.listen, role=role, qos=interfaces.NEWEST)
        listen(interfaces.MANUAL_COMMAND, self._on_manual_command)
        for name, interface in HANDED_OVER.items():
            take = partial(self._hand_over, name)
            self._node.listen(interface, take, role=role, when_inactive=True)
        if not self._config.lockstep:
            # Neither has a stamp, and in lockstep a command belongs to one frame.
            listen(interfaces.ACKERMANN_COMMAND, self._on_ackermann)
            listen(interfaces.TWIST_COMMAND, self._on_twist)

    # ---- each tick ---------------------------------------------------------------------------

    def before_tick(self) -> None:
        """Hand over the command of an Ackermann target, if there is one."""
        session = self._find()[0]
        command = self._ackermann.step(session.frame.ego.speed_mps)
        if command is not None:
            session.authority.stack_command = command
            self._note_command()

    def close(self) -> None:
        """Take all spawned sensors away."""
        for ident in tuple(self._registry.sensors):
            self._remove(ident)

    def publish_frame(self) -> None:
        """Publish what somebody listens to, of this tick."""
        stamp = tick_to_stamp(self._find()[0].frame.tick)
        if self._objects.get_subscription_count():
            self._objects.publish(objects_to_message(self._users(), stamp))
        if self._ego_objects.get_subscription_count():
            self._ego_objects.publish(self._around())
        if self._markers.get_subscription_count():
            self._markers.publish(users_to_markers(self._users(), stamp))
        self._publish_scenery(stamp)
        for sensor in tuple(self._registry.sensors.values()):
            self._publish_sensor(sensor)

    def _publish_scenery(self, stamp: Any) -> None:
        """Publish once an episode what does not move."""
        session = self._find()[0]
        if session is not self._shown and self._config.world == EMBEDDED:
            outlines = [shapely.get_coordinates(area)[:-1] for area in session.world.scenery]
            self._static_markers.publish(outlines_to_markers(outlines, stamp))
            self._shown = session

    def _publish_sensor(self, sensor: SpawnedSensor) -> None:
        session, topics = self._find()[0], self._sensor_topics[sensor.id]
        is_wanted = any(topic.get_subscription_count() for topic in topics.values())
        if not is_wanted or session.frame.tick % sensor.period_ticks:
            return
        for key, message in messages_of(sensor, session, self._role, self._around):
            if key == TF_KEY:
                self._publish([(key, message)])
            else:
                topics[key].publish(message)

    def _users(self) -> tuple[RoadUser, ...]:
        return self._tracker.update(self._find()[0].world.state)

    def _around(self) -> Any:
        """Return the objects without the car."""
        stamp = tick_to_stamp(self._find()[0].frame.tick)
        return objects_to_message(self._users()[1:], stamp)

    # ---- what changes the world --------------------------------------------------------------

    def _on_weather(self, message: Any) -> None:
        values = conversions.message_to_weather(message)
        self._find()[0].world.set_weather(Weather(**values))

    def _on_goal(self, message: Any) -> None:
        session, messages = self._find()
        session.drive_to(conversions.message_to_goal(message))
        self._publish(messages.of_route())
        length_m = session.world.route.length_m
        self._node.get_logger().info(f'a goal: the new route is {length_m:.0f} m')

    def _on_place(self, message: Any) -> None:
        session, messages = self._find()
        session.put(conversions.message_to_place(message))
        self._publish(messages.of_route())

    def _on_velocity(self, message: Any) -> None:
        session = self._find()[0]
        if not session.authority.is_overridden:
            session.world.set_speed(conversions.message_to_twist(message)[0])

    def _on_manual_command(self, message: Any) -> None:
        self._find()[0].authority.manual_command = message_to_command(message)

    def _hand_over(self, name: str, message: Any) -> None:
        setattr(self._find()[0].authority, name, message.data)

    def _on_ackermann(self, message: Any) -> None:
        self._ackermann.take(conversions.message_to_ackermann(message))

    def _on_twist(self, message: Any) -> None:
        session = self._find()[0]
        linear_x, angular_z = conversions.message_to_twist(message)
        vehicle = session.world.config.vehicle
        session.authority.stack_command = twist_command(linear_x, angular_z, vehicle)
        self._note_command()

    # ---- services ----------------------------------------------------------------------------

    def _on_spawn(self, request: Any, response: Any) -> Any:
        try:
            response.id = self._registry.spawn(conversions.message_to_spawn_request(request))
        except SimlingoError as error:
            response.id, response.error_string = -1, str(error)
            return response
        sensor = self._registry.sensors.get(response.id)
        if sensor is not None:
            self._sensor_topics[sensor.id] = {
                key: self._node.open_publisher(interface, role=self._role)
                for key, interface in topics_of(sensor).items()
            }
        return response

    def _on_destroy(self, request: Any, response: Any) -> Any:
        response.success = self._remove(request.id)
        return response

    def _remove(self, ident: int) -> bool:
        """Take a sensor away; return whether there was one."""
        sensor = self._registry.destroy(ident)
        if sensor is None:
            return False
        for topic in self._sensor_topics.pop(sensor.id).values():
            self._node.destroy_lifecycle_publisher(topic)
        return True

    def _on_blueprints(self, request: Any, response: Any) -> Any:
        response.blueprints = blueprints(request.filter)
        return response

    def _on_waypoint(self, request: Any, response: Any) -> Any:
        try:
            place = conversions.message_to_point(request.location)
            response.waypoint = self._waypoint(float(place[0]), float(place[1]))
        except SimlingoError as error:
            self._node.get_logger().warning(f'get_waypoint: {error}')
        return response

    def _on_actor_waypoint(self, request: Any, response: Any) -> Any:
        state = self._find()[0].world.state
        for actor in (state.ego, *state.actors):
            if actor.id == request.id:
                response.waypoint = self._waypoint(actor.pose_map.x_m, actor.pose_map.y_m)
                return response
        self._node.get_logger().warning(f'get_actor_waypoint: there is no actor {request.id}')
        return response

    def _waypoint(self, x_m: float, y_m: float) -> Any:
        point = self._find()[0].world.town.map.lane_point(x_m, y_m)
        return conversions.waypoint_to_message(
            point.pose_map, point.lane_key, is_junction=point.is_junction
        )
