# SPDX-License-Identifier: Apache-2.0
"""Images of the worst moments: the camera image with what was planned and what was driven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_core.images import PREVIEW_JPEG_QUALITY, decode_bgr, encode_jpeg, to_bgr, to_rgb
from simlingo_core.overlay import PATH_RGB, SPEED_RGB, TARGET_RGB, draw_points, text_panel
from simlingo_evaluation.replay.drive_log import DriveLog, stamp_key
from simlingo_evaluation.replay.scores import FrameScore, ReplayScore
from simlingo_evaluation.replay.sources import Sources
from simlingo_ros.bag_reader import BagReader
from simlingo_ros.conversions.time import stamp_to_seconds
from simlingo_ros.images import image_to_array

DRIVEN_RGB = (250, 210, 60)
LEAST_DISTANCE_S = 2.0
PANEL_PX = 4 * 26 + 12


@dataclass(frozen=True, kw_only=True)
class WorstMoment:
    """One image of the report.

    Attributes:
        t_s: of the plan.
        caption: what is wrong, with numbers.
        file: beside the report; empty: the recording has no image of it.
        commentary: recorded; empty: none.
        generated: by the policy; empty: it was not asked.
    """

    t_s: float
    caption: str
    file: str
    commentary: str
    generated: str


def find_worst(score: ReplayScore, count: int, measure: str = 'fde_2.5s') -> list[FrameScore]:
    """Return the plans with the largest values of a measure, two seconds apart at least."""
    frames = [frame for frame in score.frames if np.isfinite(frame.values[measure])]
    found: list[FrameScore] = []
    for frame in sorted(frames, key=lambda frame: -frame.values[measure]):
        if all(abs(frame.t_s - other.t_s) >= LEAST_DISTANCE_S for other in found):
            found.append(frame)
        if len(found) == count:
            break
    return found


def draw_worst(
    bag: BagReader,
    sources: Sources,
    log: DriveLog,
    score: ReplayScore,
    folder: Path,
    count: int = 5,
) -> list[WorstMoment]:
    """Draw the worst moments into JPEG files; the bag is read once more for their images."""
    worst = find_worst(score, count)
    planned = {stamp_key(frame.plan.t_s): frame for frame in score.run.frames}
    images = _read_images(bag, sources, {stamp_key(frame.t_s) for frame in worst})
    moments = []
    for number, frame in enumerate(worst, 1):
        key, file = stamp_key(frame.t_s), f'worst_{number}.jpg'
        caption = _caption(frame)
        commentary = log.commentary.get(frame.t_s, '')
        if key in images:
            lines = [caption, 'red path, green speed waypoints, yellow driven, blue targets']
            lines += [f'recorded: {commentary}'] if commentary else []
            lines += [f'now: {planned[key].commentary}'] if planned[key].commentary else []
            drawn_rgb = _draw(images[key], planned[key], frame, lines)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(encode_jpeg(drawn_rgb, 'rgb8', PREVIEW_JPEG_QUALITY))
        moments.append(
            WorstMoment(
                t_s=frame.t_s,
                caption=caption,
                file=file if key in images else '',
                commentary=commentary,
                generated=planned[key].commentary,
            )
        )
    return moments


def _caption(frame: FrameScore) -> str:
    values = frame.values
    return (
        f'{frame.t_s:.2f} s: {values["fde_2.5s"]:.1f} m off after 2.5 s, '
        f'{values["lateral_error"]:.1f} m to the side, speed {values["speed_error"]:.1f} m/s off'
    )


def _read_images(
    bag: BagReader, sources: Sources, wanted: set[int]
) -> dict[int, NDArray[np.uint8]]:
    """Return images as BGR by their stamps."""
    found: dict[int, NDArray[np.uint8]] = {}
    for topic, _, data in bag.messages([sources.camera]):
        if len(found) == len(wanted):
            break
        message = bag.deserialize(topic, data)
        key = stamp_key(stamp_to_seconds(message.header.stamp))
        if key in wanted and key not in found:
            found[key] = _pixels(message)
    return found


def _pixels(message: Any) -> NDArray[np.uint8]:
    if hasattr(message, 'encoding'):
        return to_bgr(image_to_array(message), message.encoding)
    inner = message.image if hasattr(message, 'image') else message
    return decode_bgr(inner.data.tobytes())


def _draw(
    image_bgr: NDArray[np.uint8], planned: Any, frame: FrameScore, lines: Sequence[str]
) -> NDArray[np.uint8]:
    drawn_rgb = to_rgb(image_bgr, 'bgr8')
    plan = planned.plan
    draw_points(drawn_rgb, planned.observation.target_points_base_m, TARGET_RGB, 8)
    draw_points(drawn_rgb, plan.path_base_m, PATH_RGB, 4)
    driven = [*frame.ahead_base_m, *frame.future_base_m]
    draw_points(
        drawn_rgb,
        np.array([p for p in driven if np.isfinite(p).all()]).reshape(-1, 2),
        DRIVEN_RGB,
        3,
    )
    draw_points(drawn_rgb, plan.speed_waypoints_base_m, SPEED_RGB, 4)
    return np.concatenate([text_panel(drawn_rgb.shape[1], PANEL_PX, list(lines)), drawn_rgb])
