# SPDX-License-Identifier: Apache-2.0
"""The exponential moving average (EMA) of a network's weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from accelerate import Accelerator, DistributedType
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from simlingo_core.errors import ConfigError
from simlingo_model.network import SimLingoNetwork

SHARDED = (DistributedType.FSDP, DistributedType.DEEPSPEED)
FILE = 'average.pt'
"""In the state of a run."""


class WeightAverage:
    """An average beside the weights in training; it costs the memory of a second network.

    The first update copies the weights, each later one moves the average a little towards them.

    Args:
        network: in training, not wrapped.
        decay: share of the average that an update keeps, such as 0.999.
        device: where the network is trained.
    """

    def __init__(
        self, network: SimLingoNetwork, decay: float, device: torch.device | str = 'cpu'
    ) -> None:
        self._source = network
        average = cast(Any, get_ema_multi_avg_fn)(decay)
        self._model = AveragedModel(network, torch.device(device), multi_avg_fn=average)

    @property
    def network(self) -> SimLingoNetwork:
        """The network with the averaged weights."""
        return cast(SimLingoNetwork, self._model.module)

    def update(self) -> None:
        """Take the present weights in, after each step."""
        self._model.update_parameters(self._source)

    def save(self, state: Path) -> None:
        """Write the average into the state of a run."""
        torch.save(self._model.state_dict(), state / FILE)

    def load(self, state: Path) -> None:
        """Go on with the average of a run.

        Raises:
            ConfigError: the run has none, or it is of another network.
        """
        try:
            content: Mapping[str, Any] = torch.load(state / FILE, weights_only=True)
            self._model.load_state_dict(content)
        except (OSError, RuntimeError, ValueError) as error:
            raise ConfigError(
                f'the average of weights in {state / FILE} cannot be gone on with ({error}); '
                'go on with the ema_decay of its beginning, or choose another run folder'
            ) from error


def make_average(
    network: SimLingoNetwork, decay: float, accelerator: Accelerator
) -> WeightAverage | None:
    """Return the average that a recipe asks for; None: it asks for none (a decay of 0).

    Raises:
        ConfigError: the weights are sharded, so that no process has all of them.
    """
    if not decay:
        return None
    if accelerator.distributed_type in SHARDED:
        raise ConfigError(
            f'optim.ema_decay is {decay} and the weights are sharded '
            f'({accelerator.distributed_type.value}); set it to 0, or launch with ddp.yaml'
        )
    return WeightAverage(network, decay, accelerator.device)
