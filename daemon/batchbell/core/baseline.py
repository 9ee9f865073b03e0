"""The first good poll of an account: what is listed is recorded, and counted."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.decision import Decision
from batchbell.core.ended import ended_at, may_have_ended_after
from batchbell.core.facts import BaselineFacts
from batchbell.core.first_seen import silent_record
from batchbell.core.job_columns import JobColumns
from batchbell.core.snapshot import JobRecord, RecordsAlike

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.provider import JobState

#: The baseline says how many jobs ended untold within this time.
RECENT = timedelta(hours=24)


def baseline(jobs: Sequence[BatchJob], now: datetime) -> Decision:
    """Record what is listed; nobody is notified of it."""
    running: list[JobRecord] = []
    alike: list[RecordsAlike] = []
    for same in _by_state(jobs):
        first = silent_record(same[0], now)
        if first.job.finished:
            alike.append(RecordsAlike(record=first, jobs=same))
        else:
            running.extend(silent_record(job, now) for job in same)
    return Decision(records=tuple(running), alike=tuple(alike))


def counted(
    decision: Decision, now: datetime, earlier: BaselineFacts | None = None
) -> BaselineFacts:
    """Count the jobs of a baseline, those of earlier parts included."""
    before = earlier or BaselineFacts(jobs=0, running=0, ended_untold=0)
    ended, recent = sum(len(alike.jobs) for alike in decision.alike), now - RECENT
    ends = (
        ended_at(alike.record, job)
        for alike in decision.alike
        for job in may_have_ended_after(recent, alike.jobs)
    )
    return BaselineFacts(
        jobs=before.jobs + ended + len(decision.records),
        running=before.running + len(decision.records),
        ended_untold=before.ended_untold + sum(at is not None and at > recent for at in ends),
    )


def _by_state(jobs: Sequence[BatchJob]) -> Iterable[Sequence[BatchJob]]:
    if isinstance(jobs, JobColumns):
        return jobs.by_state()
    by_state: dict[tuple[str | None, JobState | None], list[BatchJob]] = defaultdict(list)
    for job in jobs:
        by_state[job.status, job.meaning].append(job)
    return by_state.values()
