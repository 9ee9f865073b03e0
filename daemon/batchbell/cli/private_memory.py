"""Keeping other processes of the same user out of this one, which holds keys and passwords."""

from __future__ import annotations

import os
import sys

from batchbell.config.environment import DEBUGGABLE_VARIABLE

#: Source: linux/prctl.h.
_PR_SET_DUMPABLE = 4


def close_memory() -> None:
    """Let no other process read this one's environment and memory, its children neither.

    Root still can. Source: prctl(2), PR_SET_DUMPABLE; Linux only.
    """
    if sys.platform != "linux" or os.environ.get(DEBUGGABLE_VARIABLE) == "1":
        return
    # 10 ms: not for `--help`.
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
