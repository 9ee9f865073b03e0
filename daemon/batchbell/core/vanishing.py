"""Jobs that a good listing does not have: missed for now, or vanished."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts
from batchbell.core.snapshot import VANISHED_MARK
from batchbell.core.transition import announce_status

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.snapshot import JobRecord

#: A job has vanished when this many good polls in a row did not list it ...
VANISHED_AFTER_POLLS = 3
#: ... and the first of them was this long ago.
VANISHED_AFTER = timedelta(minutes=10)


def unlisted(account: str, record: JobRecord, now: datetime) -> tuple[JobRecord, list[Event]]:
    """Count a missed poll; announce the vanishing, or an end that awaited a second listing."""
    record, held = announce_status(record, account=account, previous=record.job, now=now)
    events = [] if held is None else [held]
    if VANISHED_MARK in record.announced or (record.job.finished and record.missed_polls):
        return record, events
    record = replace(
        record,
        missed_polls=record.missed_polls + 1,
        missing_since=min(record.missing_since or now, now),
    )
    if record.job.finished or not _has_vanished(record, now):
        return record, events
    vanished = Event(
        kind=EventKind.VANISHED,
        account=account,
        job_id=record.job.id,
        happened_at=record.missing_since or now,
        seen_at=now,
        job=record.job,
        facts=Facts(missed_polls=record.missed_polls),
    )
    return replace(record, announced=record.announced | {VANISHED_MARK}), [*events, vanished]


def _has_vanished(record: JobRecord, now: datetime) -> bool:
    return (
        record.missed_polls >= VANISHED_AFTER_POLLS
        and record.missing_since is not None
        and now - record.missing_since >= VANISHED_AFTER
    )
