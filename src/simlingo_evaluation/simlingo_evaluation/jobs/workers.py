# SPDX-License-Identifier: Apache-2.0
"""Who does the jobs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from simlingo_core.errors import ConfigError

LOCAL, AUTO = 'local', 'auto'
_ADDRESS = re.compile(r'ray://[A-Za-z0-9_.-]+:\d{1,5}')


@dataclass(frozen=True, kw_only=True)
class Workers:
    """Who does the jobs.

    Attributes:
        count: most at once; None: one process here, every processor of a cluster.
        cluster: ``local``: processes of this machine.  ``auto``: the Ray cluster that this machine
            belongs to, or that RAY_ADDRESS names.  ``ray://HOST:PORT``: that one, from outside.
        gpus: share of a GPU that each worker on a cluster gets.
    """

    count: int | None = None
    cluster: str = LOCAL
    gpus: float = 0.0

    def __post_init__(self) -> None:
        if self.count is not None and self.count < 1:
            raise ConfigError(f'workers is {self.count}; expected 1 or more')
        if self.cluster not in (LOCAL, AUTO) and not _ADDRESS.fullmatch(self.cluster):
            raise ConfigError(
                f'cluster is {self.cluster!r}; expected local, auto or ray://HOST:PORT, such as '
                'ray://head:10001'
            )
        if self.gpus < 0.0:
            raise ConfigError(f'gpus is {self.gpus}; expected 0 or more')

    @classmethod
    def of(
        cls, count: int | None, cluster: str, gpus: float = 0.0, *, local_count: int
    ) -> Workers:
        """Return the workers of a command's options.

        Args:
            count: as given; None: not given.
            cluster: as given.
            gpus: as given.
            local_count: processes of this machine where no count was given.

        Raises:
            ConfigError: an option is out of range.
        """
        if cluster == LOCAL:
            if gpus:
                raise ConfigError(
                    '--gpus is for workers on a cluster; leave it out, or add --cluster'
                )
            return cls(count=count or local_count)
        return cls(count=count, cluster=cluster, gpus=gpus)

    @property
    def is_local(self) -> bool:
        """Whether they are processes of this machine."""
        return self.cluster == LOCAL

    def path(self, path: Path) -> Path:
        """Return a path as the workers know it: on a cluster they do not share our folder."""
        return path if self.is_local else path.absolute()
