"""The API's listing, read as it arrives: what is known is passed over, what is new is decoded."""

from __future__ import annotations

import codecs
from array import array
from itertools import chain, islice
from operator import eq
from typing import TYPE_CHECKING

from xxhash import xxh3_64_intdigest

from batchbell.errors import MalformedError
from batchbell.observability.redaction import Redaction
from batchbell.providers.fast_path import WINDOW_BYTES, RowReader
from batchbell.providers.together.cleaning import Cleaning
from batchbell.providers.together.known_listing import NOTHING_KNOWN
from batchbell.providers.together.new_rows import NewRows
from batchbell.providers.together.reading import Reading
from batchbell.providers.together.row import parse_row
from batchbell.providers.together.scale import is_fraction_scale, marks_of
from batchbell.providers.together.sketch import sketch_of
from batchbell.wire.json_rows import decode_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from batchbell.core.job import BatchJob
    from batchbell.core.provider import ProgressScale
    from batchbell.providers.together.known_listing import KnownListing
    from batchbell.providers.together.row import ParsedRow
    from batchbell.providers.windows import Sketch

#: A row of more characters fails the listing: it would not fit the memory. Usual ones have 450.
MAX_ROW_CHARS = 8 * 2**20


class RereadError(Exception):
    """What is known of the listing before does not help to read this one: ask again, without."""


class ListingReader:
    """Takes the body in pieces of any size."""

    def __init__(
        self,
        known: KnownListing | None = None,
        *,
        scale: ProgressScale = "auto",
        assume_fraction: bool = False,
        max_row_chars: int = MAX_ROW_CHARS,
        window_bytes: int = WINDOW_BYTES,
        cleaning: Cleaning | None = None,
    ) -> None:
        """`assume_fraction`: an earlier listing of this account was on the fraction scale.

        `cleaning` takes out of jobs what must not go any further.
        """
        self._cleaning = cleaning or Cleaning(Redaction())
        self._known = known
        self._scale = scale
        self._assume_fraction = assume_fraction
        self._tail: list[ParsedRow] = []
        self._tail_skipped = 0
        self._shared: dict[str, str] = {}
        self._new = NewRows(self._cleaning)
        self._rows = RowReader(
            () if known is None else known.windows,
            {} if known is None else known.runs,
            read_new=self._new.add,
            take_decoded=self._take_decoded,
            max_row_bytes=max_row_chars,
            window_bytes=window_bytes,
        )

    def feed(self, piece: bytes) -> None:
        """Take the next piece; raises `MalformedError`."""
        self._rows.feed(piece)

    def close(self) -> Reading:
        """Return what is new; raises `MalformedError`, and `RereadError` if that can't be told."""
        self._rows.close()
        tail = [sketch_of(row) for row in self._tail]
        repeated = self._repeats_ids(tail)
        if repeated and self._known is not None:
            raise RereadError
        reading = Reading(
            self._known or NOTHING_KNOWN,
            self._rows,
            self._new,
            tail=self._tail,
            skipped_tail=self._tail_skipped,
            repeats_ids=repeated,
            cleaning=self._cleaning,
        )
        reading.fraction_scale = is_fraction_scale(
            reading.marks(), scale=self._scale, assume_fraction=self._assume_fraction
        )
        if self._known is not None and reading.fraction_scale != self._known.fraction_scale:
            raise RereadError
        return reading

    def _repeats_ids(self, tail: Sequence[Sketch]) -> bool:
        """Whether an id stands twice in the listing; the one before had none that did."""
        of_tail = [sketch.id for sketch in tail]
        if self._known is None:
            return _stand_twice(
                chain(of_tail, chain.from_iterable(window.ids for window in self._rows.windows))
            )
        made = set(self._rows.new_windows())
        new = of_tail + [row_id for window in made for row_id in window.ids if row_id]
        distinct = set(new)
        if len(distinct) < len(new):
            return True
        distinct -= self._rows.lost_ids()
        met = (window for window in self._rows.windows if distinct and window not in made)
        return not all(distinct.isdisjoint(window.ids) for window in met)

    def _take_decoded(self, raw: object) -> None:
        row = parse_row(raw, self._shared)
        if row is None or not self._cleaning.is_usable_id(row.job.id):
            self._tail_skipped += 1
        else:
            self._tail.append(row)


def _stand_twice(ids: Iterable[bytes]) -> bool:
    """Whether an id does, by its fingerprint: a set of 100,000 of them would fill 13 MB."""
    prints = sorted(array("Q", map(xxh3_64_intdigest, filter(None, ids))))
    return any(map(eq, prints, islice(prints, 1, None)))


def parse_single(
    body: bytes, *, scale: ProgressScale = "auto", assume_fraction: bool = False
) -> tuple[BatchJob, bool]:
    """Return the one job that `body`, a JSON object, describes, and whether its progress runs to 1.

    Raises `MalformedError` if it is no such object or has no usable id.
    """
    text = body.removeprefix(codecs.BOM_UTF8).decode(errors="replace")
    row = parse_row(decode_value(text))
    if row is None:
        raise MalformedError("the API answered with something that is not a batch job")
    marks = marks_of(row.raw_progress, row.job.status)
    fraction = is_fraction_scale(marks, scale=scale, assume_fraction=assume_fraction)
    return row.scaled(fraction_scale=fraction), fraction
