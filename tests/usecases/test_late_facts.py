"""A digest's words for a job that runs on are those of when it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.account_health import AccountHealth, AccountState
from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.facts import DeadlineFacts, Facts, StallFacts
from batchbell.core.job import BatchJob
from batchbell.core.snapshot import JobRecord, ProgressSample
from batchbell.messages.build import build_message
from batchbell.messages.view import View
from batchbell.receivers.compose import Composer
from batchbell.store import accounts, acks, jobs, samples
from batchbell.usecases.announce import announce
from batchbell.usecases.channel_queue import ChannelQueue, Terms
from batchbell.usecases.claim_message import Claimed
from batchbell.usecases.late_facts import acknowledged, seen_since
from batchbell.usecases.mute import acknowledge
from tests.fakes import START
from tests.usecases.test_announce_results import TEAM

if TYPE_CHECKING:
    from batchbell.messages.entry import Entry
    from batchbell.store.database import Database

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NOW = START + 2 * HOUR
DEADLINE = START + 6 * HOUR
JOB = BatchJob(
    id="job-1", status="IN_PROGRESS", progress=0.1, created_at=START - HOUR, job_deadline=DEADLINE
)
WARNED = Event(
    kind=EventKind.DEADLINE_APPROACHING,
    account="default",
    job_id="job-1",
    qualifier="6h",
    happened_at=START,
    seen_at=START,
    job=JOB,
    facts=Facts(deadline=DeadlineFacts(step=6 * HOUR, time_left=6 * HOUR)),
)
STALLED = replace(
    WARNED, kind=EventKind.STALLED, qualifier="stall", facts=Facts(stall=StallFacts(since=START))
)
MISSED = replace(
    WARNED,
    kind=EventKind.DEADLINE_MISSED,
    qualifier="missed",
    job=replace(JOB, job_deadline=START - MINUTE),
)


def record(job: BatchJob = JOB, **changes: object) -> JobRecord:
    known = JobRecord(
        job=replace(job, progress=0.5),
        first_seen_at=START - HOUR,
        last_seen_at=NOW,
        status_since=START - HOUR,
        progress_since=NOW,
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def keep(database: Database, known: JobRecord, polled: timedelta = MINUTE) -> None:
    """Put into the snapshot what the last good poll saw so long ago."""
    state = AccountState(health=AccountHealth(account="default"), last_good_poll_at=NOW - polled)
    moved = [(START + n * 10 * MINUTE, 0.1 + n / 30) for n in range(13)]
    with database.write() as connection:
        accounts.save(connection, state)
        jobs.save(connection, "default", [known])
        samples.save(
            connection,
            "default",
            [ProgressSample(job_id="job-1", at=at, progress=done) for at, done in moved],
        )


def entry(database: Database, event: Event) -> Entry:
    with database.read() as connection:
        again = seen_since(connection, [event], NOW)
    (told,) = build_message([event], View(now=NOW, again=again)).entries
    return told


def test_a_late_warning_is_told_by_what_is_known_of_its_job_now(database: Database) -> None:
    keep(database, record())
    told = entry(database, WARNED)
    assert "as of" not in told.headline
    assert told.headline.startswith("DEADLINE in 4h 1m: job-1, should be done about ")
    facts = {fact.label: fact.text for fact in told.facts}
    assert facts["Progress"] == "50.0%"
    assert facts["What to do"] == "Nothing to do now: it should be done in time."
    assert "Late news" not in facts
    # Programs get what was recorded.
    assert told.event == WARNED


def test_a_standstill_goes_on_and_a_missed_deadline_is_told_with_the_progress_of_now(
    database: Database,
) -> None:
    keep(database, record(stalled_since=START))
    still = entry(database, STALLED)
    assert ", no progress for 1h 59m (since " in still.headline
    assert "in time" not in still.remedy
    assert "cancel it" in still.remedy.lower()
    keep(database, record(replace(JOB, job_deadline=START - MINUTE)))
    assert entry(database, MISSED).headline.endswith("50.0% done")


@pytest.mark.parametrize(
    "known",
    [
        record(replace(JOB, status="COMPLETED")),
        record(replace(JOB, job_deadline=DEADLINE + HOUR)),
    ],
)
def test_of_a_job_that_ended_or_has_another_deadline_the_warning_stays_as_it_was(
    database: Database, known: JobRecord
) -> None:
    keep(database, known)
    with database.read() as connection:
        assert seen_since(connection, [WARNED], NOW) == {}


def test_what_is_over_or_was_not_seen_since_is_not_told_anew(database: Database) -> None:
    risky = replace(WARNED, kind=EventKind.AT_RISK)
    with database.read() as connection:
        assert seen_since(connection, [WARNED], NOW) == {}
    # It moved, is safe again, and its deadline is ahead.
    keep(database, record())
    with database.read() as connection:
        late = replace(MISSED, job=JOB)
        assert seen_since(connection, [STALLED, risky, late], NOW) == {}
    keep(database, record(), polled=3 * HOUR)
    with database.read() as connection:
        assert seen_since(connection, [WARNED], NOW) == {}


PASSED = replace(
    WARNED, kind=EventKind.PROGRESS, qualifier="25", job=JOB, facts=Facts(threshold=25)
)


def test_a_step_that_is_told_late_has_the_progress_of_now(database: Database) -> None:
    keep(database, record())
    assert entry(database, PASSED).headline == "Past 25%: job-1, now at 50.0%"


@pytest.mark.parametrize("job", [replace(JOB, status="CANCELING"), replace(JOB, progress=0.7)])
def test_a_step_stays_as_it_was_where_it_is_none_any_more(
    database: Database, job: BatchJob
) -> None:
    keep(database, record())
    with database.read() as connection:
        assert seen_since(connection, [replace(PASSED, job=job)], NOW) == {}


def test_running_jobs_of_one_message_are_told_as_of_one_moment(database: Database) -> None:
    keep(database, record())
    older = replace(WARNED, seen_at=NOW - 4 * MINUTE)
    newer = replace(PASSED, seen_at=NOW - 3 * MINUTE)
    with database.read() as connection:
        again = seen_since(connection, [older, newer], NOW)
    assert again.keys() == {older.key, newer.key}
    (told,) = build_message([older, newer], View(now=NOW, again=again)).entries
    assert told.kind is EventKind.DEADLINE_APPROACHING
    assert {fact.label: fact.text for fact in told.facts}["Progress"] == "50.0%"


def test_while_nobody_can_poll_it_says_as_of_when(database: Database) -> None:
    keep(database, record(), polled=HOUR)
    assert ", as of " in entry(database, WARNED).headline


def test_what_was_seen_just_now_costs_no_look(database: Database) -> None:
    keep(database, record())
    fresh = replace(WARNED, seen_at=NOW - 4 * MINUTE)
    with database.read() as connection:
        assert seen_since(connection, [fresh], NOW) == {}


def test_with_the_claim_a_message_is_written_by_the_facts_of_then(database: Database) -> None:
    keep(database, record())
    with database.write() as connection:
        announce(connection, [WARNED], [TEAM], START)
    queue = ChannelQueue("team", database=database, filters=lambda: [TEAM], jitter=lambda: 0.0)
    claimed = queue.take_turn(Terms(composer=Composer()), NOW)
    assert isinstance(claimed, Claimed)
    assert claimed.content is not None
    assert claimed.content.title.startswith("DEADLINE in 4h 1m: job-1, should be done about ")


FAILED = replace(
    WARNED,
    kind=EventKind.FAILED,
    qualifier="end:FAILED",
    job=replace(JOB, status="FAILED", error="line 3: invalid JSON"),
    facts=Facts(input_file="nightly.jsonl"),
)


def test_what_was_acknowledged_before_it_is_sent_asks_for_nothing(database: Database) -> None:
    ended = replace(JOB, id="job-2", status="FAILED")
    other = replace(FAILED, job_id="job-2", job=ended, facts=Facts(input_file="other.jsonl"))
    keep(database, record(FAILED.job or JOB))
    with database.write() as connection:
        announce(connection, [FAILED, other], [TEAM], START)
    acknowledge(database, account="default", job_id="job-1", now=START + HOUR)
    queue = ChannelQueue("team", database=database, filters=lambda: [TEAM], jitter=lambda: 0.0)
    claimed = queue.take_turn(Terms(composer=Composer()), NOW)
    assert isinstance(claimed, Claimed)
    assert claimed.content is not None
    assert claimed.content.title == "FAILED: other; 1 acknowledged"
    headings = "\n\nAcknowledged (1)\n\nAcknowledged: FAILED: nightly (job-1), line 3: invalid JSON"
    assert headings in claimed.content.text
    assert "Repair line 3" not in claimed.content.text


def test_a_failure_after_the_acknowledgement_is_open(database: Database) -> None:
    keep(database, record(FAILED.job or JOB))
    with database.write() as connection:
        announce(connection, [FAILED], [TEAM], START)
        acks.save(connection, "default", "job-1", event_id=1, now=START - MINUTE)
    fresh = replace(FAILED, seen_at=NOW - 4 * MINUTE)
    with database.read() as connection:
        assert acknowledged(connection, [FAILED, WARNED], NOW) == frozenset()
    with database.write() as connection:
        acks.save(connection, "default", "job-1", event_id=1, now=NOW)
    with database.read() as connection:
        assert acknowledged(connection, [FAILED, fresh, WARNED], NOW) == {FAILED.key}


def test_alone_an_acknowledged_failure_rings_no_alarm() -> None:
    view = View(now=NOW, acknowledged=frozenset({FAILED.key}))
    message = build_message([FAILED], view)
    assert message.title.startswith("Acknowledged: FAILED: nightly")
    assert message.severity is Severity.INFO
    assert message.entries[0].remedy == ""
