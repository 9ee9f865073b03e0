"""Of which jobs a decision needs to know more, and of which it is worth to ask more after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.deadline import armed, due_step

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.poll_decision import PollDecision
    from batchbell.core.rules import Rules
    from batchbell.core.snapshot import JobRecord, Snapshot


def forecast_jobs(
    snapshot: Snapshot, *, rules: Rules, now: datetime, listed: bool = False
) -> list[str]:
    """Return the ids of the jobs whose samples a decision may need.

    After a listing that is every job that may run; without one those with a step that is due.
    """
    return [
        job_id
        for job_id, record in snapshot.records.items()
        if (listed and not record.ended_as) or (record.running and _is_step_due(record, rules, now))
    ]


def worth_naming(snapshot: Snapshot, decision: PollDecision) -> list[BatchJob]:
    """Return the jobs whose input files' names are of use: of those that run, and of the news.

    `snapshot` is the one that was decided on.
    """
    decided = {record.job.id: record for record in decision.records}
    records = {**snapshot.records, **decided}
    running = [record.job for record in records.values() if not record.job.finished]
    news = (event.job for event in decision.events if event.silent_because is None)
    return [*running, *(job for job in news if job is not None)]


def _is_step_due(record: JobRecord, rules: Rules, now: datetime) -> bool:
    standing = armed(record)
    return standing is not None and due_step(standing, rules.deadline_warnings, now) is not None
