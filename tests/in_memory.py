"""Whether the tests' files may be in memory, where the machine has room for them.

A commit waits until the disk has it: some milliseconds, thousands of times in a run. What a test
holds is that nothing is lost when a process dies. None cuts the power.
"""

from __future__ import annotations

import os
from pathlib import Path

#: Where Linux has files in memory.
MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder in it that is its user's own
#: Several times what a whole run has there at any time, bytes.
ROOM = 4 * 2**30


def has_room(place: Path = MEMORY) -> bool:
    """Whether tests may write there, and start from there the programs that they write."""
    try:
        found = os.statvfs(place)
    except OSError:
        return False
    may_start = not found.f_flag & os.ST_NOEXEC
    return may_start and os.access(place, os.W_OK) and found.f_bavail * found.f_frsize >= ROOM
