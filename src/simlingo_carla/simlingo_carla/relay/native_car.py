# SPDX-License-Identifier: Apache-2.0
"""The car with its sensors for CARLA's native ROS 2 output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import carla

from simlingo_carla.cameras import BLUEPRINT, attributes_of, transform_of
from simlingo_carla.hero import GNSS, IMU, SENSORS
from simlingo_carla.relay.config import RelayConfig
from simlingo_core.errors import WorldError
from simlingo_sim.camera.specs import training_camera

# Last part of the topics: as the table of interfaces has them.
NAMES: Mapping[str, str] = {IMU: 'imu', GNSS: 'gnss'}


class NativeCar:
    """The car of a role name: found, or spawned with sensors that publish over ROS.

    Args:
        world: of CARLA.
        config: role name, blueprint and camera.
        place: where to spawn it.

    Attributes:
        actor: the car in CARLA.
        is_own: whether it was spawned here, and is to be taken away again.

    Raises:
        WorldError: there is none and none may be spawned, the place is taken, or the server has
            no native output.
    """

    def __init__(self, world: Any, config: RelayConfig, place: Any) -> None:
        self._world, self._config = world, config
        self._sensors: list[Any] = []
        found = find_car(world, config.role_name)
        self.is_own = found is None
        if found is not None:
            self.actor = found
            return
        if not config.spawns:
            raise WorldError(
                f'the CARLA server has no vehicle of the role name {config.role_name!r}; spawn '
                'one, or set spawns to true'
            )
        self.actor = self._spawn(place)
        try:
            camera = training_camera()
            place_of_camera = transform_of(camera)
            self._attach(BLUEPRINT, config.camera_id, attributes_of(camera), place_of_camera)
            for name in (IMU, GNSS):
                self._attach(SENSORS[name], NAMES[name], {}, carla.Transform())
        except BaseException:
            self.destroy()
            raise

    def destroy(self) -> None:
        """Take away what was spawned here.

        Raises:
            RuntimeError: the server no longer answers.
        """
        for sensor in self._sensors:
            sensor.destroy()
        self._sensors.clear()
        if self.is_own:
            self.actor.destroy()

    def _spawn(self, place: Any) -> Any:
        blueprint = self._blueprint(self._config.vehicle, self._config.role_name)
        blueprint.set_attribute('role_name', self._config.role_name)
        actor = self._world.try_spawn_actor(blueprint, place)
        if actor is None:
            where = place.location
            raise WorldError(
                f"the car cannot be spawned at ({where.x:.1f}, {where.y:.1f}) in CARLA's axes: "
                'the place is taken; remove the vehicles of an earlier run, or restart the server'
            )
        return actor

    def _attach(
        self, type_id: str, ros_name: str, attributes: Mapping[str, str], transform: Any
    ) -> None:
        blueprint = self._blueprint(type_id, ros_name)
        for key, value in attributes.items():
            blueprint.set_attribute(key, value)
        sensor = self._world.spawn_actor(blueprint, transform, attach_to=self.actor)
        self._sensors.append(sensor)
        if not hasattr(sensor, 'enable_for_ros'):
            raise WorldError(
                'this CARLA client knows no native ROS 2 output; expected 0.9.15 or later, '
                'started with --ros2; older ones need the bridge (world:=carla)'
            )
        sensor.enable_for_ros()

    def _blueprint(self, type_id: str, ros_name: str) -> Any:
        try:
            blueprint = self._world.get_blueprint_library().find(type_id)
        except IndexError as error:
            raise WorldError(
                f'the CARLA server has no blueprint {type_id!r}; expected one of its catalogue'
            ) from error
        if blueprint.has_attribute('ros_name'):
            blueprint.set_attribute('ros_name', ros_name)
        return blueprint


def find_car(world: Any, role: str) -> Any | None:
    """Return the vehicle of a role name; None: there is none."""
    vehicles = world.get_actors().filter('vehicle.*')
    return next((a for a in vehicles if a.attributes.get('role_name') == role), None)
