from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from batchbell.core.event import Event, EventKind
from batchbell.core.job import BatchJob
from batchbell.messages.overtaken import is_over

NOW = datetime(2026, 11, 29, 21, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WARNING = Event(
    kind=EventKind.DEADLINE_APPROACHING,
    account="default",
    job_id="one",
    happened_at=NOW,
    seen_at=NOW,
    job=BatchJob(id="one", job_deadline=NOW + 15 * MINUTE),
)
END = replace(WARNING, kind=EventKind.FAILED, seen_at=NOW + 5 * MINUTE)


def test_a_warning_is_over_once_its_deadline_is_past() -> None:
    assert not is_over(WARNING, [WARNING], NOW + 14 * MINUTE)
    assert is_over(WARNING, [WARNING], NOW + 15 * MINUTE)


def test_a_warning_is_over_once_its_job_has_ended_and_an_end_never_is() -> None:
    assert is_over(WARNING, [WARNING, END], NOW + 6 * MINUTE)
    assert not is_over(END, [WARNING, END], NOW + 60 * MINUTE)


def test_an_event_of_no_job_is_not_over() -> None:
    outage = replace(WARNING, kind=EventKind.ACCOUNT_UNREACHABLE, job_id="", job=None)
    assert not is_over(outage, [], NOW)
