# SPDX-License-Identifier: Apache-2.0
"""Jobs of the tests, which the nodes import."""

import os
import signal
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from simlingo_core.errors import ConfigError


@dataclass(frozen=True)
class Job:
    """A number to be written; the other fields make the job behave badly."""

    number: int
    folder: Path
    marks: Path
    is_deadly: bool = False
    waits_s: float = 0.0
    model: str = ''

    def in_folder(self, folder):
        return replace(self, folder=folder)


@dataclass(frozen=True)
class Done:
    number: int
    node: str
    process: int
    code: str
    words: str = ''


def write_number(job):
    """Write the number, and a mark that it was begun, where all nodes see it."""
    import ray

    import simlingo_core

    node = ray.get_runtime_context().get_node_id()
    mark = job.marks / f'{job.number}_{time.time_ns()}'
    mark.write_text(f'{node} {os.getpid()}')
    if job.is_deadly and len(list(job.marks.glob(f'{job.number}_*'))) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(job.waits_s)
    path = job.folder / 'numbers' / f'{job.number}.txt'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(str(job.number))
    words = (find(job.model) / 'words.txt').read_text() if job.model else ''
    return Done(job.number, node, os.getpid(), simlingo_core.__file__, words)


def find(model):
    from simlingo_model.model_names import find_model

    return find_model(model).folder


def refuse(job):
    raise ConfigError(f'no {job.number}')


def die(job):
    os.kill(os.getpid(), signal.SIGKILL)


def temporary_files(_):
    """Return what runs of ours left in the temporary folder."""
    return sorted(path.name for path in Path(tempfile.gettempdir()).glob('simlingo-jobs-*'))
