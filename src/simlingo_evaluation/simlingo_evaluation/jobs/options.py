# SPDX-License-Identifier: Apache-2.0
"""Options of every command that gives jobs to workers."""

from __future__ import annotations

from typing import Annotated

import typer

WorkerCount = Annotated[
    int | None,
    typer.Option(
        '--workers',
        min=1,
        help='Processes, or most jobs at once on a cluster. Default: 1 here, every processor of '
        'a cluster.',
        show_default=False,
    ),
]
Cluster = Annotated[
    str,
    typer.Option(
        '--cluster',
        help='local: processes of this machine; auto: the Ray cluster it belongs to; or '
        'ray://HOST:PORT.',
    ),
]
GpuShare = Annotated[
    float,
    typer.Option('--gpus', min=0.0, help='Share of a GPU for each worker on a cluster.'),
]
