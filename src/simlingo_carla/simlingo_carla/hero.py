# SPDX-License-Identifier: Apache-2.0
"""The car with its sensors in CARLA: spawned, read tick by tick, and taken away again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import carla
import numpy as np
from numpy.typing import NDArray

from simlingo_carla.actor_states import ego_state
from simlingo_carla.sensor_inbox import SensorInbox
from simlingo_carla.world_config import CarlaConfig
from simlingo_core.carla_frame import axial_from_carla, steer_to_carla, vector_from_carla
from simlingo_core.errors import WorldError
from simlingo_core.frame import Frame, GnssReading, ImuReading
from simlingo_core.geodesy import yaw_from_compass
from simlingo_core.types import VehicleCommand

CAMERA, IMU, GNSS, COLLISION = 'camera', 'imu', 'gnss', 'collision'
SENSORS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    CAMERA: ('sensor.camera.rgb', {'image_size_x': '1024', 'image_size_y': '512', 'fov': '110'}),
    IMU: ('sensor.other.imu', {}),
    GNSS: ('sensor.other.gnss', {}),
    COLLISION: ('sensor.other.collision', {}),
}
"""Blueprint and attributes of each sensor; a reading each tick, the collision excepted."""
CAMERA_PLACE_M = (-1.5, 0.0, 2.0)
SCENERY = ('static.', 'traffic.')


class Hero:
    """The car of one episode.

    Args:
        world: of CARLA, in synchronous mode.
        config: vehicle, role and times.
        transform: ``carla.Transform`` to spawn at.

    Attributes:
        actor: the car in CARLA.

    Raises:
        WorldError: the place is taken, or the server has no such blueprint.
    """

    def __init__(self, world: Any, config: CarlaConfig, transform: Any) -> None:
        self._world, self._config = world, config
        self._sensors: dict[str, Any] = {}
        self._inboxes: dict[str, SensorInbox] = {}
        blueprint = self._blueprint(config.vehicle)
        blueprint.set_attribute('role_name', config.role_name)
        self.actor = world.try_spawn_actor(blueprint, transform)
        if self.actor is None:
            place = transform.location
            raise WorldError(
                f"the car cannot be spawned at ({place.x:.1f}, {place.y:.1f}) in CARLA's axes: "
                'the place is taken; remove the vehicles of an earlier run, or restart the server'
            )
        for name in (IMU, GNSS, COLLISION):
            self._attach(name)

    def need_camera(self) -> None:
        """Attach the training camera, once; without it the server need not render."""
        if CAMERA not in self._sensors:
            self._attach(CAMERA)

    def command(self, command: VehicleCommand) -> None:
        """Hand over the command of the next tick."""
        self.actor.apply_control(
            carla.VehicleControl(
                throttle=command.throttle,
                steer=steer_to_carla(command.steer),
                brake=command.brake,
                hand_brake=command.hand_brake,
                reverse=command.reverse,
            )
        )

    def frame(self, number: int, tick: int, t_s: float, *, with_image: bool) -> Frame:
        """Wait for every sensor's reading of a frame and return them together.

        Args:
            number: of the frame, as ``world.tick`` returned it.
            tick: since the reset.
            t_s: time since the reset.
            with_image: whether the frame has an image.

        Raises:
            WorldError: a reading does not come.
        """
        readings = {
            name: inbox.wait(number, self._config.sensor_timeout_s)
            for name, inbox in self._inboxes.items()
            if name != COLLISION
        }
        ego = ego_state(self.actor, t_s)
        imu, gnss = readings[IMU], readings[GNSS]
        return Frame(
            tick=tick,
            t_s=t_s,
            ego=ego,
            image_bgra=_pixels(readings[CAMERA]) if with_image else None,
            imu=ImuReading(
                acceleration_base_mps2=vector_from_carla(_numbers(imu.accelerometer)),
                angular_velocity_base_radps=axial_from_carla(_numbers(imu.gyroscope)),
                orientation_yaw_rad=yaw_from_compass(imu.compass),
            ),
            gnss=GnssReading(
                latitude_deg=gnss.latitude, longitude_deg=gnss.longitude, altitude_m=gnss.altitude
            ),
            speedometer_mps=ego.speed_mps,
        )

    def touches_scenery(self) -> bool:
        """Tell whether something that is no road user was hit since the last call."""
        hits = self._inboxes[COLLISION].take_all()
        return any(str(hit.other_actor.type_id).startswith(SCENERY) for hit in hits)

    def destroy(self) -> None:
        """Take sensors and car away.

        Raises:
            RuntimeError: the server no longer answers.
        """
        for sensor in self._sensors.values():
            sensor.stop()
            sensor.destroy()
        self._sensors.clear()
        self.actor.destroy()

    def _attach(self, name: str) -> None:
        type_id, attributes = SENSORS[name]
        blueprint = self._blueprint(type_id)
        for key, value in attributes.items():
            blueprint.set_attribute(key, value)
        x_m, y_m, z_m = CAMERA_PLACE_M if name == CAMERA else (0.0, 0.0, 0.0)
        place = carla.Transform(carla.Location(x_m, y_m, z_m))
        sensor = self._world.spawn_actor(blueprint, place, attach_to=self.actor)
        inbox = SensorInbox(name)
        sensor.listen(inbox.put)
        self._sensors[name], self._inboxes[name] = sensor, inbox

    def _blueprint(self, type_id: str) -> Any:
        try:
            return self._world.get_blueprint_library().find(type_id)
        except IndexError as error:
            raise WorldError(
                f'the CARLA server has no blueprint {type_id!r}; expected one of its catalogue'
            ) from error


def _pixels(image: Any) -> NDArray[np.uint8]:
    pixels = np.frombuffer(image.raw_data, dtype=np.uint8)
    return pixels.reshape(image.height, image.width, 4).copy()


def _numbers(vector: Any) -> list[float]:
    return [vector.x, vector.y, vector.z]
