"""The parts of a long listing, each decided on by itself; the last one with the poll."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.baseline import counted
from batchbell.core.baseline_names import ended_lately
from batchbell.core.diff import diff_part
from batchbell.core.job_columns import JobColumns
from batchbell.core.progress_moves import moved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.core.facts import BaselineFacts
    from batchbell.core.job import BatchJob
    from batchbell.core.listing import Listing
    from batchbell.core.rules import Rules
    from batchbell.core.snapshot import JobRecord, ProgressSample, RecordsAlike, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDecision:
    """What was decided of the parts of a listing so far."""

    #: Of the last part.
    records: tuple[JobRecord, ...] = ()
    alike: tuple[RecordsAlike, ...] = ()
    samples: tuple[ProgressSample, ...] = ()
    #: Of all parts.
    events: tuple[Event, ...] = ()
    baseline: BaselineFacts | None = None
    #: Of all parts of a baseline, as `ended_lately` has them.
    ended_lately: tuple[tuple[datetime, BatchJob], ...] = ()
    left_alone: bool = False


def parts_of_baseline(
    pieces: Iterable[Sequence[BatchJob]], size: int
) -> Iterator[Sequence[BatchJob]]:
    """Yield all jobs of a first listing in parts of `size` or little more: by the column, or not.

    Where a snapshot is known, jobs are compared one by one.
    """
    columns: list[JobColumns] = []
    others: list[BatchJob] = []
    for piece in pieces:
        if not isinstance(piece, JobColumns):
            others += piece
        else:
            columns.append(piece)
        if len(others) >= size:
            yield others
            others = []
        if sum(map(len, columns)) >= size:
            yield JobColumns.joined(columns)
            columns = []
    if columns:
        yield JobColumns.joined(columns)
    if others:
        yield others


def decide_part(
    snapshot: Snapshot,
    listing: Listing,
    earlier: PartDecision,
    *,
    rules: Rules,
    now: datetime,
) -> PartDecision:
    """Decide on a part of a long listing that is not the last one.

    `snapshot` has the records of the jobs in this part, and of jobs that the whole listing does not
    have. In which parts a listing is decided makes no difference.
    """
    seen = diff_part(snapshot, listing, now, grace_period=rules.grace_period)
    is_first = snapshot.last_good_poll_at is None
    return PartDecision(
        records=seen.records,
        alike=seen.alike,
        samples=tuple(moved(seen.records, snapshot.records)),
        events=(*earlier.events, *seen.events),
        baseline=counted(seen, now, earlier.baseline) if is_first else None,
        ended_lately=ended_lately(seen.alike, now, earlier.ended_lately),
        left_alone=earlier.left_alone or seen.left_alone,
    )
