# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from simlingo_core.errors import NonFiniteError
from simlingo_core.route import Route
from simlingo_core.route_progress import RouteProgress
from simlingo_core.types import RoadOption


def straight() -> Route:
    return Route([[float(x), 0.0] for x in range(101)], [RoadOption.LANE_FOLLOW] * 101)


def test_it_follows_the_car_there_and_back() -> None:
    progress = RouteProgress(straight())
    assert progress.update([10.0, 1.5]) == pytest.approx(10.0)
    assert (progress.arc_m, progress.lateral_offset_m) == pytest.approx((10.0, 1.5))
    assert progress.share == pytest.approx(0.1)
    assert progress.update([4.0, -2.0]) == pytest.approx(-6.0)
    assert (progress.arc_m, progress.lateral_offset_m) == pytest.approx((4.0, -2.0))


def test_the_farthest_place_stays() -> None:
    progress = RouteProgress(straight(), is_farthest=True)
    progress.update([10.0, 0.0])
    assert progress.update([4.0, -2.0]) == 0.0
    assert progress.arc_m == pytest.approx(10.0)
    assert progress.lateral_offset_m == pytest.approx(-2.0)


def test_a_route_that_crosses_itself_is_not_confused() -> None:
    points = [[x, 0.0] for x in range(0, 61, 5)] + [[60.0, 40.0], [30.0, 40.0], [30.0, -40.0]]
    route = Route(points, [RoadOption.LANE_FOLLOW] * len(points))
    progress = RouteProgress(route, window_m=20.0)
    for x_m in range(0, 31, 5):
        progress.update([float(x_m), 0.1])
    assert progress.arc_m == pytest.approx(30.0)


def test_a_position_that_is_not_finite_changes_nothing() -> None:
    progress = RouteProgress(straight())
    progress.update([10.0, 1.0])
    with pytest.raises(NonFiniteError):
        progress.update([np.nan, 0.0])
    assert (progress.arc_m, progress.lateral_offset_m) == pytest.approx((10.0, 1.0))
    progress.reset()
    assert progress.arc_m == 0.0
