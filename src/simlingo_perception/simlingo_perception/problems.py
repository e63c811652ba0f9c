# SPDX-License-Identifier: Apache-2.0
"""Why there is no observation, or a doubtful one."""

from __future__ import annotations

from enum import StrEnum


class Problem(StrEnum):
    """A reason, as diagnostics name it."""

    IMAGE_MISSING = 'image_missing'
    IMAGE_STALE = 'image_stale'
    IMAGE_FROZEN = 'image_frozen'
    EGO_MISSING = 'ego_missing'
    EGO_STALE = 'ego_stale'
    ROUTE_MISSING = 'route_missing'
    STAMPS_DIFFER = 'stamps_differ'
    FAR_FROM_ROUTE = 'far_from_route'
    OFF_ROUTE = 'off_route'


EXPLANATIONS = {
    Problem.IMAGE_MISSING: 'no image has come yet',
    Problem.IMAGE_STALE: 'the newest image is too old',
    Problem.IMAGE_FROZEN: 'the camera shows the same image though the car moves',
    Problem.EGO_MISSING: 'no odometry has come yet',
    Problem.EGO_STALE: 'the newest odometry is too old',
    Problem.ROUTE_MISSING: 'there is no route',
    Problem.STAMPS_DIFFER: 'no odometry lies near enough to the stamp of an image',
    Problem.FAR_FROM_ROUTE: 'the car is far from its route',
    Problem.OFF_ROUTE: 'the car is off its route and stops',
}
