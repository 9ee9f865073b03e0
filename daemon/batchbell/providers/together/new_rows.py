"""The rows that the listing before did not have, decoded once and kept until the body is whole."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

import msgspec

from batchbell.providers.packed_rows import PackedRows
from batchbell.providers.together.columns import NotPlainError, columns_of, rows_of, values_of
from batchbell.providers.together.row import parse_row
from batchbell.providers.together.scale import marks_of
from batchbell.providers.together.sketch import sketch
from batchbell.providers.windows import Sketch
from batchbell.wire.json_rows import decode_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.providers.together.cleaning import Cleaning
    from batchbell.providers.together.columns import Columns
    from batchbell.providers.together.row import ParsedRow

_encode = msgspec.msgpack.encode
_decode = msgspec.msgpack.decode


class NewRows:
    """Some rows in the listing's order: plain ones by the column, any other as it came."""

    def __init__(self, cleaning: Cleaning) -> None:
        self._cleaning = cleaning
        self._kept = PackedRows()
        self._shared: dict[str, str] = {}

    def add(self, rows: Sequence[msgspec.Raw]) -> list[Sketch]:
        """Keep some rows; return a sketch of each."""
        try:
            columns = columns_of(rows)
        except NotPlainError:
            return self._add_in_parts(rows)
        if not self._are_usable(columns[0]):
            return self._add_in_parts(rows)
        self._kept.append(_encode(columns))
        return _sketches(columns)

    def __iter__(self) -> Iterator[ParsedRow | None]:
        """Yield the rows, None for one that is left out; each time as new objects."""
        for piece in self._kept:
            kept = _decode(piece)
            if isinstance(kept, bytes):
                yield self._read(kept)
            else:
                yield from rows_of(kept, self._shared)

    def _add_in_parts(self, rows: Sequence[msgspec.Raw]) -> list[Sketch]:
        """Find the rows that are not plain by halving: the others stay together."""
        half = len(rows) // 2
        if half:
            return self.add(rows[:half]) + self.add(rows[half:])
        row = bytes(rows[0])
        self._kept.append(_encode(row))
        return [sketch(row, is_usable=self._cleaning.is_usable_id)]

    def _are_usable(self, ids: Sequence[str]) -> bool:
        # One look at all of them together.
        return self._cleaning.is_usable_id("\n".join(ids))

    def _read(self, text: bytes) -> ParsedRow | None:
        row = parse_row(decode_value(text.decode(errors="replace")), self._shared)
        return row if row is not None and self._cleaning.is_usable_id(row.job.id) else None


def _sketches(columns: Columns) -> list[Sketch]:
    ids, statuses, progress = map(values_of, columns[:3], repeat(len(columns[0])))
    return [
        Sketch(job_id.encode(), marks_of(raw_progress, status))
        for job_id, status, raw_progress in zip(ids, statuses, progress, strict=True)
    ]
