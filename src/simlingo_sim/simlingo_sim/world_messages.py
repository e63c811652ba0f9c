# SPDX-License-Identifier: Apache-2.0
"""Messages of the CARLA bridge, built from a session.

Names, types, frames, signs and the order within a tick are those of the bridge: status, clock,
transforms, sensors, vehicle, actor list, events (reference facts: carla_ros_interface §2.7, §8.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from simlingo_core.frame import Frame
from simlingo_core.geometry import Pose3
from simlingo_core.schedule import Schedule
from simlingo_core.types import VehicleCommand
from simlingo_ros import interfaces
from simlingo_ros.conversions import world as conversions
from simlingo_ros.conversions.geometry import MAP_FRAME, path_to_message
from simlingo_ros.conversions.route import (
    LightBox,
    light_boxes_to_message,
    light_states_to_message,
    route_to_gnss_message,
    route_to_message,
)
from simlingo_ros.conversions.time import tick_to_clock, tick_to_stamp
from simlingo_ros.conversions.vehicle import (
    VehicleStatus,
    ego_state_to_odometry,
    gnss_to_message,
    imu_to_message,
    speed_to_message,
    status_to_message,
)
from simlingo_ros.images import array_to_image
from simlingo_ros.transforms import make_transform
from simlingo_sim.camera.specs import CameraSpec, top_camera, training_camera
from simlingo_sim.config import SimConfig
from simlingo_sim.episode_director import known_routes, known_situations
from simlingo_sim.score.infractions import Infraction
from simlingo_sim.state import TrafficLight
from simlingo_sim.world import SimWorld

TOP_CAMERA = 'rgb_top'
TRIGGER_HEIGHT_M = 3.0
TRIGGER_DEPTH_M = 4.0
WHEEL_RADIUS_M = 0.335
TRACK_LESS_THAN_WIDTH_M = 0.25
CENTER_OF_MASS_HEIGHT_M = 0.45

PUBLISHED: Mapping[str, interfaces.Interface] = MappingProxyType(
    {
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
        'choices': interfaces.EPISODE_CHOICES,
    }
)
"""Topics of the world by the keys used here; ``tf`` and ``top_image`` come in addition."""


class EpisodeView(Protocol):
    """What the messages are made from: a ``Session``, or an episode inside one process."""

    @property
    def world(self) -> SimWorld:
        """The simulated world."""
        ...

    @property
    def frame(self) -> Frame:
        """The newest frame."""
        ...

    @property
    def command(self) -> VehicleCommand:
        """The command of the last tick."""
        ...

    @property
    def events(self) -> Sequence[Infraction]:
        """Infractions of the last tick, minimum speed left out."""
        ...

    @property
    def crossed_markings(self) -> Sequence[int]:
        """Lane markings whose crossing began at the last tick, as CARLA numbers them."""
        ...


class WorldMessages:
    """Builds the messages of one session, each with the key of its topic.

    Args:
        config: role name, camera and periods.
        session: its world, frame and events.
    """

    def __init__(self, config: SimConfig, session: EpisodeView) -> None:
        self._config, self._session = config, session
        self._role = config.role_name
        self._schedule = Schedule(plan_period_ticks=config.plan_period_ticks)
        self._shown_lights: dict[int, int] = {}

    def of_episode(self) -> Iterator[tuple[str, Any]]:
        """Yield what does not change during the episode; its topics are latched."""
        world = self._session.world
        town_map = world.town.map
        yield 'info', conversions.world_info(world.town.name, town_map.opendrive)
        yield 'map', conversions.opendrive_map(town_map.opendrive)
        yield from self.of_route()
        yield 'vehicle_info', conversions.vehicle_info(self._vehicle_sheet())
        boxes = [light_box(light) for light in world.town.traffic_lights]
        yield 'light_info', light_boxes_to_message(boxes)
        yield 'choices', self._choices()

    def of_route(self) -> Iterator[tuple[str, Any]]:
        """Yield the route, in its three forms."""
        world, stamp = self._session.world, tick_to_stamp(self._session.frame.tick)
        reference = world.town.map.geo_reference
        yield 'route', route_to_message(world.route, stamp)
        yield 'gnss_route', route_to_gnss_message(world.route, reference, stamp)
        yield 'waypoints', path_to_message(world.route.points_map_m, stamp)

    def of_frame(self) -> Iterator[tuple[str, Any]]:
        """Yield the messages of this tick in the bridge's order; images are rendered on the way.

        The odometry comes after everything the stack needs, because it makes control answer.  The
        view from above comes last, because no node waits for it.
        """
        frame, role = self._session.frame, self._role
        stamp = tick_to_stamp(frame.tick)
        yield 'status', conversions.world_status(frame.tick, is_lockstep=self._config.lockstep)
        yield 'clock', tick_to_clock(frame.tick)
        yield 'tf', [make_transform(MAP_FRAME, role, frame.ego.pose_map, stamp)]
        if self._is_image_due():
            yield from self._image(training_camera())
        yield 'imu', imu_to_message(frame.imu, stamp, f'{role}/imu')
        yield 'gnss', gnss_to_message(frame.gnss, stamp, f'{role}/gnss')
        yield 'speed', speed_to_message(frame.speedometer_mps)
        yield 'vehicle', status_to_message(self._vehicle_status())
        yield from self._actors_and_lights()
        yield from self._events()
        if self._config.has_odometry:
            yield 'odometry', ego_state_to_odometry(frame.ego, role)
        period = self._config.top_view_period_ticks
        if period and frame.tick % period == 0:
            image = self._session.world.render(top_camera())
            frame_id = f'{role}/{TOP_CAMERA}'
            yield 'top_image', array_to_image(image, 'bgra8', stamp=stamp, frame_id=frame_id)

    def _choices(self) -> Any:
        situations = [situation.name for situation in self._session.world.situations]
        config, stamp = self._config, tick_to_stamp(self._session.frame.tick)
        return conversions.episode_choices(
            config.route, situations, config.seed, known_routes(), known_situations(), stamp
        )

    def _is_image_due(self) -> bool:
        is_planning_tick = self._schedule.is_planning_tick(self._session.frame.tick)
        return self._config.has_camera and (is_planning_tick or not self._config.lockstep)

    def _image(self, camera: CameraSpec) -> Iterator[tuple[str, Any]]:
        stamp = tick_to_stamp(self._session.frame.tick)
        frame_id = f'{self._role}/{self._config.camera_id}'
        pose = camera.base_from_camera @ conversions.BODY_FROM_OPTICAL
        yield 'tf', [make_transform(self._role, frame_id, pose, stamp)]
        image = self._session.world.camera_image(camera)
        if image is not None:
            yield 'image', array_to_image(image, 'bgra8', stamp=stamp, frame_id=frame_id)
        yield (
            'camera_info',
            conversions.camera_info(
                camera.width_px, camera.height_px, camera.fov_deg, stamp, frame_id
            ),
        )

    def _actors_and_lights(self) -> Iterator[tuple[str, Any]]:
        """Yield the actor list, and the states of the lights when one has changed."""
        state = self._session.world.state
        actors = [
            conversions.Actor(id=a.id, type_id=a.type_id, role=a.role)
            for a in (state.ego, *state.actors)
        ]
        lights = [
            conversions.Actor(id=light, type_id='traffic.traffic_light', role='')
            for light in sorted(state.lights)
        ]
        yield 'actors', conversions.actor_list([*actors, *lights])
        shown = {light: int(value) for light, value in sorted(state.lights.items())}
        if shown != self._shown_lights:
            self._shown_lights = shown
            yield 'lights', light_states_to_message(shown)

    def _events(self) -> Iterator[tuple[str, Any]]:
        session, role = self._session, self._role
        stamp = tick_to_stamp(session.frame.tick)
        heading = session.world.state.ego.pose_map.rotation[:, 0]
        mass_kg = session.world.config.vehicle.mass_kg
        impulse_ns = [*(-mass_kg * session.frame.ego.speed_mps * heading), 0.0]
        for event in session.events:
            if event.kind.is_collision:
                yield (
                    'collision',
                    conversions.collision_event(
                        event.other_id, impulse_ns, stamp, f'{role}/collision'
                    ),
                )
        if session.crossed_markings:
            yield (
                'crossing',
                conversions.lane_invasion_event(
                    session.crossed_markings, stamp, f'{role}/lane_invasion'
                ),
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

    def _vehicle_sheet(self) -> conversions.VehicleSheet:
        ego, vehicle = self._session.world.state.ego, self._session.world.config.vehicle
        return conversions.VehicleSheet(
            id=ego.id,
            type_id=ego.type_id,
            role=ego.role,
            mass_kg=vehicle.mass_kg,
            wheelbase_m=vehicle.wheelbase_m,
            track_m=vehicle.width_m - TRACK_LESS_THAN_WIDTH_M,
            wheel_radius_m=WHEEL_RADIUS_M,
            wheel_angle_rad=vehicle.wheel_angle_rad,
            center_of_mass_m=np.array([0.0, 0.0, CENTER_OF_MASS_HEIGHT_M]),
        )


def light_box(light: TrafficLight) -> LightBox:
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
