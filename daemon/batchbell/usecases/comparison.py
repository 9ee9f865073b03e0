"""A listing against the snapshot, in bounded parts: all but the last are decided and written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.collectable import with_later_files
from batchbell.core.job_columns import JobColumns
from batchbell.core.listing import Listing
from batchbell.core.part_decision import PartDecision, decide_part, parts_of_baseline
from batchbell.store import accounts, jobs, samples
from batchbell.store.batches import BATCH, in_batches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.core.account_health import AccountState
    from batchbell.core.job import BatchJob
    from batchbell.core.listing import ReadListing
    from batchbell.core.rules import Rules
    from batchbell.core.snapshot import Snapshot
    from batchbell.store.database import Transaction


class LastPart(NamedTuple):
    """What is left to decide on."""

    #: The records that the part concerns, and of every job that has not ended.
    snapshot: Snapshot
    listing: Listing
    #: What was decided, and written, of the parts before.
    earlier: PartDecision
    #: Jobs of the whole listing that have not ended.
    running: int
    #: Jobs of the parts before that have other files than when their end was announced.
    with_later_files: Sequence[BatchJob]


class DecidedIds(Collection[str]):
    """The ids that a listing has, and those of which was decided already that it has not."""

    def __init__(self, listed: Collection[str]) -> None:
        self._listed = listed
        self.missing: set[str] = set()

    def __contains__(self, job_id: object) -> bool:
        return job_id in self.missing or job_id in self._listed

    def __iter__(self) -> Iterator[str]:
        return chain(self._listed, self.missing)

    def __len__(self) -> int:
        return len(self._listed) + len(self.missing)


class Comparison:
    """Loads what a listing concerns by key, in the poll's transaction."""

    def __init__(
        self,
        transaction: Transaction,
        before: AccountState,
        read: ReadListing,
        *,
        requested_at: datetime,
        rules: Rules,
        now: datetime,
        part_size: int = BATCH,
    ) -> None:
        """Load the jobs that have not ended: they all concern the rules.

        A part has at most `part_size` listed jobs.
        """
        self._part_size = part_size
        self._transaction = transaction
        self._before = before
        self._read = read
        self._requested_at = requested_at
        self._rules = rules
        self._now = now
        self._account = before.health.account
        self._unfinished = jobs.load_unfinished(
            transaction, self._account, last_good_poll_at=before.last_good_poll_at
        )
        self._ids = DecidedIds(read.ids)
        self._earlier: PartDecision | None = None
        self._with_later_files: list[BatchJob] = []

    def last_part(self) -> LastPart:
        """Decide on all parts but the last, write them, and return that. Raises `DatabaseError`."""
        listed: Sequence[BatchJob] = ()
        running = 0
        for part in self._parts():
            if listed:
                self._decide(listed)
            listed = part
            if not isinstance(part, JobColumns):
                running += sum(not job.finished for job in part)
        missing = list(in_batches(self._missing(), self._part_size))
        for some in missing[:-1]:
            self._decide((), some)
        last = missing[-1] if missing else ()
        snapshot = self._snapshot(listed, last)
        return LastPart(
            snapshot=replace(snapshot, records={**self._unfinished.records, **snapshot.records}),
            listing=self._listing(listed),
            earlier=self._earlier or PartDecision(),
            running=running,
            with_later_files=self._with_later_files,
        )

    def _parts(self) -> Iterator[Sequence[BatchJob]]:
        pieces = self._read.pieces
        if self._before.last_good_poll_at is None:
            return parts_of_baseline(pieces, self._part_size)
        return in_batches(chain.from_iterable(pieces), self._part_size)

    def _missing(self) -> Collection[str]:
        """Return the ids of the jobs that are not listed, as far as that concerns them."""
        if self._before.last_good_poll_at is None:
            return ()
        if self._read.gone is None:
            return jobs.unlisted(self._transaction, self._account, self._read.ids)
        listed = self._read.ids
        return {
            *self._read.gone,
            *(job_id for job_id in self._unfinished.records if job_id not in listed),
        }

    def _decide(self, listed: Sequence[BatchJob], missing: Sequence[str] = ()) -> None:
        if self._earlier is None:
            # The jobs' rows refer to the account's.
            accounts.save(self._transaction, self._before)
        snapshot = self._snapshot(listed, missing)
        self._earlier = decide_part(
            snapshot,
            self._listing(listed),
            self._earlier or PartDecision(),
            rules=self._rules,
            now=self._now,
        )
        self._with_later_files += with_later_files(snapshot.records, self._earlier.records)
        self._ids.missing.update(missing)
        jobs.save(self._transaction, self._account, self._earlier.records, self._earlier.alike)
        samples.save(self._transaction, self._account, self._earlier.samples)
        unfinished = dict(self._unfinished.records)
        for record in self._earlier.records:
            unfinished.pop(record.job.id, None)
            if not record.job.finished:
                unfinished[record.job.id] = record
        self._unfinished = replace(self._unfinished, records=unfinished)

    def _listing(self, listed: Sequence[BatchJob]) -> Listing:
        read = self._read
        return Listing(
            jobs=listed,
            ids=self._ids,
            skipped_rows=read.skipped_rows,
            bad_fields=read.bad_fields,
            fraction_scale=read.fraction_scale,
            requested_at=self._requested_at,
        )

    def _snapshot(self, listed: Sequence[BatchJob], missing: Sequence[str]) -> Snapshot:
        """Return the records of these jobs; those that have not ended are loaded already."""
        if self._before.last_good_poll_at is None:
            # A baseline knows none.
            return replace(self._unfinished, records={})
        ids = {*(job.id for job in listed), *missing}
        known = {
            job_id: record for job_id, record in self._unfinished.records.items() if job_id in ids
        }
        known |= jobs.load_some(self._transaction, self._account, ids.difference(known))
        return replace(self._unfinished, records=known)
