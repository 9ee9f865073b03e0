"""The plain way: every row of a listing decoded. What the product's way must be equal to."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from batchbell.core.listing import Listing
from batchbell.core.provider import JobState
from batchbell.providers.together.listing import MAX_ROW_CHARS
from batchbell.providers.together.row import parse_row
from batchbell.wire.json_rows import JsonList

if TYPE_CHECKING:
    from collections.abc import Collection

    from batchbell.core.provider import ProgressScale
    from batchbell.providers.together.row import ParsedRow


class ListingParser:
    """Takes the body of `GET /batches` in pieces of any size and returns its `Listing`.

    Lenient with rows, raises `MalformedError` for a body that is not a list. Of rows with the same
    id the last wins. The result does not depend on the pieces.
    """

    def __init__(
        self,
        *,
        scale: ProgressScale = "auto",
        assume_fraction: bool = False,
        max_row_chars: int = MAX_ROW_CHARS,
    ) -> None:
        """`assume_fraction`: an earlier listing of this account was on the fraction scale."""
        self._scale = scale
        self._assume_fraction = assume_fraction
        self._to_text = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._list = JsonList(self._take_row, max_value_chars=max_row_chars)
        self._rows: dict[str, ParsedRow] = {}
        self._shared: dict[str, str] = {}
        self._skipped_rows = 0
        self._bad_fields = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next piece of the body; raises `MalformedError`."""
        self._list.feed(self._to_text.decode(chunk))

    def close(self) -> Listing:
        """Return the listing after the last piece; raises `MalformedError` if it has not ended.

        Takes about 5 µs a job.
        """
        self._list.feed(self._to_text.decode(b"", final=True))
        self._list.close()
        rows = self._rows.values()
        fraction = is_fraction_scale(rows, scale=self._scale, assume_fraction=self._assume_fraction)
        return Listing(
            jobs=tuple(row.scaled(fraction_scale=fraction) for row in rows),
            ids=frozenset(self._rows),
            skipped_rows=self._skipped_rows,
            bad_fields=self._bad_fields + (count_above_one(rows) if fraction else 0),
            fraction_scale=fraction,
        )

    def _take_row(self, raw: object) -> None:
        row = parse_row(raw, self._shared)
        if row is None:
            self._skipped_rows += 1
            return
        self._rows[row.job.id] = row
        self._bad_fields += row.bad_fields


def is_fraction_scale(
    rows: Collection[ParsedRow], *, scale: ProgressScale, assume_fraction: bool
) -> bool:
    """Whether progress in these rows runs to 1, not to 100.

    Found out when some COMPLETED job stands at exactly 1 and none above; once found out
    (`assume_fraction`) it holds until a value exceeds 1. Source: docs/api.md, `progress`.
    """
    if scale != "auto":
        return scale == "fraction"
    if count_above_one(rows):
        return False
    return assume_fraction or any(
        row.raw_progress == 1 and row.job.state is JobState.COMPLETED for row in rows
    )


def count_above_one(rows: Collection[ParsedRow]) -> int:
    """Return how many rows have a progress that is none on the fraction scale."""
    return sum(row.raw_progress is not None and row.raw_progress > 1 for row in rows)
