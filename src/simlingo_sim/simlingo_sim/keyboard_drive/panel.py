# SPDX-License-Identifier: Apache-2.0
"""The panel in the terminal: driver, speed, progress and score."""

from __future__ import annotations

from simlingo_core.types import VehicleCommand
from simlingo_sim.score.scorer import EpisodeScore

HINT = 'arrows or WASD drive, space brakes, p expert, c camera, q quits'
BAR_CELLS = 11
KMH_PER_MPS = 3.6


def panel_lines(
    score: EpisodeScore,
    command: VehicleCommand,
    speed_mps: float,
    *,
    limit_mps: float,
    is_expert: bool,
    real_time_factor: float,
    place: str,
) -> list[str]:
    """Return the lines to draw.

    Args:
        score: score so far.
        command: command of this tick.
        speed_mps: speed of the car.
        limit_mps: speed limit.
        is_expert: whether the expert drives.
        real_time_factor: simulated seconds per second.
        place: where the image is shown.
    """
    driver = 'expert' if is_expert else 'you'
    gear = 'R' if command.reverse else 'D'
    return [
        f'{driver:6} {gear} {speed_mps * KMH_PER_MPS:5.0f} km/h of {limit_mps * KMH_PER_MPS:.0f}'
        f'   wheel {steering_bar(command.steer)}   go {command.throttle:4.0%}'
        f'   brake {command.brake:4.0%}',
        f'route {score.route_score:5.1f} %   score {score.driving_score:5.1f}'
        f'   {score.duration_s:6.1f} s   {real_time_factor:.2f} x real time',
        place,
        HINT,
    ]


def steering_bar(steer: float) -> str:
    """Return the steering as a bar; positive is to the left."""
    middle = BAR_CELLS // 2
    at = round(middle - steer * middle)
    return '[' + ''.join('#' if cell == at else '-' for cell in range(BAR_CELLS)) + ']'
