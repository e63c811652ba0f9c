# SPDX-License-Identifier: Apache-2.0
"""What a job finds on a node of a cluster: models, and a folder for its results.

A job writes into the folder of the campaign where the node sees it (a shared file system).  Else
it writes into a folder of its own, and the answer carries its files.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simlingo_core.errors import CheckpointError, ConfigError
from simlingo_core.moved_paths import note_moved


@dataclass(frozen=True)
class ShippedFile:
    """A file of a model in the object store; an empty path: the model is this one file."""

    path: str
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class ShippedModel:
    """A model in the object store, under the name that the jobs know it by."""

    name: str
    digest: str
    files: tuple[ShippedFile, ...]


@dataclass(frozen=True, kw_only=True)
class NodeContext:
    """What is the same for all jobs.

    Attributes:
        key: of the run; begins the names of its files on the nodes.
        output: folder of the results; None: the jobs write nothing, or only beside what
            they read.
        marker: name of a file in it, by which a node tells whether it sees the folder.
        needs: what the jobs read.
        models: that the jobs need.
    """

    key: str
    output: Path | None = None
    marker: str = ''
    needs: tuple[Path, ...] = ()
    models: tuple[ShippedModel, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What comes back: the result, and the files that it wrote where nobody else sees them."""

    result: Any
    files: dict[str, bytes] = field(default_factory=dict)


def do_job(context: NodeContext, function: Callable[[Any], Any], job: Any) -> Answer:
    """Do a job on this node.

    Args:
        context: of all jobs.
        function: of a job.
        job: where results are written it has a method ``in_folder(folder)``.

    Raises:
        ConfigError: the node does not see what the jobs read.
        CheckpointError: another model lies where one of the jobs' should be.
    """
    for path in context.needs:
        if not path.exists():
            raise ConfigError(
                f'the node {os.uname().nodename} does not see {path}; put it into a folder that '
                'all nodes share'
            )
    for model in context.models:
        _find_model(context.key, model)
    if context.output is None:
        return Answer(result=function(job))
    if (context.output / context.marker).is_file():
        return Answer(result=function(job.in_folder(context.output)))
    folder = _node_folder(context.key) / secrets.token_hex(16)
    try:
        result = function(job.in_folder(folder))
        return Answer(result=result, files=_files_below(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_files(key: str) -> None:
    """Remove everything that the jobs of a run left on this node."""
    shutil.rmtree(_node_folder(key), ignore_errors=True)


def digest_of(path: Path) -> str:
    """Return a digest of a file, or of all files below a folder and their names."""
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(p for p in path.rglob('*') if p.is_file()):
        name = '' if file == path else str(file.relative_to(path))
        with file.open('rb') as stream:
            digest.update(name.encode() + hashlib.file_digest(stream, 'sha256').digest())
    return digest.hexdigest()


# Models that this process has looked for.
_found: set[tuple[str, str]] = set()


def _find_model(key: str, model: ShippedModel) -> None:
    """Make sure that a model is on this node, and that this process knows where."""
    if (key, model.name) in _found:
        return
    path = Path(model.name).expanduser()
    if not path.exists():
        path = _node_folder(key) / model.digest
        if not path.exists():
            _fetch(model, path)
        note_moved(model.name, path)
    elif digest_of(path) != model.digest:
        raise CheckpointError(
            f'on the node {os.uname().nodename} {path} is another model than here; remove it '
            'there, or put the model into a folder that all nodes share'
        )
    _found.add((key, model.name))


def _fetch(model: ShippedModel, path: Path) -> None:
    """Write a model; several processes of a node may do so at once."""
    ray = importlib.import_module('ray')
    part = path.with_name(f'{path.name}.{os.getpid()}.part')
    for file in model.files:
        target = part / file.path if file.path else part
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open('wb') as stream:
            for ref in file.parts:
                stream.write(ray.get(ref))
    try:
        part.rename(path)
    except OSError:
        # Another process was faster.
        shutil.rmtree(part, ignore_errors=True)


def _node_folder(key: str) -> Path:
    return Path(tempfile.gettempdir()) / key


def _files_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob('*'))
        if path.is_file()
    }
