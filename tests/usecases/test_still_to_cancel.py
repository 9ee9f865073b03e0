"""A digest names what its channel was told before that is still to be cancelled."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy import event as listened

from batchbell.core.account_health import AccountHealth, AccountState
from batchbell.core.delivery.outcome import Outcome
from batchbell.core.event import Event, EventKind
from batchbell.core.facts import DeadlineFacts, Facts
from batchbell.core.job import BatchJob
from batchbell.core.mute import Mute
from batchbell.core.provider import ANY_PROVIDER
from batchbell.core.routing import Filter
from batchbell.core.snapshot import JobRecord
from batchbell.receivers.compose import Composer
from batchbell.store import accounts, jobs
from batchbell.store.tables import notifications
from batchbell.store.views import told_before as view_of_told
from batchbell.store.views.told_before import told_before
from batchbell.usecases import claim_message
from batchbell.usecases.announce import announce
from batchbell.usecases.channel_queue import ChannelQueue, Terms
from batchbell.usecases.claim_message import Claimed
from batchbell.usecases.mute import mute
from batchbell.usecases.record_attempt import EndedSend
from tests.fakes import START

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.store.database import Database

HOUR = timedelta(hours=1)
NOW = START + 90 * timedelta(minutes=1)
TEAM, MAIL = Filter(channel="team"), Filter(channel="mail")
SENT = Outcome(delivered=True, reason="")
NAMED = "Still to cancel, told before: told (due 15:00 UTC)"


def record(job_id: str, **changes: object) -> JobRecord:
    """Return a job that was at risk when it was seen last, and is still."""
    job = BatchJob(
        id=job_id,
        status="IN_PROGRESS",
        progress=0.3,
        created_at=START - 21 * HOUR,
        job_deadline=START + 3 * HOUR,
    )
    known = JobRecord(
        job=job,
        first_seen_at=START - 21 * HOUR,
        last_seen_at=NOW,
        status_since=START - 21 * HOUR,
        progress_since=NOW,
        told_deadline=job.job_deadline,
        told_risk=True,
        at_risk=True,
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def risk(job_id: str, at: datetime = NOW, kind: EventKind = EventKind.AT_RISK) -> Event:
    return Event(
        kind=kind,
        account="default",
        job_id=job_id,
        qualifier="of this deadline",
        happened_at=at,
        seen_at=at,
        job=record(job_id).job,
        facts=Facts(deadline=DeadlineFacts(time_left=START + 3 * HOUR - at)),
    )


class Account:
    """One account, of whose jobs channels are told by hand."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.write() as connection:
            health = AccountHealth(account="default")
            blind_after = NOW + timedelta(minutes=3)
            state = AccountState(health=health, last_good_poll_at=NOW, blind_after=blind_after)
            accounts.save(connection, state)

    def keep(self, *records: JobRecord) -> None:
        with self.database.write() as connection:
            jobs.save(connection, "default", records)

    def tell(self, *events: Event, channels: tuple[Filter, ...] = (TEAM,)) -> None:
        with self.database.write() as connection:
            announce(connection, events, channels, events[0].seen_at)

    def claim(self, now: datetime = NOW) -> Claimed:
        claimed = self._queue().take_turn(Terms(composer=Composer()), now)
        assert isinstance(claimed, Claimed)
        return claimed

    def send(self, now: datetime = NOW, outcome: Outcome = SENT) -> str:
        claimed = self.claim(now)
        assert claimed.content is not None
        self._queue().record(claimed, EndedSend(outcome, now, now))
        return claimed.content.text

    def send_in_parts(self, now: datetime = NOW) -> list[str]:
        """Send all that waits, each message at once behind the one before."""
        told, claimed = [], self._queue().take_turn(Terms(composer=Composer()), now)
        while isinstance(claimed, Claimed):
            assert claimed.content is not None
            told.append(claimed.content.text)
            attempt, terms = EndedSend(SENT, now, now), Terms(composer=Composer())
            _, claimed = self._queue().record_and_take_turn(claimed, attempt, terms, now)
        return told

    def _queue(self) -> ChannelQueue:
        return ChannelQueue(
            "team", database=self.database, filters=lambda: [TEAM], jitter=lambda: 0.0
        )


@pytest.fixture
def bell(database: Database) -> Account:
    """Return one that told of one job an hour ago, and has news of two others."""
    found = Account(database)
    found.keep(record("told"), record("new"), record("newer"))
    found.tell(risk("told", START))
    found.send(START)
    found.tell(risk("new"), risk("newer"))
    return found


def test_what_was_told_before_is_named_in_the_next_digest(bell: Account) -> None:
    text = bell.send()
    assert re.match(r"Cancel now: .*, \d more\n", text)
    assert NAMED in text


def test_a_retry_says_what_the_first_attempt_said(bell: Account) -> None:
    first = bell.send(outcome=Outcome(delivered=False, reason="HTTP 503"))
    bell.keep(record("told", job=replace(record("told").job, status="COMPLETED")))
    again = bell.claim(NOW + HOUR).content
    assert again is not None
    assert again.text == first
    assert NAMED in first


@pytest.mark.parametrize(
    "now_known",
    [
        {"job": replace(record("told").job, status="COMPLETED")},
        {"job": replace(record("told").job, status="CANCELING")},
        {"job": replace(record("told").job, job_deadline=NOW), "told_deadline": NOW},
        {"job": replace(record("told").job, job_deadline=None)},
        {"job": replace(record("told").job, progress=0.97)},
        {"at_risk": False, "told_risk": False},
    ],
)
def test_what_ended_or_is_over_or_needs_no_cancelling_is_not(
    bell: Account, now_known: dict[str, object]
) -> None:
    bell.keep(record("told", **now_known))
    assert "Still to cancel" not in bell.send()


def test_what_stands_still_or_is_far_behind_when_its_deadline_is_over_is(bell: Account) -> None:
    over = replace(record("told").job, job_deadline=NOW - 5 * timedelta(minutes=1))
    stands = {"stalled_since": START - 3 * HOUR, "progress_since": START - 3 * HOUR}
    bell.keep(record("told", job=over, told_deadline=over.job_deadline, **stands))
    text = bell.send()
    assert text.startswith("Cancel now: new (due 15:00), newer (15:00 UTC), 1 more\n")
    assert "Still to cancel, told before: told (was due 13:25 UTC)" in text


def test_what_is_over_its_deadline_takes_no_place_of_what_is_not(
    bell: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_of_told, "_JUDGED", 2)
    bell.send()
    names = [f"over-{number}" for number in range(4)]
    job = replace(record("over").job, job_deadline=NOW - HOUR)
    bell.keep(*(record(name, job=replace(job, id=name)) for name in names))
    bell.tell(*map(risk, names))
    bell.send(NOW - 6 * timedelta(minutes=1))
    bell.keep(record("a"), record("b"))
    bell.tell(risk("a"), risk("b"))
    assert "Still to cancel, told before: " in bell.send()


def test_what_is_muted_is_not(bell: Account) -> None:
    mute(bell.database, Mute(job_id="told", muted_at=START, until=NOW + HOUR))
    assert "Still to cancel" not in bell.send()


def test_what_the_digest_itself_tells_is_not(bell: Account) -> None:
    bell.tell(risk("told", kind=EventKind.DEADLINE_APPROACHING))
    text = bell.send()
    assert "\nDEADLINE in 1h 30m: told" in text
    assert "Still to cancel" not in text


def test_what_only_another_channel_was_told_or_nobody_was_sent_is_not(database: Database) -> None:
    bell = Account(database)
    bell.keep(record("told"), record("new"), record("newer"))
    bell.tell(risk("told", START), channels=(MAIL,))
    bell.tell(risk("new"), risk("newer"))
    assert "Still to cancel" not in bell.send()


def test_a_message_of_one_job_asks_for_no_others(bell: Account) -> None:
    bell.send()
    bell.keep(record("last"))
    bell.tell(risk("last"))
    assert "Still to cancel" not in bell.send()


@pytest.mark.parametrize("is_of_the_database", [False, True])
def test_a_digest_goes_without_what_can_t_be_found_out(
    bell: Account,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    is_of_the_database: bool,  # noqa: FBT001 - pytest passes by name
) -> None:
    def broken(connection: Connection, *_: object, **__: object) -> None:
        if is_of_the_database:
            connection.execute(text("SELECT nothing FROM nowhere"))
        raise OverflowError("date value out of range")

    monkeypatch.setattr(claim_message, "told_before", broken)
    told = bell.send()
    assert told.startswith("2 to cancel now: ")
    assert "Still to cancel" not in told
    assert "a message goes without what it asks" in caplog.messages
    with bell.database.read() as connection:
        states = connection.execute(select(notifications.c.state)).scalars().all()
    assert set(states) == {"sent"}


def test_with_its_database_gone_it_is_not_sent_without(
    bell: Account, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(connection: Connection, *_: object, **__: object) -> None:
        connection.invalidate()
        raise OverflowError("the server closed the connection")

    monkeypatch.setattr(claim_message, "told_before", gone)
    with pytest.raises(Exception, match=r"closed the connection|invalid"):
        bell.send()
    assert "a message goes without what it asks" not in caplog.messages


def test_the_nearest_deadline_comes_first(bell: Account) -> None:
    bell.send(NOW - 6 * timedelta(minutes=1))
    later = replace(record("new").job, job_deadline=START + 4 * HOUR)
    bell.keep(record("new", job=later))
    with bell.database.read() as connection:
        several = told_before(connection, "team", ANY_PROVIDER, NOW, besides=())
    assert [each.name for each in several.jobs] == ["newer", "told", "new"]
    assert several.jobs[-1].due == START + 4 * HOUR
    assert not several.may_be_more


def test_of_more_than_are_judged_nobody_counts_the_others(
    bell: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_of_told, "_JUDGED", 6)
    before = [f"old-{number}" for number in range(9)]
    bell.keep(*map(record, before))
    bell.send()
    bell.tell(*map(risk, before))
    bell.send(NOW - 6 * timedelta(minutes=1))
    bell.keep(record("a"), record("b"))
    bell.tell(risk("a"), risk("b"))
    assert " and at least 1 more\n" in bell.send()


def test_two_digests_of_one_minute_list_nothing_that_the_other_tells(bell: Account) -> None:
    bell.send()
    ends = [f"end-{number}" for number in range(19)]
    for one in ends:
        bell.tell(replace(risk(one), kind=EventKind.FAILED))
    bell.keep(record("a"), record("b"), record("last"))
    for one in ("a", "b", "last"):
        bell.tell(risk(one))
    first, second = bell.send_in_parts()
    # What is to be cancelled goes before what has ended, however badly.
    assert first.startswith("3 to cancel now: ")
    ended = "Continued: 2 FAILED: end-17, end-18; still to cancel: 3, first new (due 15:00 UTC)\n"
    assert second.startswith(ended)
    names = "new (due 15:00), newer (due 15:00), told (due 15:00 UTC)"
    for message in (first, second):
        assert f"\nStill to cancel, told before: {names}\n" in message


def test_what_was_told_a_minute_ago_is_counted_as_what_was_told_before_that(bell: Account) -> None:
    bell.send(NOW - timedelta(minutes=1))
    bell.keep(record("a"), record("b"))
    bell.tell(risk("a"), risk("b"))
    text = bell.send()
    assert text.startswith("Cancel now: a (due 15:00), b (15:00 UTC), 3 more\n")


def test_what_the_next_digest_has_news_of_is_not_told_before(bell: Account) -> None:
    others = [f"other-{number}" for number in range(18)]
    bell.keep(*map(record, others))
    for one in others:
        bell.tell(risk(one))
    bell.tell(risk("told", kind=EventKind.DEADLINE_APPROACHING))
    first, second = bell.send(), bell.send()
    assert first.startswith("20 to cancel now, first ")
    assert "told before" not in first
    assert "told" in second.partition("\n")[0]


def test_of_more_than_fits_each_job_is_in_one_digest_the_nearest_deadline_in_the_first(
    bell: Account,
) -> None:
    bell.send()
    names = [f"job-{number:02}" for number in range(11)]
    nearest = replace(record(names[-1]).job, job_deadline=START + 2 * HOUR)
    bell.keep(*map(record, names[:-1]), record(names[-1], job=nearest))
    for deadline in ("of one deadline", "of another"):
        for name in names:
            told = replace(risk(name), qualifier=deadline)
            bell.tell(replace(told, job=nearest) if name == names[-1] else told)
    first, second = bell.send(), bell.send()
    assert first.startswith("10 to cancel now, first job-10 (due 14:00)")
    in_first, in_second = (
        {name for name in names if f"\nAT RISK: {name}" in f"\n{text}"} for text in (first, second)
    )
    assert in_first | in_second == set(names)
    assert not in_first & in_second


def test_of_a_long_line_each_job_is_in_one_digest_and_their_counts_add_up(bell: Account) -> None:
    bell.send()
    names = [f"job-{number:02}" for number in range(48)]
    bell.keep(*map(record, names))
    for name in names:
        bell.tell(risk(name))
    # Far behind, as it comes last.
    bell.tell(risk(names[0], kind=EventKind.DEADLINE_APPROACHING))
    parts = bell.send_in_parts()
    told = [text.count("\nAT RISK: ") + text.count("\nDEADLINE in 1h 30m: ") for text in parts]
    # The warning says nothing of how the job will go on: it is to be watched.
    counts = ["18 to cancel now", "Continued: 20 to cancel now", "Continued: 9 to cancel now"]
    assert [text.partition(",")[0] for text in parts] == counts
    assert told == [19, 20, 9]
    assert "\nDEADLINE in 1h 30m: job-00" in parts[0]


@pytest.mark.sqlite
def test_however_many_wait_the_database_is_asked_as_often(bell: Account) -> None:
    bell.send()

    def statements(several: int) -> int:
        names = [f"of-{several}-{number:02}" for number in range(several)]
        bell.keep(*map(record, names))
        for name in names:
            bell.tell(risk(name))
        asked: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
            asked.append(statement)

        listened.listen(Engine, "before_cursor_execute", note)
        try:
            bell.send()
        finally:
            listened.remove(Engine, "before_cursor_execute", note)
        bell.send_in_parts()
        return len(asked)

    assert statements(25) == statements(80)


def test_what_is_not_watched_any_more_may_be_over_already(bell: Account) -> None:
    with bell.database.write() as connection:
        accounts.configure(connection, {"another"})
    assert "Still to cancel" not in bell.send()


def test_what_was_not_seen_lately_may_be_over_already(bell: Account) -> None:
    assert "Still to cancel" not in bell.send(NOW + timedelta(minutes=4))


@pytest.mark.sqlite
def test_an_index_finds_what_runs_and_was_told(bell: Account) -> None:
    plans: list[str] = []

    def explain(_c: object, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        plan = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        plans.extend(line[-1] for line in plan)

    with bell.database.read() as connection:
        listened.listen(connection, "before_cursor_execute", explain)
        told_before(connection, "team", ANY_PROVIDER, NOW, besides=())
    first, *others = plans
    assert first.startswith("SEARCH batch_jobs USING INDEX ix_batch_jobs_finished_ended_at")
    of_messages = [each for each in others if each.startswith(("SEARCH events", "SEARCH notif"))]
    assert len(of_messages) == 3
    scanned = [each for each in others if each.startswith("SCAN")]
    assert scanned == ["SCAN mutes", "SCAN acks"]
