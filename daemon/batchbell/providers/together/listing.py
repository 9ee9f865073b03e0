"""The API's listing, parsed as it arrives: memory is bounded by the jobs, not by the body."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from batchbell.core.listing import Listing
from batchbell.errors import MalformedError
from batchbell.providers.together.row import parse_row
from batchbell.providers.together.scale import count_above_one, is_fraction_scale
from batchbell.wire.json_rows import JsonList

if TYPE_CHECKING:
    from batchbell.core.provider import ProgressScale
    from batchbell.providers.together.row import ParsedRow

#: A row of more characters fails the listing: it would not fit the memory. Usual ones have 450.
MAX_ROW_CHARS = 8 * 2**20


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


def parse_single(
    body: bytes, *, scale: ProgressScale = "auto", assume_fraction: bool = False
) -> Listing:
    """Return a listing of the one job that `body`, a JSON object, describes.

    Raises `MalformedError` if it is no such object or has no usable id.
    """
    parser = ListingParser(scale=scale, assume_fraction=assume_fraction)
    wrong = MalformedError("the API answered with something that is not a batch job")
    try:
        # as a list of one, so that one job is read by the same rules as many
        parser.feed(b"[" + body.removeprefix(codecs.BOM_UTF8) + b"]")
        listing = parser.close()
    except MalformedError:
        raise wrong from None
    if len(listing.jobs) != 1 or listing.skipped_rows:
        raise wrong
    return listing
