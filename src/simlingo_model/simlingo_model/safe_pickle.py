# SPDX-License-Identifier: Apache-2.0
"""Read PyTorch's pickled files without running code from them.

PyTorch's restricted unpickler (``weights_only``) stops at the first class that is not on its list.
Checkpoints of Lightning, hydra or transformers contain many such classes beside the weights:
settings, paths, counters.  Here each is replaced by a placeholder, so that the tensors can be
read.  Classes and functions that the file names are neither imported nor called.
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

# Messages of PyTorch's unpickler, whose version is pinned; the tests fail if they change.
_UNKNOWN = re.compile(r'Unsupported global: GLOBAL (\S+) was not')
_BLOCKED = re.compile(r'unsupported GLOBAL (\S+) whose module')
_FILLED = re.compile(r"Can only (SETITEM|append|extend).*but got <class '([^']+)'>", re.DOTALL)
# Modules whose functions act on the machine, and names of them that are harmless data.
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
    """Replaces an object of an unknown class and ignores its content."""

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Ignore the arguments."""
        return object.__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass


class MappingPlaceholder(Placeholder):
    """Replaces an unknown subclass of ``dict`` by ``OrderedDict``, whose items can be set."""

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Return an empty dictionary."""
        return OrderedDict()


class ListPlaceholder(Placeholder):
    """Replaces an unknown subclass of ``list`` by ``list``, which can be extended."""

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Return an empty list."""
        return []


def load_pickled(file: Path, *, maps_file: bool) -> Any:
    """Return the content of a file of ``torch.save``, unknown objects as placeholders.

    Args:
        file: to read.
        maps_file: map tensors from the file instead of copying them (zip files only).

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
            # Given the path, torch would rely on the name and take it for safetensors.
            with file.open('rb') as opened:
                return torch.load(opened, map_location='cpu', weights_only=True)
        return torch.load(file, map_location='cpu', mmap=maps_file, weights_only=True)


def _missing(message: str) -> tuple[str, type[Placeholder]]:
    """Return the name that needs a placeholder and its kind; an empty name: another error."""
    if found := _BLOCKED.search(message) or _UNKNOWN.search(message):
        # The message leaves out ``builtins.``.
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
