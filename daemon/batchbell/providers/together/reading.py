"""What one listing says beyond what is known of the one before."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property, reduce
from itertools import chain, compress
from operator import not_, or_
from typing import TYPE_CHECKING

from batchbell.core.transition import is_settled
from batchbell.providers.together.cleaning import ErrorRoom
from batchbell.providers.together.columns import PlainRows
from batchbell.providers.together.known_listing import NOTHING_KNOWN, KnownListing
from batchbell.providers.together.scale import ABOVE_ONE
from batchbell.providers.together.sketch import UNUSABLE, sketch_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from batchbell.core.job import BatchJob
    from batchbell.providers.fast_path import RowReader
    from batchbell.providers.together.cleaning import Cleaning
    from batchbell.providers.together.new_rows import NewRows
    from batchbell.providers.together.row import ParsedRow


class Reading:
    """What one listing says beyond what was known of the one before."""

    def __init__(
        self,
        known: KnownListing,
        rows: RowReader,
        new: NewRows,
        *,
        tail: Sequence[ParsedRow],
        skipped_tail: int,
        repeats_ids: bool,
        cleaning: Cleaning,
    ) -> None:
        """`tail` are the rows that the lenient reader decoded, and how many it left out."""
        self.fraction_scale = False
        self._known = known
        self._rows = rows
        self._new = new
        self._tail = tail
        self._skipped_tail = skipped_tail
        self._repeats_ids = repeats_ids
        self._cleaning = cleaning
        self._error_room = ErrorRoom()
        self._seen: set[str] = set()
        self._bad_fields: dict[str, int] = {}
        self._open_rows: dict[str, ParsedRow] = {}

    def changed(self) -> Iterator[ParsedRow]:
        """Return each row that is new or other than it was; of rows with the same id the last."""
        if not self._repeats_ids:
            return self._new_rows()
        last = {row.job.id: number for number, row in enumerate(self._new_rows())}
        numbered = enumerate(self._new_rows())
        return (row for number, row in numbered if last[row.job.id] == number)

    def marks(self) -> int:
        """Return the marks of all rows together."""
        if self._repeats_ids:
            return reduce(or_, (sketch_of(row).marks for row in self.changed()), 0)
        marks = [window.any_marks for window in self._rows.windows]
        return reduce(or_, marks + [sketch_of(row).marks for row in self._tail], 0)

    @property
    def jobs(self) -> Iterator[BatchJob]:
        """The jobs to compare: those that changed, and those worth a look at every listing.

        To be gone through once: it notes what the listing will be known by.
        """
        return chain.from_iterable(self.pieces)

    @property
    def pieces(self) -> Iterator[Sequence[BatchJob]]:
        """The same, several at a time, of a first listing by the column; instead of `jobs`."""
        if self._known is NOTHING_KNOWN and not self._repeats_ids:
            return chain.from_iterable(map(self._pieces_of, self._new_blocks()))
        return ((job,) for job in self._compared())

    def _new_blocks(self) -> Iterator[Iterable[ParsedRow | None]]:
        return chain(self._new.blocks(), [map(self._cleaning.clean_row, self._tail)])

    def _pieces_of(self, block: Iterable[ParsedRow | None]) -> Iterator[Sequence[BatchJob]]:
        """Yield the jobs of rows of a first listing; those that are settled by the column."""
        if isinstance(block, PlainRows):
            settled = block.settled()
            if any(settled) and self._error_room.take(block.error_lengths(), settled):
                jobs = block.jobs(fraction_scale=self.fraction_scale)
                if all(settled):
                    yield jobs
                    return
                yield jobs.picked(settled)
                block = compress(block, map(not_, settled))
        yield [self._noted(row) for row in block if row is not None]

    def _compared(self) -> Iterator[BatchJob]:
        gone, seen = self.gone or (), self._seen
        is_first = self._known is NOTHING_KNOWN
        for row in self.changed():
            if not is_first:
                seen.add(row.job.id)
            yield self._noted(row)
        for job_id, row in self._known.open_rows.items():
            if job_id not in gone and job_id not in seen:
                seen.add(job_id)
                # A secret may have become known since.
                yield self._noted(self._cleaning.clean_row(row))
        for job_id, count in self._known.bad_fields.items():
            if job_id not in gone and job_id not in seen:
                self._bad_fields[job_id] = count

    def _noted(self, row: ParsedRow) -> BatchJob:
        bounded = self._error_room.bounded(row.job)
        if bounded is not row.job:
            row = row._replace(job=bounded)
        job = row.scaled(fraction_scale=self.fraction_scale)
        if not is_settled(job):
            self._open_rows[job.id] = row
        if row.bad_fields:
            self._bad_fields[job.id] = row.bad_fields
        return job

    def known_by(self) -> KnownListing | None:
        """Return what this listing is known by; None if the next one has to be read in full."""
        if self._repeats_ids or self._tail or self._skipped_tail:
            return None
        return KnownListing(
            windows=self._rows.windows,
            runs=self._rows.runs,
            open_rows=self._open_rows,
            bad_fields=self._bad_fields,
            fraction_scale=self.fraction_scale,
        )

    @cached_property
    def gone(self) -> frozenset[str] | None:
        """The ids that the listing before had and this one has not; None if none was known."""
        if self._known is NOTHING_KNOWN:
            return None
        lost = {row_id.decode() for row_id in self._rows.gone()}
        return frozenset(lost.difference(row.job.id for row in self._tail))

    @property
    def ids(self) -> ListedIds:
        """The id of each job."""
        return ListedIds(self)

    def all_ids(self) -> Iterator[str]:
        """Yield the id of each row that is not left out."""
        for window in self._rows.windows:
            yield from filter(None, window.sketches.id_lines.decode().split("\n"))
        yield from (row.job.id for row in self._tail)

    def has(self, job_id: str) -> bool:
        """Whether a job is listed."""
        if job_id in self._seen:
            return True
        if self.gone is not None and job_id in self.gone:
            return False
        return job_id in self._every_id

    @cached_property
    def _every_id(self) -> frozenset[str]:
        return frozenset(self.all_ids())

    @cached_property
    def count(self) -> int:
        """How many jobs are listed."""
        if self._repeats_ids:
            return len(self._every_id)
        return (
            sum(len(window.prints) for window in self._rows.windows)
            + len(self._tail)
            - (self._count(UNUSABLE))
        )

    @cached_property
    def skipped_rows(self) -> int:
        """Rows left out: without a usable id, or none at all."""
        return self._count(UNUSABLE) + self._skipped_tail

    @property
    def bad_fields(self) -> int:
        """Fields that were nonsense, over all rows; known once `jobs` has been gone through."""
        if self._repeats_ids:
            return sum(row.bad_fields for row in self._new_rows()) + self._above_one()
        return sum(self._bad_fields.values()) + self._above_one()

    def _above_one(self) -> int:
        """Return how many rows have a progress that is none, on the fraction scale."""
        if not self.fraction_scale:
            return 0
        if self._repeats_ids:
            return sum(bool(sketch_of(row).marks & ABOVE_ONE) for row in self.changed())
        in_tail = sum(bool(sketch_of(row).marks & ABOVE_ONE) for row in self._tail)
        return self._count(ABOVE_ONE) + in_tail

    def _new_rows(self) -> Iterator[ParsedRow]:
        new = compress(self._new, self._rows.are_new())
        usable = (row for row in new if row is not None)
        return chain(usable, map(self._cleaning.clean_row, self._tail))

    def _count(self, mark: int) -> int:
        return sum(
            bool(marks & mark)
            for window in self._rows.windows
            if window.any_marks & mark
            for marks in window.sketches.marks
        )


class ListedIds(Collection[str]):
    """The ids of a listing; most questions are answered without looking at them all."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def __contains__(self, job_id: object) -> bool:
        return isinstance(job_id, str) and self._reading.has(job_id)

    def __iter__(self) -> Iterator[str]:
        return self._reading.all_ids()

    def __len__(self) -> int:
        return self._reading.count
