# SPDX-License-Identifier: Apache-2.0
"""Read PyTorch's pickled files without running anything that is in them.

PyTorch's restricted unpickler (``weights_only``) stops at the first class that it does not know.
Checkpoints of Lightning, hydra or transformers hold many of them beside the weights: settings,
paths, counters.  Each is replaced by a placeholder here, so that the tensors can be read.  No
class or function that the file names is ever looked up, let alone called.
"""

from __future__ import annotations

import pickle
import re
import warnings
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch
from torch.serialization import safe_globals

# What PyTorch's unpickler raises (pinned version; the tests would tell).
_UNKNOWN = re.compile(r'Unsupported global: GLOBAL (\S+) was not')
_BLOCKED = re.compile(r'unsupported GLOBAL (\S+) whose module')
_FILLED = re.compile(r"Can only (SETITEM|append|extend).*but got <class '([^']+)'>", re.DOTALL)
# Modules whose functions act on the machine, and what settings and paths need of them.
_ACTING = re.compile(
    r'(_io|builtins|code|commands|ctypes|importlib|io|nt|os|pdb|pickle|posix|pty|runpy|shutil'
    r'|socket|subprocess|sys|webbrowser)\.'
)
_HARMLESS = re.compile(
    r'builtins\.(bool|bytes|complex|dict|float|frozenset|getattr|int|list|object|range|set|slice'
    r'|str|tuple|type)|_?io\.BytesIO'
)


class CodeInFileError(pickle.UnpicklingError):
    """The file names a function that acts on the machine; weights need none."""


class Placeholder:
    """Stands for an object of a class that is not looked up; swallows whatever it is given."""

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Make one, whatever the arguments."""
        return object.__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass


class MappingPlaceholder(Placeholder):
    """Stands for a kind of dictionary: its objects are plain ordered dictionaries."""

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Make one, whatever the arguments."""
        return OrderedDict()


class ListPlaceholder(Placeholder):
    """Stands for a kind of list: its objects are plain lists."""

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Make one, whatever the arguments."""
        return []


def load_pickled(file: Path, *, maps_file: bool) -> Any:
    """Return the content of a file of ``torch.save``, unknown objects as placeholders.

    Args:
        file: to read.
        maps_file: leave tensors in the file until they are used (zip files only).

    Raises:
        CodeInFileError: the file names a function that acts on the machine.
        Exception: what ``torch.load`` raises for damaged files.
    """
    placeholders: dict[str, type[Placeholder]] = {}
    while True:
        try:
            with safe_globals([(kind, name) for name, kind in placeholders.items()]):
                return _load(file, maps_file)
        except pickle.UnpicklingError as error:
            name, base = _missing(str(error))
            if not name or (name in placeholders and issubclass(placeholders[name], base)):
                raise
            _refuse_action(name)
            placeholders[name] = type(name, (base,), {'__module__': __name__})


def _load(file: Path, maps_file: bool) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        if file.suffix == '.safetensors':
            # By its path torch would take it for what its name says.
            with file.open('rb') as opened:
                return torch.load(opened, map_location='cpu', weights_only=True)
        return torch.load(file, map_location='cpu', mmap=maps_file, weights_only=True)


def _missing(message: str) -> tuple[str, type[Placeholder]]:
    """Return which name needs which placeholder; an empty name: none would help."""
    if found := _BLOCKED.search(message) or _UNKNOWN.search(message):
        # PyTorch leaves out ``builtins.`` in what it says.
        return found[1] if '.' in found[1] else f'builtins.{found[1]}', Placeholder
    if found := _FILLED.search(message):
        base = MappingPlaceholder if found[1] == 'SETITEM' else ListPlaceholder
        return found[2].removeprefix(f'{__name__}.'), base
    return '', Placeholder


def _refuse_action(name: str) -> None:
    if _ACTING.match(name) and not _HARMLESS.fullmatch(name):
        raise CodeInFileError(
            f'it names {name}, which acts on the machine when such a file is read the usual way; '
            'nothing was run: do not use this file, and ask its authors for safetensors'
        )
