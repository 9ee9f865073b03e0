"""Noticing that a process closed a file that it could write to, without looking again and again.

Source: inotify(7). Linux alone has it; Python has no module for it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_IN_CLOSE_WRITE = 0x8
#: More than the kernel tells at once of one file.
_READ_BYTES = 4096


class Closings:
    """What the kernel tells of one file; nothing where it can't be asked."""

    def __init__(self, path: Path) -> None:
        """Begin to listen; the file is there."""
        #: Can be read from once somebody closed the file; None if nobody tells.
        self.descriptor = _listening(path) if sys.platform == "linux" else None

    def forget(self) -> None:
        """Forget what was told so far."""
        if self.descriptor is not None:
            with suppress(BlockingIOError):
                while os.read(self.descriptor, _READ_BYTES):
                    pass

    def close(self) -> None:
        """Listen no more."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


def _listening(path: Path) -> int | None:
    """Return a descriptor that tells of closings; None if the system refuses, or has too many."""
    # Lazily: commands need none of it.
    import ctypes  # noqa: PLC0415

    system = ctypes.CDLL(None)
    descriptor: int = system.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if descriptor < 0:
        return None
    if system.inotify_add_watch(descriptor, os.fsencode(path), _IN_CLOSE_WRITE) < 0:
        os.close(descriptor)
        return None
    return descriptor
