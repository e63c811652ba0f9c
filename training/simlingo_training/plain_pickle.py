# SPDX-License-Identifier: Apache-2.0
"""Pickles that hold plain data; nothing that a file names is ever called."""

from __future__ import annotations

import io
import pickle
from pathlib import Path, PurePosixPath
from typing import Any

from simlingo_training.data_problems import DataError

_PATHS = {('pathlib', 'PosixPath'), ('pathlib', 'PurePosixPath'), ('pathlib._local', 'PosixPath')}


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Return the class of paths; refuse everything else."""
        if (module, name) in _PATHS:
            return PurePosixPath
        if (module, name) in {('collections', 'defaultdict'), ('collections', 'OrderedDict')}:
            return lambda *_: {}
        if (module, name) == ('builtins', 'list'):
            return list
        raise pickle.UnpicklingError(f'it names {module}.{name}; expected plain data')


def read_plain_pickle(path: Path) -> Any:
    """Read a pickle of dictionaries, lists, texts, numbers and paths.

    Raises:
        DataError: it cannot be read, or names anything else.
    """
    try:
        return _PlainUnpickler(io.BytesIO(path.read_bytes())).load()
    except FileNotFoundError as error:
        raise DataError(path, '', 'is missing') from error
    except (OSError, EOFError, ValueError, LookupError, AttributeError, TypeError) as error:
        raise DataError(path, '', f'cannot be read ({error})') from error
    except pickle.UnpicklingError as error:
        raise DataError(path, '', f'cannot be read ({error})') from error
