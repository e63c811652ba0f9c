# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from simlingo_core.baselines import StraightPolicy
from simlingo_core.errors import CheckpointError, ConfigError
from simlingo_core.geometry import Pose3
from simlingo_core.protocols import Policy
from simlingo_core.types import Observation
from simlingo_model import model_names
from simlingo_model.checkpoint import save_model
from simlingo_model.mean_image import write_mean_image
from simlingo_model.model_card import ModelCard
from simlingo_model.presets import build_mini
from simlingo_planner.baselines import TargetPointPolicy
from simlingo_planner.config import PlannerNodeConfig
from simlingo_planner.policies import BUILT_IN, load_policy

NEAR = st.floats(-80.0, 80.0)


def observe(*targets) -> Observation:
    return Observation(
        t_s=1.0,
        image_jpeg=b'',
        pose_map=Pose3.identity(),
        speed_mps=3.0,
        target_points_base_m=np.array(targets, dtype=float),
    )


@pytest.mark.parametrize('name', BUILT_IN)
def test_built_in_policies_plan(name) -> None:
    policy = load_policy(PlannerNodeConfig(policy=name))
    assert isinstance(policy, Policy)
    assert policy.name == name
    plan = policy.plan(observe((20.0, 0.0), (70.0, 0.0)))
    assert plan.policy == name
    np.testing.assert_allclose(plan.path_base_m[-1], [19.0, 0.0], atol=0.01)


def test_unknown_policies_are_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean 'route'"):
        load_policy(PlannerNodeConfig(policy='rout'))


def test_the_mini_is_the_default_and_missed_by_name(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(model_names, 'ASSETS', tmp_path)
    assert PlannerNodeConfig().policy == 'mini'
    with pytest.raises(CheckpointError, match=f"'mini' is not part .*{tmp_path}"):
        load_policy(PlannerNodeConfig())


def test_the_mini_and_its_blind_twin_are_loaded_by_name(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(model_names, 'ASSETS', tmp_path)
    network, processor = build_mini(0)
    save_model(tmp_path / 'mini', network, processor, ModelCard())
    write_mean_image(tmp_path / 'mini', np.zeros((2, 224, 224, 3), np.uint8))
    assert load_policy(PlannerNodeConfig(device='cpu')).name == 'simlingo_mini'
    assert torch.get_num_threads() == 1, 'a small model shares the machine with the world'
    blind = load_policy(PlannerNodeConfig(policy='blind=mini', device='cpu'))
    assert blind.name == 'simlingo_mini_blind'


def test_a_folder_without_a_model_is_refused(tmp_path) -> None:
    with pytest.raises(CheckpointError):
        load_policy(PlannerNodeConfig(policy=str(tmp_path), device='cpu'))


def test_the_baseline_bends_to_the_target_and_slows_down_for_it() -> None:
    straight = TargetPointPolicy().plan(observe((15.0, 0.0), (65.0, 0.0)))
    bend = TargetPointPolicy().plan(observe((10.0, 6.0), (10.0, 56.0)))
    assert straight.target_speed_mps == pytest.approx(6.0, rel=1e-3)
    assert bend.target_speed_mps < straight.target_speed_mps
    np.testing.assert_allclose(bend.path_base_m[0], [0.0, 0.0], atol=1e-9)
    assert abs(bend.path_base_m[1, 1]) < 0.15
    assert np.linalg.norm(bend.path_base_m - [10.0, 6.0], axis=1).min() < 0.6


def test_the_baseline_stops_at_the_end_of_the_route() -> None:
    speeds = [
        TargetPointPolicy().plan(observe((left, 0.0), (left, 0.0))).target_speed_mps
        for left in (50.0, 6.0, 4.0, 2.0, 0.5)
    ]
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[0] == pytest.approx(6.0, rel=1e-3)
    assert speeds[-1] == 0.0


@given(NEAR, NEAR, NEAR, NEAR)
def test_the_baseline_plans_whatever_the_targets(x1, y1, x2, y2) -> None:
    plan = TargetPointPolicy().plan(observe((x1, y1), (x2, y2)))
    assert math.isfinite(plan.target_speed_mps)
    steps = np.linalg.norm(np.diff(plan.path_base_m, axis=0), axis=1)
    assert steps.max() < 1.01


def test_straight_is_straight() -> None:
    plan = StraightPolicy(4.0).plan(observe((0.0, 10.0), (0.0, 20.0)))
    assert np.abs(plan.path_base_m[:, 1]).max() == 0.0
    np.testing.assert_allclose(plan.speed_waypoints_base_m[-1], [10.0, 0.0], atol=1e-3)
