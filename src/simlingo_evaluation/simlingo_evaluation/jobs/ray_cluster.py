# SPDX-License-Identifier: Apache-2.0
"""The connection to a Ray cluster, and what is shipped to its nodes."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import secrets
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from simlingo_core.errors import BackendError, ConfigError
from simlingo_evaluation.jobs.node_side import ShippedFile, ShippedModel, digest_of, remove_files
from simlingo_evaluation.jobs.workers import AUTO
from simlingo_model.model_names import COMMITTED

PACKAGES = (
    'simlingo_core',
    'simlingo_ros',
    'simlingo_model',
    'simlingo_sim',
    'simlingo_perception',
    'simlingo_planner',
    'simlingo_control',
    'simlingo_evaluation',
    'simlingo_training',
)
"""Our packages that jobs may need: nodes run this machine's code, not what may lie on them."""
# Read when a library is loaded: jobs share the processors, and sums of floats depend on how many
# threads share them.  The last one is Mesa's.
ONE_THREAD = {
    name: '1'
    for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'LP_NUM_THREADS')
}
CHUNK_BYTES = 64 * 2**20
SWEEP_LIMIT_S = 20.0
KNOCK_LIMIT_S = 10.0
CURRENT_CLUSTER = Path('/tmp/ray/ray_current_cluster')
"""Where Ray notes which cluster this machine belongs to."""

logger = logging.getLogger(__name__)


def load_ray() -> ModuleType:
    """Return the module ray.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        return importlib.import_module('ray')
    except ImportError as error:
        raise ConfigError(
            f'--cluster needs Ray ({error}): pip install -c constraints.txt -r '
            'requirements/cluster.txt, or leave the option out'
        ) from error


class RayCluster:
    """A Ray cluster for the time of one ``with``; one connected before stays connected.

    Args:
        address: ``auto`` or ``ray://HOST:PORT``.

    Raises (on entering):
        ConfigError: Ray is not installed.
        BackendError: no cluster answers there, or it has other versions.
    """

    def __init__(self, address: str) -> None:
        self.ray: Any = load_ray()
        self.key = f'simlingo-jobs-{secrets.token_hex(6)}'
        self._address = address
        self._is_ours = False

    def __enter__(self) -> RayCluster:
        if not self.ray.is_initialized():
            try:
                _knock(self._address)
                self.ray.init(
                    self._address,
                    runtime_env=runtime_environment(),
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                )
            except (OSError, RuntimeError, ValueError) as error:
                raise BackendError(_why_not(self._address, error)) from error
            self._is_ours = True
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_ours:
            self.ray.shutdown()

    def nodes(self) -> list[str]:
        """Return the ids of the nodes that are alive."""
        return [node['NodeID'] for node in self.ray.nodes() if node['Alive']]

    def processors(self) -> int:
        """Return how many processors all nodes have."""
        return int(self.ray.cluster_resources().get('CPU', 0))

    def ship(self, names: Sequence[str]) -> tuple[ShippedModel, ...]:
        """Put the model folders among some names into the object store.

        Models that come with our packages are shipped with these.
        """
        # Before the last mark stands how a model is run: blind=FOLDER, openvino=FOLDER.
        folders = {name.rpartition('=')[2] for name in names}
        return tuple(
            self._ship(name)
            for name in sorted(folders)
            if name not in COMMITTED and Path(name).expanduser().exists()
        )

    def sweep(self) -> None:
        """Remove what the jobs of this connection left on the nodes."""
        strategies: Any = importlib.import_module('ray.util.scheduling_strategies')
        remove = self.ray.remote(num_cpus=0, max_retries=0)(remove_files)
        removed = [
            remove.options(
                scheduling_strategy=strategies.NodeAffinitySchedulingStrategy(node, soft=False)
            ).remote(self.key)
            for node in self.nodes()
        ]
        _, late = self.ray.wait(removed, num_returns=len(removed), timeout=SWEEP_LIMIT_S)
        if late:
            logger.warning(
                '%d nodes may keep files %s* in their temporary folder', len(late), self.key
            )

    def _ship(self, name: str) -> ShippedModel:
        path = Path(name).expanduser()
        begin_s = time.monotonic()
        files = [path] if path.is_file() else sorted(p for p in path.rglob('*') if p.is_file())
        shipped = ShippedModel(
            name=name,
            digest=digest_of(path),
            files=tuple(
                ShippedFile(
                    path='' if file == path else str(file.relative_to(path)),
                    parts=tuple(self.ray.put(part) for part in _parts(file)),
                )
                for file in files
            ),
        )
        logger.info(
            'put the model %s into the cluster in %.1f s', name, time.monotonic() - begin_s
        )
        return shipped


def runtime_environment() -> dict[str, Any]:
    """Return the environment of the jobs: our code, and one thread for each."""
    found = (importlib.util.find_spec(name) for name in PACKAGES)
    folders = [
        spec.submodule_search_locations[0]
        for spec in found
        if spec is not None and spec.submodule_search_locations
    ]
    return {'py_modules': folders, 'excludes': ['__pycache__'], 'env_vars': ONE_THREAD}


def _knock(address: str) -> None:
    """See whether anybody answers at an address: Ray itself would wait for many minutes.

    Raises:
        OSError: nobody does.
        ValueError: the address holds no port.
    """
    if address == AUTO:
        # Ray itself looks there in this order; without either it says at once that there is none.
        address = os.environ.get('RAY_ADDRESS', '')
        if not address and CURRENT_CLUSTER.is_file():
            address = CURRENT_CLUSTER.read_text().strip()
    host, _, port = address.removeprefix('ray://').rpartition(':')
    if port:
        socket.create_connection((host, int(port)), timeout=KNOCK_LIMIT_S).close()


def _parts(file: Path) -> Iterator[bytes]:
    with file.open('rb') as stream:
        while part := stream.read(CHUNK_BYTES):
            yield part


def _why_not(address: str, error: Exception) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if address == AUTO:
        return (
            f'this machine belongs to no Ray cluster ({first}); start one with "ray start '
            '--head", join one with "ray start --address HOST:6379", or give --cluster '
            'ray://HOST:10001'
        )
    return (
        f'no Ray cluster can be used at {address} ({first}); is "ray start --head" running there, '
        'is the port that of its client server (10001 by default), and are the versions of Ray '
        'and Python the same here and there?'
    )
