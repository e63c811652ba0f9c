# SPDX-License-Identifier: Apache-2.0
"""The cameras on the car in CARLA: attached, moved and read by their specifications."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import carla
import numpy as np
from numpy.typing import NDArray

from simlingo_carla.actor_states import pose_of
from simlingo_carla.sensor_inbox import SensorInbox
from simlingo_core.carla_frame import pose3_to_carla
from simlingo_core.errors import WorldError
from simlingo_sim.camera.specs import CameraSpec

BLUEPRINT = 'sensor.camera.rgb'
LARGEST_OFFSET_M = 0.5
Attach = Callable[[str, dict[str, str], Any], Any]


class Cameras:
    """The cameras whose images are wanted, and no others, because each costs the server a render.

    A camera that is no longer wanted is moved to where another of its size and angle is: spawning
    one takes the server longer than a tick.

    Args:
        attach: spawns a sensor on the car from blueprint, attributes and ``carla.Transform``.
        timeout_s: an image that takes longer is missing.
    """

    def __init__(self, attach: Attach, timeout_s: float) -> None:
        self._attach, self._timeout_s = attach, timeout_s
        self._cameras: dict[CameraSpec, tuple[Any, SensorInbox]] = {}
        self._first_frame: dict[CameraSpec, int] = {}
        self._shown: dict[CameraSpec, tuple[int, NDArray[np.uint8]]] = {}

    def expect(self, specs: Sequence[CameraSpec], frame: int) -> None:
        """Have images of these cameras, and of no others, in every frame after this one.

        Args:
            specs: of the cameras.
            frame: the newest.
        """
        spare = [spec for spec in self._cameras if spec not in specs]
        for spec in specs:
            if spec in self._cameras:
                continue
            same = [other for other in spare if attributes_of(other) == attributes_of(spec)]
            if same:
                spare.remove(same[0])
                self._cameras[spec] = self._cameras.pop(same[0])
                self._cameras[spec][0].set_transform(transform_of(spec))
            else:
                inbox = SensorInbox('camera')
                sensor = self._attach(BLUEPRINT, attributes_of(spec), transform_of(spec))
                sensor.listen(inbox.put)
                self._cameras[spec] = (sensor, inbox)
            self._first_frame[spec] = frame + 1
        for spec in spare:
            _take_away(self._cameras.pop(spec)[0])

    def has(self, spec: CameraSpec, frame: int) -> bool:
        """Tell whether there is an image of this camera in a frame."""
        return spec in self._cameras and frame >= self._first_frame[spec]

    def image(self, spec: CameraSpec, frame: int) -> NDArray[np.uint8]:
        """Return an image, BGRA, shape (height, width, 4).

        Raises:
            WorldError: this camera was not expected, or its image does not come.
        """
        if not self.has(spec, frame):
            raise WorldError(
                f'there is no image of the camera {spec} in frame {frame}; expect_images must '
                'name it a tick before: CARLA renders when it ticks'
            )
        shown = self._shown.get(spec)
        if shown is None or shown[0] != frame:
            reading = self._cameras[spec][1].wait(frame, self._timeout_s)
            shown = self._shown[spec] = (frame, _pixels(reading))
            self._shown = {key: self._shown[key] for key in self._cameras if key in self._shown}
        return shown[1]

    def check_places(self, car: Any) -> None:
        """Make sure that the cameras are where they should be; a server may understand otherwise.

        Args:
            car: the car in CARLA, after a tick.

        Raises:
            WorldError: one is not.
        """
        map_from_base = pose_of(car.get_transform())
        for spec, (sensor, _) in self._cameras.items():
            wanted_m = (map_from_base @ spec.base_from_camera).translation_m
            found_m = pose_of(sensor.get_transform()).translation_m
            if np.linalg.norm(wanted_m - found_m) > LARGEST_OFFSET_M:
                raise WorldError(
                    f'a camera is at {np.round(found_m, 1)} in map; expected '
                    f'{np.round(wanted_m, 1)}: this server moves attached cameras differently'
                )

    def destroy(self) -> None:
        """Take all away."""
        while self._cameras:
            _take_away(self._cameras.popitem()[1][0])


def transform_of(spec: CameraSpec) -> Any:
    """Return the place of a camera on the car as ``carla.Transform``."""
    row = pose3_to_carla(spec.base_from_camera)
    return carla.Transform(
        carla.Location(row.x_m, row.y_m, row.z_m),
        carla.Rotation(pitch=row.pitch_deg, yaw=row.yaw_deg, roll=row.roll_deg),
    )


def attributes_of(spec: CameraSpec) -> dict[str, str]:
    """Return the attributes of the blueprint; CARLA has pinhole cameras only.

    For a view from above the pinhole sees the same width of the ground.
    """
    fov_deg = spec.fov_deg
    if spec.orthographic_width_m is not None:
        fov_deg = math.degrees(2.0 * math.atan2(0.5 * spec.orthographic_width_m, spec.z_m))
    return {
        'image_size_x': str(spec.width_px),
        'image_size_y': str(spec.height_px),
        'fov': f'{fov_deg:g}',
    }


def _take_away(sensor: Any) -> None:
    sensor.stop()
    sensor.destroy()


def _pixels(image: Any) -> NDArray[np.uint8]:
    pixels = np.frombuffer(image.raw_data, dtype=np.uint8)
    return pixels.reshape(image.height, image.width, 4).copy()
