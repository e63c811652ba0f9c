# SPDX-License-Identifier: Apache-2.0
"""Turns a recording into training frames in SimLingo's layout; the driven future is the label.

SimLingo's frames are 0.25 s apart, because the labels of one are the poses of the next ten.  A
camera whose images fall on such a grid (20, 8 or 4 Hz) gives one episode.  From any other camera
each image becomes a part of its own: the image, and the ten poses after it, interpolated, so that
no label is off by the time between image and grid.  There is no shifted camera in a recording; the
image stands for it, with a shift of zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import ConfigError
from simlingo_core.files import write_atomically
from simlingo_core.geometry import Pose2
from simlingo_core.route import Route
from simlingo_core.target_points import TargetPointTracker, downsample_plan
from simlingo_core.types import SPEED_WAYPOINT_PERIOD_S, SPEED_WAYPOINTS
from simlingo_evaluation.replay.drive_log import DriveLog, nearest_row, read_drive
from simlingo_evaluation.replay.driven import Driven
from simlingo_evaluation.replay.scores import COMMAND_TOLERANCE_S
from simlingo_evaluation.replay.sources import DRIVEN, Sources, find_sources
from simlingo_evaluation.replay.stack_run import driven_route
from simlingo_perception.camera_conditioner import CameraConditioner
from simlingo_perception.config import PerceptionConfig
from simlingo_ros.bag_reader import BagReader
from simlingo_ros.conversions.geometry import MAP_FRAME
from simlingo_ros.conversions.route import message_to_route, path_message_to_route
from simlingo_ros.conversions.time import stamp_to_seconds
from simlingo_ros.images import image_to_array
from simlingo_sim.town.splits import Split, split_of_town
from simlingo_training.command_queue import CommandQueue
from simlingo_training.episode_results import PART
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.gz_json import write_gz
from simlingo_training.measurements import Measurement, to_json
from simlingo_training.schema.results import ResultsFile

GRID_TOLERANCE_S = 0.012
ROUTE_POINTS, ROUTE_AHEAD_M, BEHIND_M = 40, 2.5, 5.0
BRAKES_ABOVE = 0.05
# A recording does not say what is allowed; the label does not use it.
SPEED_LIMIT_MPS = 13.9
VARIANT = 'recordings'


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was written.

    Attributes:
        root: of the data set.
        episodes: folders written, relative to it.
        frames: with an image and a label.
        skipped: images without 2.5 s of driving after them.
    """

    root: Path
    episodes: tuple[Path, ...]
    frames: int
    skipped: int


def write_frames(
    path: Path,
    root: Path,
    *,
    town: str = 'Recording',
    topics: Mapping[str, str] | None = None,
    perception: PerceptionConfig | None = None,
) -> Written:
    """Write the frames of a recording into a data set.

    Args:
        path: of the bag.
        root: of the data set; episodes of other names are left alone.
        town: where it was driven, the first word of the episode's name.
        topics: camera, odometry and route, as of ``find_sources``.
        perception: field of view of the camera and quality of its JPEG.

    Raises:
        ConfigError: the town is held out from training, the bag lacks what is needed, or no image
            has 2.5 s of driving after it.
    """
    if split_of_town(town) is Split.TEST:
        raise ConfigError(f'{town} is a test town; its drives are never trained on')
    with BagReader(path) as bag:
        sources = find_sources(bag, topics or {})
        log = read_drive(bag, sources)
        route = _route(bag, sources, log)
        times_s = [t_s for t_s, _ in _images(bag, sources, None)]
        usable = [t_s for t_s in times_s if np.isfinite(_future(log.driven, t_s)).all()]
        if not usable:
            raise ConfigError(
                f'none of the {len(times_s)} images of {path} has 2.5 s of driving after it'
            )
        name = f'{town}_Rep0_{path.resolve().name.removesuffix(path.suffix)}'
        folder = EpisodeFolder(root, Path('training') / 'recordings' / VARIANT / name)
        folder.clear()
        writer = _Writer(folder, log, route, CameraConditioner(perception or PerceptionConfig()))
        grid = _grid(times_s, usable)
        if grid:
            writer.write_episode(bag, sources, grid)
        else:
            writer.write_parts(bag, sources, usable)
    return Written(
        root=root,
        episodes=tuple(writer.written),
        frames=len(grid) - SPEED_WAYPOINTS if grid else len(usable),
        skipped=len(times_s) - len(usable),
    )


def _grid(times_s: Sequence[float], usable: Sequence[float]) -> list[float]:
    """Return image times 0.25 s apart; empty: the camera has no such grid."""
    stamps = np.array(times_s)
    grid = [usable[0]]
    while True:
        row = nearest_row(stamps, grid[-1] + SPEED_WAYPOINT_PERIOD_S, GRID_TOLERANCE_S)
        if row is None:
            break
        grid.append(float(stamps[row]))
    is_whole = grid[-1] > times_s[-1] - 2 * SPEED_WAYPOINT_PERIOD_S
    return grid if is_whole and len(grid) > SPEED_WAYPOINTS else []


def _future(driven: Driven, t_s: float) -> NDArray[np.float64]:
    return driven.future_base_m(t_s, Pose2(0.0, 0.0, 0.0))


class _Writer:
    def __init__(
        self, folder: EpisodeFolder, log: DriveLog, route: Route, conditioner: CameraConditioner
    ) -> None:
        self._folder, self._log, self._conditioner = folder, log, conditioner
        self._route = _from(route, log.driven.position_map_m[0])
        self._tracker = TargetPointTracker(downsample_plan(self._route))
        self._queue = CommandQueue()
        self.written: list[Path] = []

    def write_episode(self, bag: BagReader, sources: Sources, grid: Sequence[float]) -> None:
        """Write one episode of images on a grid."""
        images = iter(_images(bag, sources, self._conditioner))
        for index, t_s in enumerate(grid):
            jpeg = next(jpeg for stamp_s, jpeg in images if stamp_s == t_s)
            self._write_frame(self._folder, index, t_s, jpeg, self._measure(t_s))
        self._finish(self._folder)

    def write_parts(self, bag: BagReader, sources: Sources, usable: Sequence[float]) -> None:
        """Write a part for each image: it, and ten frames that only lend their poses."""
        wanted = set(usable)
        for t_s, jpeg in _images(bag, sources, self._conditioner):
            if t_s not in wanted:
                continue
            part = self._folder.part(len(self.written))
            now = self._measure(t_s)
            self._write_frame(part, 0, t_s, jpeg, now)
            for index in range(1, SPEED_WAYPOINTS + 1):
                later_s = t_s + index * SPEED_WAYPOINT_PERIOD_S
                self._write_frame(part, index, later_s, jpeg, self._pose_only(later_s, now))
            self._finish(part)

    def _write_frame(
        self, folder: EpisodeFolder, index: int, t_s: float, jpeg: bytes, measured: Measurement
    ) -> None:
        write_gz(folder.measurement(index), to_json(measured))
        for is_shifted in (False, True):
            path = folder.image(index, is_shifted=is_shifted)
            write_atomically(path, jpeg, is_durable=False)
        write_gz(folder.boxes(index), [])
        write_gz(folder.commentary(index), {'commentary': self._commentary(t_s, measured)})
        write_gz(folder.dreams(index), {})

    def _commentary(self, t_s: float, measured: Measurement) -> str:
        recorded = self._log.commentary.get(t_s, '').strip()
        if recorded:
            return recorded
        return 'Stay stopped.' if measured.target_speed_mps < 0.1 else 'Follow the route.'

    def _measure(self, t_s: float) -> Measurement:
        """Return what is known at the time of an image; call it in the order of time."""
        driven = self._log.driven
        pose = driven.pose_at(t_s)
        targets = self._tracker.update(pose.position_m)
        commands = self._queue.update(self._tracker)
        steer, throttle, brake = self._command(t_s)
        line = self._line(t_s, pose)
        return Measurement(
            pose_map=pose,
            speed_mps=driven.speed_at(t_s, 0.0),
            target_speed_mps=driven.speed_at(t_s, 2 * SPEED_WAYPOINT_PERIOD_S),
            speed_limit_mps=SPEED_LIMIT_MPS,
            target_points_base_m=targets.points_base_m(pose),
            command=commands[0],
            next_command=commands[1],
            route_base_m=line,
            route_original_base_m=line,
            steer=steer,
            throttle=throttle,
            brake=brake > BRAKES_ABOVE,
        )

    def _pose_only(self, t_s: float, now: Measurement) -> Measurement:
        """Return a frame that lends its pose to the labels of the one before."""
        driven = self._log.driven
        fields = {name: getattr(now, name) for name in now.__dataclass_fields__}
        pose, speed_mps = driven.pose_at(t_s), driven.speed_at(t_s, 0.0)
        return Measurement(**{**fields, 'pose_map': pose, 'speed_mps': speed_mps})

    def _command(self, t_s: float) -> tuple[float, float, float]:
        row = nearest_row(self._log.command_t_s, t_s, COMMAND_TOLERANCE_S)
        if row is None:
            return 0.0, 0.0, 0.0
        steer, throttle, brake = self._log.commands[row].tolist()
        return steer, throttle, brake

    def _line(self, t_s: float, pose: Pose2) -> NDArray[np.float64]:
        """Return the line driven from 2.5 m ahead on, continued along the route at its end."""
        ways_m = ROUTE_AHEAD_M + np.arange(ROUTE_POINTS, dtype=np.float64)
        line_map_m = self._log.driven.line_after(t_s, ways_m)
        known = np.isfinite(line_map_m).all(axis=1)
        end = line_map_m[known][-1] if known.any() else pose.position_m
        missing = int((~known).sum())
        if missing:
            arc_m, _ = self._route.project(end)
            more = np.minimum(arc_m + 1.0 + np.arange(missing), self._route.length_m)
            line_map_m = np.vstack([line_map_m[known], self._route.position_at(more)])
        return pose.inverse_transform(line_map_m)

    def _finish(self, folder: EpisodeFolder) -> None:
        result = ResultsFile(status=PART, num_infractions=0, infractions={})
        write_gz(folder.results, result.to_json())
        self.written.append(folder.relative)


def _route(bag: BagReader, sources: Sources, log: DriveLog) -> Route:
    """Return the first usable route.

    Raises:
        ConfigError: there is none.
    """
    if sources.route == DRIVEN:
        route = driven_route(log)
        if route is not None:
            return route
    else:
        for topic, _, data in bag.messages([sources.route]):
            message = bag.deserialize(topic, data)
            message.header.frame_id = MAP_FRAME
            is_path = topic.type == 'nav_msgs/msg/Path'
            found = path_message_to_route(message) if is_path else message_to_route(message)
            if found is not None:
                return found
    raise ConfigError(f'{bag.path} has no usable route; --route driven takes the way driven')


def _from(route: Route, position_map_m: NDArray[np.float64]) -> Route:
    """Return the rest of a route: a recording may begin in the middle of it."""
    arc_m, _ = route.project(position_map_m)
    first = int(np.searchsorted(route.arc_m, arc_m - BEHIND_M))
    first = min(first, len(route) - 2)
    return Route(route.points_map_m[first:], route.options[first:])


def _images(
    bag: BagReader, sources: Sources, conditioner: CameraConditioner | None
) -> Iterator[tuple[float, bytes]]:
    """Yield stamp and JPEG of each image; without a conditioner only stamps."""
    for topic, _, data in bag.messages([sources.camera]):
        message: Any = bag.deserialize(topic, data)
        t_s = stamp_to_seconds(message.header.stamp)
        inner = message.image if hasattr(message, 'image') else message
        if not len(inner.data):
            continue
        if conditioner is None:
            yield t_s, b''
        elif hasattr(inner, 'encoding'):
            yield t_s, conditioner.encode(image_to_array(inner), inner.encoding)
        else:
            yield t_s, conditioner.accept(inner.data.tobytes())
