"""Faults of a listing's rows: some are bad, or some are not there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from batchbell.simulator.state import ROW_SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.faulty import FaultyAnswer


@dataclass(frozen=True, slots=True)
class BadRows:
    """Raw JSON texts among the good rows of a listing (which need not be valid JSON)."""

    rows: tuple[bytes, ...]
    instead: ClassVar[bool] = False

    def rewrite(self, answer: FaultyAnswer) -> FaultyAnswer:
        """Mix the texts with the rows, so that good rows stand before and behind bad ones."""
        return _edited(answer, self._mixed)

    def _mixed(self, good: list[bytes]) -> list[bytes]:
        rows = list(good)
        every = len(good) // (len(self.rows) + 1)
        for number, bad in enumerate(self.rows, 1):
            rows.insert(number * (every + 1) - 1, bad)
        return rows


@dataclass(frozen=True, slots=True)
class ShortListing:
    """Only every `keep_every`-th row of a listing is there."""

    instead: ClassVar[bool] = False
    keep_every: int = 2

    def rewrite(self, answer: FaultyAnswer) -> FaultyAnswer:
        """Leave rows out."""
        return _edited(answer, lambda rows: rows[:: self.keep_every])


def _edited(answer: FaultyAnswer, edit: Callable[[list[bytes]], list[bytes]]) -> FaultyAnswer:
    """Return a listing with other rows; any other answer as it is."""
    body = answer.whole_body()
    if not body.startswith(b"["):
        return answer
    rows = [row for row in body[1:-1].split(ROW_SEPARATOR) if row]
    return replace(answer, body=b"[" + ROW_SEPARATOR.join(edit(rows)) + b"]")
