# SPDX-License-Identifier: Apache-2.0
"""Ends a process group when its supervisor is gone, however the supervisor died.

Run as its own program (standard library only, so that it starts in milliseconds).  It is the
leader of the group in which the nodes run and holds the read end of a pipe whose write end only
the supervisor has: end of file means that the supervisor ended, even by SIGKILL.  Then the group
gets SIGTERM, so that control can still brake, and what is left after the grace period SIGKILL.
"""

import os
import signal
import sys
import time
from pathlib import Path

POLL_S = 0.05


def list_members(group: int) -> list[int]:
    """Return the processes of a group that still run, without this one."""
    members = []
    for entry in Path('/proc').iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            # The program's name stands in brackets and may hold spaces.
            state, _, pgrp = (entry / 'stat').read_text().rpartition(')')[2].split()[:3]
        except OSError:
            continue
        if int(pgrp) == group and state not in 'ZX':
            members.append(int(entry.name))
    return members


def end_group(grace_s: float) -> None:
    """Ask every other process of this group to end, then make it."""
    group = os.getpgrp()
    os.killpg(group, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while list_members(group) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    os.killpg(group, signal.SIGKILL)


def main() -> None:
    """Wait for the supervisor's end, then end the group, this process included."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(ignored, signal.SIG_IGN)
    while os.read(0, 1024):
        pass
    end_group(float(sys.argv[1]))


if __name__ == '__main__':
    main()
