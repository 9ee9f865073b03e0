"""Runs of windows that came as they were, one behind the other: each is recognised at once."""

from __future__ import annotations

from typing import NamedTuple

from xxhash import xxh3_64

#: Windows of a run: enough that a recognised one costs next to nothing, few enough that those
#: beside a changed one are soon looked at one by one.
WINDOWS_OF_RUN = 8


class Run(NamedTuple):
    """Several windows, each with the comma behind it."""

    windows: int
    #: Bytes, and their fingerprint.
    size: int
    print: int


class Runs:
    """Finds the runs of a listing, for the next one."""

    def __init__(self) -> None:
        #: By the place of their first window.
        self.found: dict[int, Run] = {}
        self._hash = xxh3_64()
        self._windows = self._size = 0

    def add(self, run: Run, place: int) -> None:
        """Note a run that came as a whole."""
        self.found[place] = run
        self.break_off()

    def extend(self, window: memoryview, place: int) -> None:
        """Note a window that came as it was, with its comma."""
        self._hash.update(window)
        self._windows += 1
        self._size += len(window)
        if self._windows == WINDOWS_OF_RUN:
            first = place - WINDOWS_OF_RUN + 1
            self.add(Run(self._windows, self._size, self._hash.intdigest()), first)

    def break_off(self) -> None:
        """Note that another window came in between."""
        if self._windows:
            self._hash.reset()
            self._windows = self._size = 0
