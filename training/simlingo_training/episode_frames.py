# SPDX-License-Identifier: Apache-2.0
"""The frames of one recorded episode: measurements read once, labels computed once."""

from __future__ import annotations

from functools import cached_property

from simlingo_core.types import SPEED_WAYPOINTS
from simlingo_training.data_problems import DataError, DataProblem
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.gz_json import read_gz
from simlingo_training.labels import CameraShift, Labels, path_label, speed_waypoints
from simlingo_training.measurements import Measurement, read_measurement
from simlingo_training.text_labels.scene import RoadScene, read_scene


class EpisodeFrames:
    """Reads an episode; what cannot be read is kept as a problem.

    Args:
        folder: of the episode.

    Attributes:
        images: folder of the images of the training camera, from the root of the data set.
    """

    def __init__(self, folder: EpisodeFolder) -> None:
        self.folder = folder
        self.images = str(folder.image(0).parent.relative_to(folder.root))
        self._labels: dict[int, Labels] = {}
        self._scenes: dict[int, RoadScene] = {}

    @cached_property
    def _read(self) -> tuple[list[Measurement | None], list[DataProblem]]:
        measurements: list[Measurement | None] = []
        problems: list[DataProblem] = []
        for index in range(self.folder.frame_count()):
            try:
                measurements.append(read_measurement(self.folder.measurement(index)))
            except DataError as error:
                measurements.append(None)
                problems.append(error.problem)
        return measurements, problems

    @property
    def problems(self) -> list[DataProblem]:
        """Measurements that cannot be read."""
        return self._read[1]

    @cached_property
    def usable(self) -> tuple[int, ...]:
        """Indices of the frames whose own measurement and those of the next 2.5 s are there."""
        frames = self._read[0]
        return tuple(
            index
            for index in range(len(frames) - SPEED_WAYPOINTS)
            if None not in frames[index : index + SPEED_WAYPOINTS + 1]
        )

    def future(self, index: int) -> list[Measurement]:
        """Return the measurements of a usable frame and of the next 2.5 s."""
        found = self._read[0][index : index + SPEED_WAYPOINTS + 1]
        return [measurement for measurement in found if measurement is not None]

    def _measured(self, index: int) -> Measurement:
        measurement = self._read[0][index]
        if measurement is None:
            raise DataError(self.folder.measurement(index), '', 'cannot be read')
        return measurement

    def labels(self, index: int) -> Labels:
        """Return the labels of a usable frame, as the training camera sees them."""
        if index not in self._labels:
            self._labels[index] = _labels(self.future(index), CameraShift())
        return self._labels[index]

    def scene(self, index: int) -> RoadScene:
        """Return a frame with its objects; its measurement must be readable.

        Raises:
            DataError: the boxes cannot be read.
        """
        if index not in self._scenes:
            path = self.folder.boxes(index)
            boxes = read_gz(path)
            try:
                self._scenes[index] = read_scene(self._measured(index), boxes)
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                raise DataError(path, 'boxes', f'cannot be used ({error!r})') from error
        return self._scenes[index]

    def shifted_labels(self, index: int) -> Labels:
        """Return the labels of a usable frame, as its shifted camera sees them."""
        future = self.future(index)
        return _labels(future, future[0].shift)


def _labels(future: list[Measurement], shift: CameraShift) -> Labels:
    now = future[0]
    return Labels(
        target_points_base_m=shift.apply(now.target_points_base_m),
        path_base_m=path_label(now.route_base_m, shift),
        speed_waypoints_base_m=speed_waypoints([m.pose_map for m in future], shift),
    )
