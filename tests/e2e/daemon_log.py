"""What a daemon prints, read while it goes on printing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class DaemonLog:
    """The file that all processes of one daemon print into, one after the other."""

    def __init__(self, file: Path) -> None:
        """It need not be there yet."""
        self.file = file
        self._start = self._read_to = 0
        self._lines: list[dict[str, Any]] = []

    def begin(self) -> None:
        """From here on another process prints."""
        self._start = self._read_to = self.file.stat().st_size if self.file.exists() else 0
        self._lines = []

    def text(self) -> str:
        """Return everything that the last process has printed."""
        return self._bytes_from(self._start).decode()

    def is_json(self) -> bool:
        """Whether it has begun to print lines for machines."""
        return self._bytes_from(self._start, 1) == b"{"

    def lines(self) -> list[dict[str, Any]]:
        """Return its whole lines; each must be JSON.

        What was returned once is not read again: somebody who waits looks many times a second.
        """
        new, newline, _ = self._bytes_from(self._read_to).rpartition(b"\n")
        lines = new.splitlines()
        self._lines += map(json.loads, lines)
        self._read_to += len(new) + len(newline)
        return list(self._lines)

    def _bytes_from(self, place: int, longest: int = -1) -> bytes:
        with self.file.open("rb") as file:
            file.seek(place)
            return file.read(longest)
