# SPDX-License-Identifier: Apache-2.0
import numpy as np

from simlingo_core.geometry import Pose3
from simlingo_core.plan_shelf import KEPT_PLANS, PlanShelf
from simlingo_core.schedule import Schedule
from simlingo_core.types import DrivingPlan


def plan_at(tick: int) -> DrivingPlan:
    return DrivingPlan(
        t_s=0.05 * tick,
        pose_map=Pose3.identity(),
        path_base_m=np.zeros((20, 2)),
        speed_waypoints_base_m=np.zeros((10, 2)),
        target_speed_mps=0.0,
        policy='test',
    )


def shelf_of(*ticks: int) -> PlanShelf:
    shelf = PlanShelf(Schedule(4, 2))
    for tick in ticks:
        shelf.add(plan_at(tick))
    return shelf


def test_where_the_due_plan_failed_an_older_one_can_be_found() -> None:
    shelf = shelf_of(0, 4)
    assert shelf.find(11) is None
    assert shelf.find_older(11) == shelf.find(6)
    assert shelf.find_older(5) == shelf.find(2)
    assert shelf.find_older(1) is None


def test_a_plan_is_never_found_before_its_time() -> None:
    shelf = shelf_of(0, 4, 8)
    for tick in range(12):
        found = shelf.find_older(tick)
        assert found is None or found.t_s <= 0.05 * (tick - 2) + 1e-9


def test_a_new_drive_drops_what_lies_ahead_of_it() -> None:
    shelf = shelf_of(0, 4, 8)
    shelf.drop_later(0.2)
    assert shelf.find(6) is not None
    assert shelf.find(10) is None
    assert shelf.find_older(10) == shelf.find(6)


def test_the_oldest_are_dropped() -> None:
    shelf = shelf_of(*range(0, 4 * (KEPT_PLANS + 1), 4))
    assert shelf.find(2) is None
    assert shelf.find(6) is not None
