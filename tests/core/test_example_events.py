from __future__ import annotations

from datetime import UTC, datetime

import pytest

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample, sample_counted, sample_digest, sample_reminder
from batchbell.messages.build import build_message
from batchbell.messages.event_words import is_reminder
from batchbell.messages.text_body import as_text

NOW = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_has_a_sample_that_reads_like_one(kind: EventKind) -> None:
    event = sample(kind, NOW)
    assert event.kind is kind
    assert bool(event.job) == kind.startswith("batch.")
    assert bool(event.account) == (not kind.startswith("channel."))
    message = build_message([event])
    assert message.entries[0].facts
    # A message that can't be sent is about a job, too; an outage names the one that is due first.
    is_of_job = kind.startswith("batch.") or kind is EventKind.CHANNEL_MESSAGE_LOST
    names_one = kind in {EventKind.ACCOUNT_UNAUTHORIZED, EventKind.ACCOUNT_UNREACHABLE}
    assert ("nightly-eval" in message.title) == is_of_job
    assert ("nightly-eval" in as_text(message)) == (is_of_job or names_one)


@pytest.mark.parametrize(
    ("kind", "came_back"),
    [
        (EventKind.COMPLETED, (1_000, 0, 0)),
        (EventKind.COMPLETED_WITH_ERRORS, (950, 40, 10)),
        (EventKind.EXPIRED, (683, 0, 317)),
    ],
)
def test_a_counted_end_says_what_came_back(
    kind: EventKind, came_back: tuple[int, int, int]
) -> None:
    results = sample_counted(kind, NOW).facts.results
    assert (results.succeeded, results.failed, results.missing) == came_back


def test_the_jobs_of_a_digest_are_apart() -> None:
    events = sample_digest(20, NOW)
    assert len({event.job_id for event in events}) == 20
    assert len({event.input_file for event in events}) == 20
    assert all(event.job is not None and event.job.id == event.job_id for event in events)


def test_a_reminder_is_one() -> None:
    assert is_reminder(sample_reminder(NOW))
