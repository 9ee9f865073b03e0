"""Which jobs' result files are read: those of ends just announced, and files that came later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.results.collecting import files_of, is_collectable
from batchbell.core.snapshot import END_MARK
from batchbell.core.transition import mark_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.core.snapshot import JobRecord


def ended_jobs(events: Iterable[Event]) -> Iterator[BatchJob]:
    """Yield the jobs whose ends these events announce, if they have a file to be read."""
    for event in events:
        job, is_end = event.job, event.qualifier.startswith(END_MARK)
        if is_end and event.silent_because is None and job is not None and is_collectable(job):
            yield job


def with_later_files(
    known: Mapping[str, JobRecord], records: Iterable[JobRecord]
) -> Iterator[BatchJob]:
    """Yield the jobs that have other files than when their end was announced.

    `known` has the records as they were before, by job id.
    """
    for record in records:
        job, before = record.job, known.get(record.job.id)
        if before is None or not is_collectable(job) or mark_of(job) not in before.announced:
            continue
        if files_of(job) != files_of(before.job):
            yield job
