# SPDX-License-Identifier: Apache-2.0
"""Gzipped JSON files of a data set."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

from simlingo_core.files import write_atomically
from simlingo_training.data_problems import DataError


def write_gz(path: Path, data: Any) -> None:
    """Write gzipped JSON, whole or not at all; the same data give the same bytes."""
    write_atomically(path, gzip.compress(json.dumps(data).encode(), mtime=0), is_durable=False)


def read_gz(path: Path) -> Any:
    """Read gzipped JSON.

    Raises:
        DataError: the file is missing, truncated, damaged or no JSON.
    """
    try:
        return json.loads(gzip.decompress(path.read_bytes()))
    except FileNotFoundError as error:
        raise DataError(path, '', 'is missing') from error
    except (OSError, EOFError, RecursionError, ValueError, zlib.error) as error:
        raise DataError(path, '', f'cannot be read ({error})') from error
