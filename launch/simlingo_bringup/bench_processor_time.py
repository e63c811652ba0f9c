# SPDX-License-Identifier: Apache-2.0
"""Processor time of the nodes that a supervisor has started; Linux tells it in ``/proc``.

It says what something costs on a machine that computes other things too, where latencies say
little.
"""

from __future__ import annotations

import os
from pathlib import Path

PAGE = 'simlingo_view.page'
# Fields of /proc/PID/stat after the name of the process: time in the program, in the kernel.
USER, SYSTEM = 11, 12


def processor_time_ms(supervisor: int) -> tuple[float, float]:
    """Return what the page and what all other nodes have used so far.

    Args:
        supervisor: process id of ``simlingo up``.
    """
    page_ms = others_ms = 0.0
    children = Path(f'/proc/{supervisor}/task/{supervisor}/children').read_text().split()
    for child in children:
        try:
            words = Path(f'/proc/{child}/cmdline').read_bytes().split(b'\0')
            fields = Path(f'/proc/{child}/stat').read_text().rpartition(')')[2].split()
        except OSError:  # it has just ended
            continue
        spent_ms = 1000.0 * (int(fields[USER]) + int(fields[SYSTEM])) / os.sysconf('SC_CLK_TCK')
        if PAGE.encode() in words:
            page_ms += spent_ms
        else:
            others_ms += spent_ms
    return page_ms, others_ms
