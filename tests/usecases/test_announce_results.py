"""The verdict is told with the end where that is still to be told, and else by itself, once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchbell.core.awaiting import awaiting_verdicts
from batchbell.core.delivery.outcome import Outcome
from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.example_events import sample
from batchbell.core.facts import ResultsFacts
from batchbell.core.file_names import NAME_WAIT, KnownFile
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import FileKind, JobResults, ResultFile, ResultsState
from batchbell.core.routing import Filter
from batchbell.receivers.compose import Composer
from batchbell.store import accounts, acks, files
from batchbell.store import events as event_log
from batchbell.store.database import about_verdict
from batchbell.usecases.announce import announce, announce_named, release
from batchbell.usecases.announce_results import announce_results, release_end
from batchbell.usecases.channel_queue import ChannelQueue, Terms
from batchbell.usecases.claim_message import Claimed
from batchbell.usecases.record_attempt import EndedSend
from tests.fakes import MINUTE, START
from tests.usecases.collecting import CollectingWorld
from tests.usecases.collecting import ended as ended_job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from batchbell.receivers.content import Content
    from batchbell.store.database import Database, Transaction

SENT = Outcome(delivered=True, reason="")
BUSY = Outcome(delivered=False, reason="answered 503")
COMPLETE = Counts(requests=2, succeeded=2, missing=0)
MISSING = Counts(requests=1_000, succeeded=990, missing=10)
TEAM, MAIL = Filter(channel="team"), Filter(channel="mail")


def ended(number: int = 1, *, seen_at: datetime = START) -> Event:
    """Return a job's end of which the verdict is awaited for a minute."""
    event = sample(EventKind.COMPLETED, seen_at)
    event = replace(event, job_id=f"job-{number}", qualifier="end:COMPLETED")
    (held,) = awaiting_verdicts([event], MINUTE, seen_at)
    return held


def counted(found: Counts, number: int = 1, **fields: object) -> JobResults:
    known = JobResults(
        account="default",
        job_id=f"job-{number}",
        status="COMPLETED",
        state=ResultsState.COUNTED,
        verdict=Verdict.PARTIAL if found.missing or found.failed else Verdict.COMPLETE,
        counts=found,
    )
    return replace(known, **fields)  # type: ignore[arg-type] # any of its fields


@dataclass
class Telling:
    """Two channels that are sent what is due when a test says so."""

    database: Database
    now: datetime = START
    #: What each message said: channel, and its events with whether they had the verdict.
    heard: list[tuple[str, list[tuple[str, str, bool]]]] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    filters: tuple[Filter, ...] = (TEAM, MAIL)

    def tell(self, *events: Event) -> None:
        with self.database.write() as connection:
            announce(connection, events, self.filters, self.now)

    def verdict(self, results: JobResults) -> list[Event]:
        with self.database.write() as connection:
            return announce_results(connection, results, self.filters, self.now)

    def let_go(
        self, number: int = 1, status: str = "COMPLETED", tried_until: datetime | None = None
    ) -> None:
        known = JobResults(
            account="default",
            job_id=f"job-{number}",
            status=status,
            state=ResultsState.WAITING,
            reason="the output file can't be had: 404",
        )
        with self.database.write() as connection:
            release_end(connection, known, self.now, tried_until=tried_until)

    def send(self, channel: str = "team", outcome: Outcome = SENT) -> list[str]:
        """Send what is due; return the kinds of events that the message told."""
        queue = ChannelQueue(
            channel, database=self.database, filters=lambda: self.filters, jitter=lambda: 0.0
        )
        told: list[Event] = []
        claimed = queue.take_turn(Terms(composer=_Listening(told=told)), self.now)
        if not isinstance(claimed, Claimed):
            return []
        if told:
            said = [(each.kind.value, each.job_id, _has_verdict(each)) for each in told]
            self.heard.append((channel, said))
        assert claimed.content is not None
        self.titles.append(claimed.content.title)
        self.texts.append(claimed.content.text)
        queue.record(claimed, EndedSend(outcome, self.now, self.now))
        return [each.kind.value for each in told]

    def log(self) -> list[tuple[str, str]]:
        """Return the recorded events' kinds and why the team does not hear of them."""
        with self.database.read() as connection:
            log = event_log.log(connection)
            return [(each.event.kind, each.not_told.get("team", "")) for each in log]

    def stored(self, kind: EventKind) -> Event:
        with self.database.read() as connection:
            found = (each.event for each in event_log.log(connection))
            return next(event for event in found if event.kind is kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listening(Composer):
    """Notes which events a message tells."""

    told: list[Event]

    def compose(self, events: Sequence[Event], now: datetime) -> Content:
        self.told.extend(events)
        return Composer.compose(self, events, now)


def _has_verdict(event: Event) -> bool:
    return event.facts.results.verdict is not None


@pytest.fixture
def bell(database: Database) -> Telling:
    return Telling(database)


def test_an_end_waits_for_its_verdict_and_then_goes_at_once_with_it(bell: Telling) -> None:
    bell.tell(ended())
    assert bell.send() == []
    new = bell.verdict(counted(MISSING))
    assert [each.kind for each in new] == [EventKind.INCOMPLETE, EventKind.RESULTS]
    assert bell.send() == ["batch.completed"]
    assert bell.titles[-1].startswith("COMPLETED, 10 MISSING: ")
    assert "990 of 1,000 ok" in bell.titles[-1]
    assert bell.stored(EventKind.COMPLETED).severity is Severity.WARNING
    assert bell.send() == []
    assert bell.log() == [
        ("batch.completed", ""),
        ("batch.incomplete", "the message about the job's end says it"),
        ("batch.results", "the message about the job's end says it"),
    ]


def test_who_was_told_the_end_without_its_verdict_is_told_what_is_missing(bell: Telling) -> None:
    bell.tell(ended())
    bell.now += MINUTE
    assert bell.send() == ["batch.completed"]
    assert "missing" not in bell.titles[-1]
    bell.verdict(counted(MISSING))
    assert bell.send("mail") == ["batch.completed"]
    assert bell.send("mail") == []
    assert bell.send() == ["batch.incomplete"]
    assert "INCOMPLETE: nightly-eval · 990 of 1,000 ok" in bell.titles[-1]
    assert bell.send() == []


def test_what_a_first_attempt_fixed_is_not_written_anew(bell: Telling) -> None:
    bell.tell(ended())
    bell.now += MINUTE
    bell.send(outcome=BUSY)
    bell.verdict(counted(MISSING))
    for _ in range(3):
        bell.now += 10 * MINUTE
        bell.send()
    assert ["missing" in title for title in bell.titles] == [False, False, True]


def test_a_complete_verdict_is_no_news_to_who_was_told_the_end(bell: Telling) -> None:
    bell.tell(ended())
    bell.now += MINUTE
    bell.send()
    bell.verdict(counted(COMPLETE))
    assert bell.send() == []


def test_lost_results_are_told_once(bell: Telling) -> None:
    bell.tell(ended())
    bell.now += MINUTE
    bell.send()
    lost = counted(
        COMPLETE,
        state=ResultsState.LOST,
        verdict=Verdict.UNKNOWN,
        counts=None,
        reason="the output file was not found (404) for 24h",
    )
    bell.verdict(lost)
    assert bell.verdict(lost) == []
    assert bell.send() == ["batch.results_lost"]
    assert "RESULTS LOST: nightly-eval" in bell.titles[-1]
    assert bell.send() == []


def test_a_failed_attempt_lets_the_message_go_without_the_verdict(bell: Telling) -> None:
    bell.tell(ended())
    bell.let_go(status="EXPIRED")
    bell.let_go(number=2)
    assert bell.send() == []
    bell.let_go(tried_until=START + 60 * MINUTE)
    bell.let_go(tried_until=START + 60 * MINUTE)
    assert bell.send() == ["batch.completed"]
    assert "COMPLETED: nightly-eval" in bell.titles[-1]
    assert "not counted yet" in bell.titles[-1]
    known = bell.stored(EventKind.COMPLETED).facts.results
    assert (known.awaited_until, known.tried_until) == (None, START + 60 * MINUTE)
    assert known.reason == "the output file can't be had: 404"


def test_once_no_file_is_read_any_more_an_end_waits_for_nothing(bell: Telling) -> None:
    bell.tell(ended())
    bell.let_go(tried_until=START + 60 * MINUTE)
    bell.let_go()
    bell.let_go()
    assert bell.stored(EventKind.COMPLETED).facts.results == ResultsFacts()


def test_a_message_goes_when_all_of_its_ends_are_free(bell: Telling) -> None:
    bell.tell(ended(1), ended(2), ended(3))
    bell.verdict(counted(COMPLETE, 1))
    bell.let_go(2)
    assert bell.send() == []
    news = replace(sample(EventKind.STALLED, START), job_id="job-4")
    bell.tell(news)
    assert bell.send() == ["batch.stalled"]
    bell.verdict(counted(MISSING, 3))
    assert sorted(bell.send()) == ["batch.completed"] * 3
    assert [said[2] for said in sorted(bell.heard[-1][1], key=lambda said: said[1])] == [
        True,
        False,
        True,
    ]


def test_skipped_results_let_the_message_go_and_tell_nothing_else(bell: Telling) -> None:
    bell.tell(ended())
    skipped = counted(COMPLETE, state=ResultsState.SKIPPED, counts=None, verdict=None)
    assert bell.verdict(skipped) == []
    assert bell.send() == ["batch.completed"]


def test_results_of_an_end_that_nobody_recorded_tell_nothing(bell: Telling) -> None:
    bell.tell(ended())
    assert bell.verdict(counted(MISSING, 2)) == []
    assert bell.verdict(counted(MISSING, status="EXPIRED")) == []


def test_a_later_file_replaces_the_verdict_and_tells_only_what_was_not_told(bell: Telling) -> None:
    bell.tell(ended())
    bell.now += MINUTE
    bell.send()
    bell.verdict(counted(MISSING))
    assert bell.send() == ["batch.incomplete"]
    late = (ResultFile(kind=FileKind.ERRORS, id="file-late"),)
    failed = Counts(requests=1_000, succeeded=990, failed=10, missing=0)
    assert bell.verdict(counted(failed, files=late)) == []
    assert bell.send() == []
    assert bell.stored(EventKind.RESULTS).facts.results.failed == 10
    assert bell.stored(EventKind.INCOMPLETE).facts.results.missing == 10
    end = bell.stored(EventKind.COMPLETED)
    assert end.facts.results.failed == 10
    assert end.job is not None
    assert end.job.error_file_id == "file-late"


def test_a_later_file_that_shows_the_job_incomplete_after_all_is_told(bell: Telling) -> None:
    bell.tell(ended())
    bell.verdict(counted(COMPLETE))
    bell.send()
    assert [each.kind for each in bell.verdict(counted(MISSING))] == [EventKind.INCOMPLETE]
    assert bell.send() == ["batch.incomplete"]


@pytest.mark.unmeasured
def test_verdicts_that_come_one_by_one_are_told_in_few_messages(bell: Telling) -> None:
    bell.tell(*(ended(number) for number in range(40)))
    bell.now += MINUTE
    assert [len(bell.send()) for _ in range(3)] == [20, 20, 0]
    told = []
    for number in range(40):
        bell.now += timedelta(seconds=1)
        bell.verdict(counted(MISSING, number))
        told.append(len(bell.send()))
    bell.now += timedelta(seconds=10)
    told.append(len(bell.send()))
    assert sum(told) == 40
    assert len([count for count in told if count]) <= 5


def test_who_hears_of_nothing_good_is_told_the_end_once_it_is_a_warning(bell: Telling) -> None:
    bell.filters = (replace(TEAM, min_severity=Severity.WARNING), MAIL)
    bell.tell(ended(1), ended(2), ended(3))
    failed = Counts(requests=1_000, succeeded=990, failed=10, missing=0)
    bell.verdict(counted(failed, 1))
    bell.verdict(counted(MISSING, 2))
    bell.verdict(counted(COMPLETE, 3))
    assert bell.send() == ["batch.completed", "batch.completed"]
    assert all(has_verdict for _, _, has_verdict in bell.heard[-1][1])
    assert bell.send() == []
    assert bell.send("mail") == ["batch.completed"] * 3
    bell.verdict(counted(failed, 1))
    assert bell.send() == []


@pytest.mark.unmeasured
def test_five_hundred_ends_of_one_poll_are_twenty_five_messages(bell: Telling) -> None:
    bell.filters = (TEAM,)
    bell.tell(*(ended(number) for number in range(500)))
    told: list[str] = []
    for number in range(240):
        bell.verdict(counted(COMPLETE, number))
        bell.now += timedelta(seconds=0.25)
        told += bell.send()
    while more := bell.send():
        told += more
    assert bell.now == START + MINUTE
    assert Counter(told) == {"batch.completed": 500}
    assert len(bell.heard) == 25


def test_lost_results_need_a_look_though_the_end_was_acknowledged(bell: Telling) -> None:
    bell.tell(ended())
    with bell.database.write() as connection:
        acks.save(connection, "default", "job-1", event_id=1, now=bell.now)
    bell.verdict(counted(MISSING))
    with bell.database.read() as connection:
        assert acks.load_all(connection)
    bell.verdict(counted(MISSING, state=ResultsState.LOST))
    with bell.database.read() as connection:
        assert not acks.load_all(connection)


def test_it_is_said_why_files_were_skipped(bell: Telling) -> None:
    bell.tell(ended())
    reason = "the output file is not to be asked for by its id"
    bell.verdict(counted(COMPLETE, state=ResultsState.SKIPPED, counts=None, reason=reason))
    assert bell.send() == ["batch.completed"]
    assert f"Not counted: {reason}" in bell.texts[-1]


def test_who_wants_every_verdict_hears_it_with_the_end(bell: Telling) -> None:
    bell.filters = (replace(TEAM, events=("batch.completed", "batch.results")),)
    bell.tell(ended(1), ended(2))
    bell.verdict(counted(COMPLETE, 1))
    assert bell.send() == []
    bell.verdict(counted(COMPLETE, 2))
    assert sorted(bell.send()) == ["batch.completed"] * 2 + ["batch.results"] * 2


def noted(bell: Telling, tries: int, filename: str = "") -> None:
    """Write down what came of asking for the input file's name."""
    file = KnownFile(id="file-example-input", filename=filename, tries=tries, looked_up_at=bell.now)
    with bell.database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        files.save(connection, "default", [file])


def nameless() -> Event:
    event = ended()
    return replace(event, facts=replace(event.facts, input_file=""))


def test_a_verdict_that_is_there_first_waits_for_the_name(bell: Telling) -> None:
    noted(bell, tries=0)
    bell.tell(nameless())
    bell.verdict(counted(MISSING))
    assert bell.send() == []
    noted(bell, tries=1, filename="nightly-eval.jsonl")
    with bell.database.write() as connection:
        stored = event_log.of_job(connection, "default", "job-1")
        names = {"file-example-input": "nightly-eval.jsonl"}
        announce_named(connection, stored, names, bell.filters, bell.now)
        release(connection, [each.id for each in stored], bell.now)
    assert bell.send() == ["batch.completed"]
    assert "COMPLETED, 10 MISSING: nightly-eval · 990 of 1,000 ok" in bell.titles[-1]


def test_a_name_that_is_there_first_waits_for_the_verdict(bell: Telling) -> None:
    noted(bell, tries=1, filename="nightly-eval.jsonl")
    bell.tell(nameless())
    with bell.database.write() as connection:
        stored = event_log.of_job(connection, "default", "job-1")
        release(connection, [each.id for each in stored], bell.now)
    assert bell.send() == []
    bell.verdict(counted(MISSING))
    assert bell.send() == ["batch.completed"]
    assert "nightly-eval · 990 of 1,000 ok" in bell.titles[-1]


def test_a_name_that_does_not_come_is_waited_for_no_longer_than_ever(bell: Telling) -> None:
    noted(bell, tries=0)
    bell.tell(nameless())
    bell.verdict(counted(MISSING))
    assert bell.send() == []
    bell.now += NAME_WAIT
    assert bell.send() == ["batch.completed"]


def test_a_name_that_was_asked_for_in_vain_is_not_waited_for(bell: Telling) -> None:
    noted(bell, tries=1)
    bell.tell(nameless())
    bell.verdict(counted(MISSING))
    assert bell.send() == ["batch.completed"]


VERDICTS = {"complete": COMPLETE, "missing": MISSING}
STEPS = st.lists(
    st.sampled_from(
        ["complete", "missing", "let go", "wait", "second", "team", "mail", "fails", "other"]
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_in_any_order_each_channel_hears_each_end_once_and_what_is_missing_once(
    database: Database, steps: list[str]
) -> None:
    with database.write() as connection:
        for table in ("notification_events", "attempts", "notifications", "events", "channels"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    bell = Telling(database)
    bell.tell(ended(1), ended(2))
    verdict = next((VERDICTS[step] for step in steps if step in VERDICTS), MISSING)
    for number, step in enumerate([*steps, "missing"]):
        take(bell, step, number)
    for _ in range(12):
        bell.now += 20 * MINUTE
        bell.send("team")
        bell.send("mail")
    for channel in ("team", "mail"):
        said = [each for name, several in bell.heard for each in several if name == channel]
        told = Counter((kind, job_id) for kind, job_id, _ in said)
        assert set(told.values()) == {1}
        assert told["batch.completed", "job-1"] == told["batch.completed", "job-2"] == 1
        verdicts = [each for each in said if each[1] == "job-1" and each[2]]
        assert len(verdicts) <= 1
        assert verdicts or verdict is COMPLETE


def take(bell: Telling, step: str, number: int) -> None:
    """Let one thing happen; the first verdict is the only one."""
    match step:
        case "complete" | "missing" if all(kind != "batch.results" for kind, _ in bell.log()):
            bell.verdict(counted(VERDICTS[step]))
        case "let go":
            bell.let_go(1)
        case "wait":
            bell.now += MINUTE
        case "second":
            bell.now += timedelta(seconds=1)
        case "other":
            bell.tell(replace(sample(EventKind.STALLED, bell.now), job_id=f"other-{number}"))
        case "team" | "mail":
            bell.send(step)
        case "fails":
            bell.send("team", BUSY)


async def test_no_message_is_fixed_while_it_is_decided_who_hears_a_verdict(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = CollectingWorld(database)
    await world.baseline()
    world.api.has(asked=10, answered=9)
    await world.end(ended_job())
    scopes: list[str] = []

    def write(about: str = "") -> AbstractContextManager[Transaction]:
        scopes.append(about)
        return alone(about)

    alone = database.write
    monkeypatch.setattr(database, "write", write)
    await world.collect()
    # The last one records the verdict, beside no channel's transaction.
    assert scopes[-1] == about_verdict("default")
    assert world.send() == [("batch.completed", "job-1", "partial")]


def test_a_warning_that_goes_while_the_end_waits_for_its_results_tells_of_the_end(
    bell: Telling,
) -> None:
    missed = replace(sample(EventKind.DEADLINE_MISSED, START), job_id="job-1", qualifier="missed")
    bell.tell(missed)
    bell.now = START + MINUTE / 2
    bell.tell(ended(seen_at=bell.now))

    assert bell.send() == ["batch.deadline_missed"]
    assert "completed at " in bell.titles[0]
    assert "its results are being read" in bell.titles[0]
    assert "cancel" not in bell.texts[0]


def test_a_standstill_that_goes_after_its_job_moved_again_is_told_as_past(bell: Telling) -> None:
    stalled = replace(sample(EventKind.STALLED, START), job_id="job-1")
    bell.tell(stalled)
    bell.now = START + MINUTE
    # The channel is not told of it: nobody waits for that.
    bell.tell(replace(sample(EventKind.RESUMED, bell.now), job_id="job-1"))
    assert bell.send() == ["batch.stalled"]
    assert "resumed at " in bell.titles[0]
    assert "cancel" not in bell.texts[0]
