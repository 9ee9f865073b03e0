"""The rows that the listing before did not have, decoded once and kept until the body is whole."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING

import msgspec

from batchbell.core.job_columns import values_of
from batchbell.providers.packed_rows import PackedRows
from batchbell.providers.together.columns import (
    NotPlainError,
    PlainRows,
    columns_of,
    texts_of,
)
from batchbell.providers.together.row import parse_row
from batchbell.providers.together.scale import marks_of
from batchbell.providers.together.sketch import sketch
from batchbell.providers.windows import Sketches
from batchbell.wire.json_rows import decode_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from batchbell.providers.together.cleaning import Cleaning
    from batchbell.providers.together.columns import Columns
    from batchbell.providers.together.row import ParsedRow
    from batchbell.providers.windows import Sketch

#: Fewer rows that come together wait for others: to read a few by the column takes ten times as
#: long a row.
_FEW_ROWS = 8
#: So many that wait are read together.
_READ_TOGETHER = 32

_encode = msgspec.msgpack.encode
_decode = msgspec.msgpack.decode


class NewRows:
    """Some rows in the listing's order: plain ones by the column, any other as it came."""

    def __init__(self, cleaning: Cleaning) -> None:
        self._cleaning = cleaning
        self._kept = PackedRows()
        self._waiting: list[msgspec.Raw] = []
        self._shared: dict[str, str] = {}

    def add(self, rows: Sequence[msgspec.Raw]) -> Sketches:
        """Keep some rows; return their sketches."""
        if len(rows) >= _FEW_ROWS:
            self._keep_waiting()
            return self._keep(rows)
        # Copies: the rows are views of all that was split with them.
        self._waiting += map(msgspec.Raw.copy, rows)
        if len(self._waiting) >= _READ_TOGETHER:
            self._keep_waiting()
        return Sketches.of(map(self._sketch, rows))

    def _keep_waiting(self) -> None:
        if self._waiting:
            self._keep(self._waiting)
            self._waiting = []

    def _sketch(self, row: msgspec.Raw) -> Sketch:
        return sketch(bytes(row), is_usable=self._cleaning.is_usable_id)

    def _keep(self, rows: Sequence[msgspec.Raw]) -> Sketches:
        try:
            columns = columns_of(rows)
        except NotPlainError:
            return self._add_in_parts(rows)
        if not self._are_usable(columns[0]):
            return self._add_in_parts(rows)
        self._kept.append(_encode(columns))
        return _sketches(columns)

    def __iter__(self) -> Iterator[ParsedRow | None]:
        """Yield the rows, without secrets, None for one that is left out.

        Each time they are made anew.
        """
        return chain.from_iterable(self.blocks())

    def blocks(self) -> Iterator[Iterable[ParsedRow | None]]:
        """Yield the same rows, several at a time."""
        self._keep_waiting()
        for piece in self._kept:
            kept = _decode(piece)
            if isinstance(kept, bytes):
                yield (self._read(kept),)
            elif self._cleaning.is_clean(texts_of(kept)):
                # One look at all of them together: nearly none has a secret, and there are 100,000.
                yield PlainRows(kept, self._shared)
            else:
                yield map(self._cleaning.clean_row, PlainRows(kept, self._shared))

    def _add_in_parts(self, rows: Sequence[msgspec.Raw]) -> Sketches:
        """Find the rows that are not plain by halving: the others stay together."""
        half = len(rows) // 2
        if half:
            return Sketches.of(
                chain(self._keep(rows[:half]).each(), self._keep(rows[half:]).each())
            )
        self._kept.append(_encode(bytes(rows[0])))
        return Sketches.of([self._sketch(rows[0])])

    def _are_usable(self, ids: Sequence[str]) -> bool:
        # One look at all of them together.
        return self._cleaning.is_usable_id("\n".join(ids))

    def _read(self, text: bytes) -> ParsedRow | None:
        row = parse_row(decode_value(text.decode(errors="replace")), self._shared)
        if row is None or not self._cleaning.is_usable_id(row.job.id):
            return None
        return self._cleaning.clean_row(row)


def _sketches(columns: Columns) -> Sketches:
    ids, statuses, progress = columns[:3]
    if isinstance(statuses, list) or isinstance(progress, list):
        pairs = map(values_of, (progress, statuses), repeat(len(ids)))
        marks = bytes(map(marks_of, *pairs))
    else:
        marks = bytes([marks_of(progress, statuses)]) * len(ids)
    return Sketches("\n".join(ids).encode(), marks)
