# SPDX-License-Identifier: Apache-2.0
"""Which policy drives: a built-in one by name, the committed mini, or the model in a folder."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from simlingo_core.baselines import StraightPolicy
from simlingo_core.errors import ConfigError
from simlingo_core.protocols import Policy
from simlingo_model.model_names import COMMITTED, ModelChoice, find_model
from simlingo_planner.baselines import TargetPointPolicy
from simlingo_planner.config import PlannerNodeConfig

BUILT_IN: Mapping[str, Callable[[], Policy]] = MappingProxyType(
    {'route': TargetPointPolicy, 'straight': StraightPolicy}
)


def load_policy(config: PlannerNodeConfig) -> Policy:
    """Return the policy that the settings name.

    Raises:
        ConfigError: nobody has this name and no such folder exists.
        CheckpointError: the model is not there or cannot be read.
    """
    if config.policy in BUILT_IN:
        return BUILT_IN[config.policy]()
    choice = find_model(config.policy)
    if choice is not None:
        return _load_model(choice, config)
    names = (*COMMITTED, *BUILT_IN)
    near = difflib.get_close_matches(config.policy, names, n=1)
    hint = f'did you mean {near[0]!r}?' if near else f'expected {", ".join(names)}'
    raise ConfigError(
        f'policy is {config.policy!r}; {hint} or the path of an existing model folder'
    )


def _load_model(choice: ModelChoice, config: PlannerNodeConfig) -> Policy:
    # Torch takes seconds to import; only models need it.
    import torch

    from simlingo_model.policy import SimLingoPolicy
    from simlingo_model.policy_config import Order, PolicyConfig
    from simlingo_model.precision import choose_threads

    torch.set_num_threads(config.threads or choose_threads(choice.folder))
    settings = PolicyConfig(
        order=Order(config.order), uses_command=config.uses_command, is_blind=choice.is_blind
    )
    return SimLingoPolicy.load(
        choice.folder,
        settings,
        device=config.device,
        engine=choice.engine if config.engine == 'auto' else config.engine,
        precision=choice.precision if config.precision == 'auto' else config.precision,
        falls_back=config.engine_fallback,
        clock=time.perf_counter,
    )
