# SPDX-License-Identifier: Apache-2.0
"""The car with its sensors in CARLA: spawned, read tick by tick, and taken away again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import carla

from simlingo_carla.actor_states import ego_state
from simlingo_carla.cameras import Cameras
from simlingo_carla.sensor_inbox import SensorInbox
from simlingo_carla.world_config import CarlaConfig
from simlingo_core.carla_frame import axial_from_carla, steer_to_carla, vector_from_carla
from simlingo_core.errors import WorldError
from simlingo_core.frame import Frame, GnssReading, ImuReading
from simlingo_core.geodesy import yaw_from_compass
from simlingo_core.types import VehicleCommand

IMU, GNSS, COLLISION = 'imu', 'gnss', 'collision'
SENSORS: Mapping[str, str] = {
    IMU: 'sensor.other.imu',
    GNSS: 'sensor.other.gnss',
    COLLISION: 'sensor.other.collision',
}
"""Blueprint of each sensor; a reading each tick, the collision excepted."""
SCENERY = ('static.', 'traffic.')


class Hero:
    """The car of one episode.

    Args:
        world: of CARLA, in synchronous mode.
        config: vehicle, role and times.
        transform: ``carla.Transform`` to spawn at.

    Attributes:
        actor: the car in CARLA.
        cameras: on the car; none at first.

    Raises:
        WorldError: the place is taken, or the server has no such blueprint.
    """

    def __init__(self, world: Any, config: CarlaConfig, transform: Any) -> None:
        self._world, self._config = world, config
        self._sensors: dict[str, Any] = {}
        self._inboxes: dict[str, SensorInbox] = {}
        blueprint = self._blueprint(config.blueprint)
        blueprint.set_attribute('role_name', config.role_name)
        self.actor = world.try_spawn_actor(blueprint, transform)
        if self.actor is None:
            place = transform.location
            raise WorldError(
                f"the car cannot be spawned at ({place.x:.1f}, {place.y:.1f}) in CARLA's axes: "
                'the place is taken; remove the vehicles of an earlier run, or restart the server'
            )
        self.cameras = Cameras(self._spawn, config.sensor_timeout_s)
        for name, type_id in SENSORS.items():
            sensor = self._spawn(type_id, {}, carla.Transform())
            self._sensors[name], self._inboxes[name] = sensor, SensorInbox(name)
            sensor.listen(self._inboxes[name].put)

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

    def frame(self, number: int, tick: int, t_s: float) -> Frame:
        """Wait for every sensor's reading of a frame and return them together, without image.

        Args:
            number: of the frame, as ``world.tick`` returned it.
            tick: since the reset.
            t_s: time since the reset.

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
            image_bgra=None,
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

    def touches_scenery(self, without: frozenset[int]) -> bool:
        """Tell whether something that is no road user was hit since the last call.

        Args:
            without: ids of actors whose boxes are judged anyhow.
        """
        hits = [hit.other_actor for hit in self._inboxes[COLLISION].take_all()]
        return any(
            str(other.type_id).startswith(SCENERY) and other.id not in without for other in hits
        )

    def destroy(self) -> None:
        """Take sensors and car away.

        Raises:
            RuntimeError: the server no longer answers.
        """
        self.cameras.destroy()
        for sensor in self._sensors.values():
            sensor.stop()
            sensor.destroy()
        self._sensors.clear()
        self.actor.destroy()

    def _spawn(self, type_id: str, attributes: dict[str, str], place: Any) -> Any:
        blueprint = self._blueprint(type_id)
        for key, value in attributes.items():
            blueprint.set_attribute(key, value)
        return self._world.spawn_actor(blueprint, place, attach_to=self.actor)

    def _blueprint(self, type_id: str) -> Any:
        try:
            return self._world.get_blueprint_library().find(type_id)
        except IndexError as error:
            raise WorldError(
                f'the CARLA server has no blueprint {type_id!r}; expected one of its catalogue'
            ) from error


def _numbers(vector: Any) -> list[float]:
    return [vector.x, vector.y, vector.z]
