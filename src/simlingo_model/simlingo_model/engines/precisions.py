# SPDX-License-Identifier: Apache-2.0
"""Number formats of engines, and whether this processor has units for them."""

from __future__ import annotations

import logging
from pathlib import Path

from simlingo_core.errors import BackendError, ConfigError

AUTO, FLOAT32, BFLOAT16, INT8 = 'auto', 'float32', 'bfloat16', 'int8'
PRECISIONS = (AUTO, FLOAT32, BFLOAT16, INT8)
INT8_UNITS = frozenset({'avx512_vnni', 'avx_vnni', 'amx_int8', 'asimddp', 'i8mm'})
"""Flags of processors that multiply 8-bit numbers: Intel, AMD and Arm."""
CPU_FILE = Path('/proc/cpuinfo')

_logger = logging.getLogger(__name__)


def processor_flags(file: Path = CPU_FILE) -> frozenset[str]:
    """Return what the processor can do, as Linux names it; empty where that is not known."""
    if not file.is_file():
        return frozenset()
    for line in file.read_text(encoding='utf-8', errors='replace').splitlines():
        name, _, value = line.partition(':')
        if name.strip() in ('flags', 'Features'):
            return frozenset(value.split())
    return frozenset()


def has_int8_units(file: Path = CPU_FILE) -> bool:
    """Whether the processor has units for 8-bit products (VNNI, AMX, or Arm's)."""
    return bool(INT8_UNITS & processor_flags(file))


def check_precision(precision: str) -> None:
    """Check that there is such a number format.

    Raises:
        ConfigError: there is not.
    """
    if precision not in PRECISIONS or precision == AUTO:
        names = ', '.join(name for name in PRECISIONS if name != AUTO)
        raise ConfigError(f'precision is {precision!r}; expected one of {names}')


def choose_precision(wanted: str, exported: frozenset[str], *, on_cpu: bool) -> str:
    """Return the number format to run an export in.

    Args:
        wanted: one of ``PRECISIONS``; ``auto``: 8 bits where they were exported and the
            processor has units for them, else float32.
        exported: formats of the graphs that are there.
        on_cpu: whether the graphs run on the processor.

    Raises:
        BackendError: this format was not exported.
        ConfigError: there is no such format.
    """
    if wanted != AUTO:
        check_precision(wanted)
    lacks_units = on_cpu and not has_int8_units()
    if wanted == AUTO:
        if INT8 in exported and lacks_units:
            _logger.warning(
                'the export has 8-bit graphs, but this processor has no units for them (AMX, '
                'VNNI): float32 is used, which is faster here; precision int8 overrides this'
            )
        return INT8 if INT8 in exported and not lacks_units else FLOAT32
    if wanted == INT8 and INT8 not in exported:
        raise BackendError(
            'precision is int8 and the model was exported in float32 only; run "simlingo export '
            'MODEL --int8", or use precision auto'
        )
    if wanted == INT8 and lacks_units:
        _logger.warning(
            'precision is int8 and this processor has no units for it (AMX, VNNI): it may be '
            'slower than float32'
        )
    return wanted
