from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select, update

from batchbell.core.delivery.backoff import ATTEMPTS_BEFORE_GIVING_UP, LONGEST_DELAY
from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.core.delivery.turn import CLAIM, LINE_LENGTH, Wait, next_turn
from batchbell.core.event import Event, EventKind
from batchbell.core.job import BatchJob
from batchbell.core.routing import EVENTS_PER_MESSAGE, Filter
from batchbell.errors import DatabaseError, LeaseLostError
from batchbell.receivers.compose import Composer
from batchbell.store import channels, events, ledger, queue
from batchbell.store.tables import attempts, notifications
from batchbell.usecases import channel_queue
from batchbell.usecases.announce import WANTS_NO_MORE, announce
from batchbell.usecases.cancel import retry_deliveries
from batchbell.usecases.channel_queue import ChannelQueue, Terms
from batchbell.usecases.claim_message import Claimed
from batchbell.usecases.deliver import ChannelDelivery
from batchbell.usecases.record_attempt import EndedSend
from tests.claims import let_claims_age
from tests.fakes import MINUTE, FakeClock, FakeObserver, FakeTransport, eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from batchbell.core.delivery.waiting import Waiting
    from batchbell.receivers.content import Content
    from batchbell.store.database import Database
    from batchbell.store.sqlite.database import SqliteDatabase

SENT = Outcome(delivered=True, reason="")
BUSY = Outcome(delivered=False, reason="answered 503")
GONE = Outcome(delivered=False, reason="answered 404", permanent=True, fault=Fault.CHANNEL)
FILTERS = [Filter(channel="team"), Filter(channel="mail")]


def failed(job_id: str, now: datetime) -> Event:
    return Event(
        kind=EventKind.FAILED,
        account="default",
        job_id=job_id,
        qualifier="end:FAILED",
        happened_at=now,
        seen_at=now,
        job=BatchJob(id=job_id, status="FAILED"),
    )


@dataclass
class Receiver:
    """Takes what is sent; answers as told, then with success."""

    answers: list[Outcome] = field(default_factory=list)
    sent: list[tuple[Content, str]] = field(default_factory=list)

    async def send(self, content: Content, key: str) -> Outcome:
        self.sent.append((content, key))
        return self.answers.pop(0) if self.answers else SENT

    @property
    def keys(self) -> list[str]:
        return [key for _, key in self.sent]


@dataclass
class Bench:
    """One channel's delivery on a real database, and what it told the rest of the daemon."""

    database: Database
    clock: FakeClock = field(default_factory=FakeClock)
    receiver: Receiver = field(default_factory=Receiver)
    observer: FakeObserver = field(default_factory=FakeObserver)
    woken: int = 0

    def __post_init__(self) -> None:
        self.delivery = self.channel("team")

    def queue(self, name: str = "team", claim_for: timedelta = CLAIM) -> ChannelQueue:
        return ChannelQueue(
            name,
            database=self.database,
            filters=lambda: FILTERS,
            jitter=lambda: 0.0,
            claim_for=claim_for,
        )

    def channel(
        self, name: str, queue: ChannelQueue | None = None, **durations: float
    ) -> ChannelDelivery:
        return ChannelDelivery(
            queue or self.queue(name),
            transport=FakeTransport(self.receiver.send),
            clock=self.clock,
            on_events=self.wake,
            observer=self.observer,
            **durations,
        )

    def claim(self) -> Claimed:
        """Claim what is due as another process would."""
        claimed = self.queue().take_turn(Terms(), self.clock.now())
        assert isinstance(claimed, Claimed)
        return claimed

    def wake(self) -> None:
        self.woken += 1

    def tell(self, *job_ids: str) -> None:
        """Commit one poll's worth of failed jobs."""
        now = self.clock.now()
        with self.database.write() as connection:
            announce(connection, [failed(job_id, now) for job_id in job_ids], FILTERS, now)

    def events(self, kind: str) -> list[Event]:
        """Return the recorded events of a kind."""
        with self.database.read() as connection:
            log = events.log(connection, events.EventFilter(kind_like=kind))
            return [stored.event for stored in log]

    def states(self, channel: str = "team") -> list[tuple[str, int]]:
        """Return state and attempts of the channel's notifications, oldest first."""
        query = select(notifications.c.state, notifications.c.attempts)
        query = query.where(notifications.c.channel == channel).order_by(notifications.c.id)
        with self.database.read() as connection:
            return [tuple(row) for row in connection.execute(query)]


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database)


async def test_what_was_committed_is_sent_and_recorded(bench: Bench) -> None:
    bench.tell("job-1")
    assert await bench.delivery.deliver_due() is None
    ((content, _),) = bench.receiver.sent
    assert "job-1" in content.text
    assert bench.states() == [("sent", 1)]
    with bench.database.read() as connection:
        assert channels.load(connection, "team").last_success_at == bench.clock.now()
        (attempt,) = connection.execute(select(attempts)).all()
    assert (attempt.delivered, attempt.reason) == (True, "")


async def test_what_was_sent_stays_recorded_whatever_breaks_on_the_next_turn(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = [next_turn]

    def breaks_the_second_time(*arguments: Any, **named: Any) -> object:
        return turns.pop()(*arguments, **named)

    monkeypatch.setattr(channel_queue, "next_turn", breaks_the_second_time)
    bench.tell("job-1")
    assert await bench.delivery.deliver_due() is None
    assert bench.states() == [("sent", 1)]


async def test_one_poll_makes_one_digest_per_channel_split_at_twenty(bench: Bench) -> None:
    bench.tell(*(f"job-{number:03}" for number in range(500)))
    await bench.delivery.deliver_due()
    assert len(bench.receiver.sent) == 25
    text = "".join(content.text for content, _ in bench.receiver.sent)
    assert all(f"job-{number:03}" in text for number in range(500))


async def test_a_passing_failure_backs_off_and_repeats_the_same_message(bench: Bench) -> None:
    bench.receiver.answers = [BUSY, BUSY]
    bench.tell("job-1")
    for seconds in (5, 10):
        waiting = await bench.delivery.deliver_due()
        assert waiting == Wait(until=bench.clock.now() + timedelta(seconds=seconds))
        bench.clock.advance(timedelta(seconds=seconds))
    await bench.delivery.deliver_due()
    assert bench.states() == [("sent", 3)]
    assert len(set(bench.receiver.keys)) == 1
    assert len({content.text for content, _ in bench.receiver.sent}) == 1


async def test_while_a_channel_fails_only_its_oldest_message_is_tried(bench: Bench) -> None:
    bench.receiver.answers = [BUSY] * 3
    for number in range(3):
        bench.tell(f"job-{number}")
        await bench.delivery.deliver_due()
    assert len(set(bench.receiver.keys)) == 1


async def test_what_waited_behind_a_failing_message_merges_into_digests(bench: Bench) -> None:
    bench.receiver.answers = [BUSY]
    for number in range(41):
        bench.tell(f"job-{number:02}")
        await bench.delivery.deliver_due()
    bench.clock.advance(MINUTE)
    await bench.delivery.deliver_due()
    later = bench.receiver.sent[1:]
    assert len(later) == 3
    assert "job-00" in later[0][0].text
    text = "".join(content.text for content, _ in later)
    assert all(f"job-{number:02}" in text for number in range(41))


@pytest.mark.unmeasured
async def test_a_message_is_dead_after_72_hours_with_all_that_is_as_old(bench: Bench) -> None:
    bench.receiver.answers = [BUSY] * 1000
    bench.tell("job-1")
    await bench.delivery.deliver_due()
    bench.tell("job-2")
    for _ in range(72 * 4 + 2):
        bench.clock.advance(LONGEST_DELAY)
        await bench.delivery.deliver_due()
    assert [state for state, _ in bench.states()] == ["dead", "dead"]
    bench.receiver.answers = []
    bench.tell("job-3")
    await bench.delivery.deliver_due()
    assert bench.states()[-1] == ("sent", 1)


async def test_a_clock_stepped_days_ahead_kills_no_fresh_message(bench: Bench) -> None:
    bench.receiver.answers = [BUSY] * (ATTEMPTS_BEFORE_GIVING_UP - 1)
    bench.tell("job-1")
    bench.clock.advance(timedelta(days=30))
    for _ in range(ATTEMPTS_BEFORE_GIVING_UP):
        await bench.delivery.deliver_due()
        bench.clock.advance(LONGEST_DELAY)
    assert bench.states() == [("sent", ATTEMPTS_BEFORE_GIVING_UP)]


async def test_a_clock_stepped_back_parks_no_retry(bench: Bench) -> None:
    bench.receiver.answers = [BUSY]
    bench.tell("job-1")
    await bench.delivery.deliver_due()
    bench.clock.advance(timedelta(hours=-2))
    await bench.delivery.deliver_due()
    assert bench.states() == [("sent", 2)]


async def test_a_permanent_failure_is_dead_at_once_and_told_elsewhere(bench: Bench) -> None:
    bench.receiver.answers = [GONE]
    bench.tell("job-1")
    await bench.delivery.deliver_due()
    assert bench.states() == [("dead", 1)]
    assert bench.woken == 1
    bench.tell("job-2")
    await bench.delivery.deliver_due()
    with bench.database.read() as connection:
        told = [
            stored.event.kind
            for stored in events.log(connection, events.EventFilter(kind_like="channel.*"))
        ]
        (failing, _) = events.log(connection, events.EventFilter(kind_like="channel.*"))
    assert told == ["channel.failing", "channel.recovered"]
    assert failing.not_told == {"team": "it is the channel in question"}
    await bench.channel("mail").deliver_due()
    assert bench.states("mail") == [("sent", 1)]


async def test_the_others_hear_how_much_waits_and_what_of_it_they_are_not_told(
    bench: Bench,
) -> None:
    configure(bench)
    bench.tell("job-1", "job-2")
    with bench.database.write() as connection:
        alone = [each for each in FILTERS if each.channel == "team"]
        now = bench.clock.now()
        for name in ("job-3", "job-4", "job-5"):
            announce(connection, [replace(failed(name, now), kind=EventKind.EXPIRED)], alone, now)
    await bench.channel("mail").deliver_due()
    bench.receiver.answers = [BUSY] * 20
    while not bench.events("channel.failing"):
        await bench.delivery.deliver_due()
        bench.clock.advance(LONGEST_DELAY)
    (failing,) = bench.events("channel.failing")
    outage = failing.facts.outage
    assert (outage.waiting, outage.told_nowhere_else) == (len(bench.states()), 3)


async def test_what_was_given_up_counts_as_missed_and_what_others_wait_for_as_told(
    bench: Bench,
) -> None:
    configure(bench)
    bench.receiver.answers = [GONE]
    bench.tell("job-1")
    await bench.delivery.deliver_due()
    (failing,) = bench.events("channel.failing")
    assert (failing.facts.outage.waiting, failing.facts.outage.told_nowhere_else) == (0, 0)


async def test_a_message_refused_for_good_takes_none_of_its_age_along(bench: Bench) -> None:
    bench.receiver.answers = [BUSY, GONE]
    bench.tell("job-1")
    await bench.delivery.deliver_due()
    bench.tell("job-2")
    bench.clock.advance(timedelta(hours=73))
    await bench.delivery.deliver_due()
    assert bench.states() == [("dead", 2), ("sent", 1)]


async def test_a_claim_of_the_living_is_respected_and_of_the_dead_expires(bench: Bench) -> None:
    bench.tell("job-1")
    bench.claim()
    waiting = await bench.delivery.deliver_due()
    assert isinstance(waiting, Wait)
    assert timedelta() < waiting.until - bench.clock.now() <= CLAIM
    bench.clock.advance(CLAIM)
    with bench.database.write() as connection:
        let_claims_age(connection, CLAIM)
    await bench.delivery.deliver_due()
    assert bench.states() == [("sent", 1)]


async def test_a_start_voids_what_a_dead_process_claimed(bench: Bench) -> None:
    bench.tell("job-1")
    bench.claim()
    with bench.database.write() as connection:
        queue.void_claims(connection)
    await bench.delivery.deliver_due()
    assert bench.states() == [("sent", 1)]


async def test_a_crash_between_send_and_record_repeats_that_message_only(bench: Bench) -> None:
    bench.tell("job-1")
    first = bench.claim()
    with bench.database.write() as connection:
        ledger.fix_content(
            connection,
            first.message.notification_id,
            {"title": "as sent", "text": "as sent", "html": "", "severity": "failure"},
        )
    # Here the process sent, and died before it could record that.
    bench.tell("job-2")
    with bench.database.write() as connection:
        queue.void_claims(connection)
    await bench.delivery.deliver_due()
    assert bench.receiver.sent[0][0].text == "as sent"
    assert bench.receiver.keys[0] == first.key
    assert "job-2" in bench.receiver.sent[1][0].text
    assert "job-1" not in bench.receiver.sent[1][0].text


async def test_an_outcome_is_held_while_the_database_fails(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.delivery = bench.channel("team", pause_seconds=0.0)
    bench.tell("job-1")
    failures = iter([DatabaseError("disk full")] * 3)
    real = ledger.mark_sent

    def sometimes(*arguments: object) -> bool:
        error = next(failures, None)
        if error is not None:
            raise error
        return real(*arguments)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(ledger, "mark_sent", sometimes)
    await bench.delivery.deliver_due()
    assert len(bench.receiver.sent) == 1
    assert bench.states() == [("sent", 1)]
    # One attempt is counted, once its outcome is written, however often the writing failed.
    assert bench.observer.signs == [
        "alive",
        "disk full",
        "disk full",
        "disk full",
        "wrote",
        "attempted",
        "alive",
    ]


async def running(bench: Bench, until: Callable[[], bool]) -> asyncio.Task[None]:
    task = asyncio.create_task(bench.delivery.run())
    await eventually(until)
    return task


async def test_what_was_sent_is_recorded_in_the_transaction_that_claims_the_next(
    bench: Bench,
) -> None:
    commits: list[object] = []
    heard = commits.append
    engine = cast("SqliteDatabase", bench.database).engine
    for number in range(5):
        bench.tell(*(f"job-{number}-{each}" for each in range(EVENTS_PER_MESSAGE)))
    sqlalchemy_event.listen(engine, "commit", heard)
    assert await bench.delivery.deliver_due() is None
    sqlalchemy_event.remove(engine, "commit", heard)
    assert bench.states() == [("sent", 1)] * 5
    # The first claim, then one for each message.
    assert len(commits) == 1 + 5


async def test_a_wake_delivers_at_once_and_a_stop_ends_the_run(bench: Bench) -> None:
    task = await running(bench, lambda: bench.observer.signs == ["alive"])
    bench.tell("job-1")
    bench.delivery.wake()
    await eventually(lambda: bench.states() == [("sent", 1)])
    bench.delivery.stop()
    await asyncio.wait_for(task, 10)


def break_the_queue(monkeypatch: pytest.MonkeyPatch, errors: Iterable[Exception]) -> None:
    """Let the first looks at the queue fail so, and all others be as they are."""
    failing, real = iter(errors), queue.waiting

    def sometimes(*arguments: object, **options: object) -> object:
        error = next(failing, None)
        if error is not None:
            raise error
        return real(*arguments, **options)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(queue, "waiting", sometimes)


async def test_a_failing_database_stops_nothing_for_good(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bench.delivery = bench.channel("team", pause_seconds=0.0)
    caplog.set_level(logging.ERROR)
    break_the_queue(monkeypatch, [DatabaseError("disk full")] * 2)
    bench.tell("job-1")
    task = await running(bench, lambda: bool(bench.receiver.sent))
    bench.delivery.stop()
    await asyncio.wait_for(task, 10)
    assert bench.observer.signs[:3] == ["disk full", "disk full", "alive"]
    assert caplog.messages == ["deliveries wait: disk full"]


async def test_a_crash_of_the_deliveries_is_logged_and_ends_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bench.delivery = bench.channel("team", pause_seconds=0.0)
    break_the_queue(monkeypatch, [OverflowError("date value out of range")] * 2)
    bench.tell("job-1")
    task = await running(bench, lambda: bool(bench.receiver.sent))
    bench.delivery.stop()
    await asyncio.wait_for(task, 10)
    logged = [record for record in caplog.records if record.levelno == logging.ERROR]
    said = [record.getMessage() for record in logged]
    assert said == ["deliveries crashed; they are tried again"] * 2
    assert all(record.exc_info for record in logged)


async def test_a_renewal_that_comes_too_late_does_not_put_off_the_next_attempt(
    bench: Bench,
) -> None:
    bench.tell("job-1")
    claimed = bench.claim()
    bench.queue().record(claimed, EndedSend(BUSY, bench.clock.now(), bench.clock.now()))
    waiting = await bench.delivery.deliver_due()
    bench.queue().renew(claimed, bench.clock.now())
    assert await bench.delivery.deliver_due() == waiting


async def test_how_a_removed_channel_does_is_nobody_s_concern(bench: Bench) -> None:
    with bench.database.write() as connection:
        channels.configure(connection, ["team", "mail"])
    bench.receiver.answers = [GONE]
    bench.tell("job-1")
    with bench.database.write() as connection:
        channels.configure(connection, ["mail"])
    await bench.delivery.deliver_due()
    with bench.database.read() as connection:
        assert [each.channel for each in channels.load_configured(connection)] == ["mail"]
        assert [stored.event.kind for stored in events.log(connection)] == [EventKind.FAILED]


async def test_a_claim_is_renewed_while_a_send_takes_its_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed = asyncio.Event()
    loop = asyncio.get_running_loop()
    real = queue.renew

    def renew(*arguments: object, **options: object) -> None:
        real(*arguments, **options)  # type: ignore[arg-type]  # passed through
        loop.call_soon_threadsafe(renewed.set)

    async def slow(_content: Content, _key: str) -> Outcome:
        await asyncio.wait_for(renewed.wait(), 10)
        return SENT

    monkeypatch.setattr(queue, "renew", renew)
    monkeypatch.setattr(bench.receiver, "send", slow)
    claims = bench.queue(claim_for=timedelta(milliseconds=3))
    bench.delivery = bench.channel("team", claims)
    bench.tell("job-1")
    await bench.delivery.deliver_due()
    assert bench.states() == [("sent", 1)]


class TestReceiverThatWantsNoMore:
    """HTTP 410: nothing more is sent, and nothing more is queued, until somebody asks for it."""

    ANSWER = Outcome(delivered=False, reason="HTTP 410 Gone", permanent=True, gone=True)

    async def test_what_waits_is_given_up_and_the_other_channels_are_told(
        self, bench: Bench
    ) -> None:
        configure(bench)
        bench.tell("job-1")
        bench.receiver.answers = [self.ANSWER]
        for number in range(2, 30):
            bench.tell(f"job-{number}")
        await bench.delivery.deliver_due()

        assert len(bench.receiver.sent) == 1
        assert {state for state, _ in bench.states()} == {"dead"}
        (failing,) = bench.events("channel.failing")
        assert failing.facts.outage.error == "HTTP 410 Gone"

    async def test_news_is_not_queued_and_says_why(self, bench: Bench) -> None:
        configure(bench)
        bench.tell("job-1")
        bench.receiver.answers = [self.ANSWER]
        await bench.delivery.deliver_due()
        bench.tell("job-2")

        assert len(bench.states()) == 1
        with bench.database.read() as connection:
            (stored,) = events.of_job(connection, "default", "job-2")
        assert stored.not_told == {"team": WANTS_NO_MORE}

    async def test_a_retry_tries_it_again(self, bench: Bench) -> None:
        configure(bench)
        bench.tell("job-1")
        bench.receiver.answers = [self.ANSWER]
        await bench.delivery.deliver_due()
        assert len(retry_deliveries(bench.database, None, bench.clock.now())) == 1
        await bench.delivery.deliver_due()
        bench.tell("job-2")
        await bench.delivery.deliver_due()

        assert bench.states() == [("sent", 1), ("sent", 1)]


class TestMessageAtFault:
    """What its receiver can't take holds up no other, and the other channels are told."""

    INVALID = Outcome(
        delivered=False, reason="HTTP 400 Bad Request", permanent=True, fault=Fault.MESSAGE
    )

    async def test_the_others_are_told_of_its_jobs_and_nothing_of_its_channel(
        self, bench: Bench
    ) -> None:
        bench.tell("job-1", "=?bogus?q?x?=")
        bench.receiver.answers = [self.INVALID]
        await bench.delivery.deliver_due()
        bench.tell("job-2")
        await bench.delivery.deliver_due()

        assert bench.states() == [("dead", 1), ("sent", 1)]
        (lost,) = bench.events("channel.*")
        assert lost.kind is EventKind.CHANNEL_MESSAGE_LOST
        assert set(lost.facts.lost.jobs) == {"job-1", "??bogus?q?x??"}
        assert lost.facts.lost.kinds == ("batch.failed",)
        assert (lost.facts.channel, lost.facts.outage.error) == ("team", "HTTP 400 Bad Request")
        assert lost.facts.outage.given_up
        assert lost.facts.lost.number
        assert bench.woken == 1
        assert [state for state, _ in bench.states("mail")] == ["pending"] * 3

    async def test_the_others_hear_who_tells_it_and_that_others_are_taken(
        self, bench: Bench
    ) -> None:
        configure(bench)
        bench.tell("job-1")
        await bench.delivery.deliver_due()
        taken_at = bench.clock.now()
        bench.tell("job-2")
        await bench.channel("mail").deliver_due()
        bench.receiver.answers = [self.INVALID] * 2
        await bench.delivery.deliver_due()
        with bench.database.write() as connection:
            alone = [each for each in FILTERS if each.channel == "team"]
            announce(connection, [failed("job-3", bench.clock.now())], alone, bench.clock.now())
        await bench.delivery.deliver_due()
        lost = {each.facts.lost.jobs: each.facts for each in bench.events("channel.message_lost")}
        also, only = lost["job-2",], lost["job-3",]
        assert (also.lost.told_by, also.outage.told_nowhere_else) == (("mail",), 0)
        assert (only.lost.told_by, only.outage.told_nowhere_else) == ((), 1)
        assert also.lost.took_others_at == taken_at

    async def test_two_channels_do_not_tell_each_other_of_it_for_ever(self, bench: Bench) -> None:
        bench.tell("job-1")
        mail = bench.channel("mail")
        for _ in range(3):
            bench.receiver.answers = [self.INVALID] * 9
            await bench.delivery.deliver_due()
            await mail.deliver_due()
        assert len(bench.events("channel.message_lost")) == 2

    async def test_one_that_can_t_be_written_is_set_aside(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        real = Composer.compose

        def compose(self: Composer, told: Sequence[Event], now: datetime) -> Content:
            if any(event.job_id == "job-2" for event in told):
                raise ValueError("secret")
            return real(self, told, now)

        monkeypatch.setattr(Composer, "compose", compose)
        for job_id in ("job-1", "job-2", "job-3"):
            bench.tell(job_id)
        waiting = await bench.delivery.deliver_due()

        # What might have gone with it in one message does not suffer.
        assert bench.states() == [("sent", 1), ("pending", 1), ("sent", 1)]
        assert waiting == Wait(until=bench.clock.now() + timedelta(seconds=5))
        assert "set aside, not sent: the message could not be written" in caplog.messages
        monkeypatch.setattr(Composer, "compose", real)
        bench.clock.advance(timedelta(seconds=5))
        await bench.delivery.deliver_due()
        assert [state for state, _ in bench.states()] == ["sent"] * 3

    async def test_one_that_breaks_the_sending_is_set_aside_and_then_given_up(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def send(content: Content, key: str) -> Outcome:
            if "job-1" in content.text:
                raise ValueError("https://secret.example")
            return await Receiver.send(bench.receiver, content, key)

        bench.receiver.send = send  # type: ignore[method-assign]
        bench.delivery = bench.channel("team")
        bench.tell("job-1")
        for number in range(2, ATTEMPTS_BEFORE_GIVING_UP + 3):
            await bench.delivery.deliver_due()
            bench.tell(f"news-{number}")
            bench.clock.advance(LONGEST_DELAY)
        await bench.delivery.deliver_due()

        first, *others = bench.states()
        assert first == ("dead", ATTEMPTS_BEFORE_GIVING_UP)
        assert set(others) == {("sent", 1)}
        (lost,) = bench.events("channel.*")
        assert lost.facts.lost.jobs == ("job-1",)
        assert lost.facts.outage.error == "the send broke off (ValueError)"
        (given_up,) = (line for line in caplog.messages if line.startswith("given up"))
        assert "secret" not in given_up

    async def test_one_set_aside_is_seen_behind_any_number_that_wait(self, bench: Bench) -> None:
        for number in range(LINE_LENGTH + 5):
            bench.tell(f"job-{number}")
            with bench.database.write() as connection:
                connection.execute(update(notifications).values(set_aside=True, attempts=1))
        bench.tell("in line")
        with bench.database.read() as connection:
            known = queue.waiting(connection, "team")
        assert [one.set_aside for one in known] == [False, True, True]
        first, last = known[1].notification_id, known[2].notification_id
        assert last - first >= LINE_LENGTH

    async def test_a_retry_puts_it_back_into_the_line(self, bench: Bench) -> None:
        bench.tell("job-1")
        with bench.database.write() as connection:
            connection.execute(
                update(notifications).values(set_aside=True, unclear=2, state="dead")
            )
        assert len(retry_deliveries(bench.database, None, bench.clock.now())) == 2
        with bench.database.read() as connection:
            (one,) = queue.waiting(connection, "team")
        assert (one.set_aside, one.unclear, one.attempts) == (False, 0, 0)

    async def test_what_was_set_aside_counts_as_the_message_s_fault(self, bench: Bench) -> None:
        bench.receiver.answers = [BUSY] * 3
        bench.tell("job-1")
        for _ in range(3):
            await bench.delivery.deliver_due()
            bench.clock.advance(MINUTE)
        bench.tell("job-2")
        bench.receiver.answers = [SENT, BUSY]
        await bench.delivery.deliver_due()
        faults = [outcome.fault for outcome in bench.observer.outcomes if not outcome.delivered]
        assert faults == [Fault.UNKNOWN] * 3 + [Fault.MESSAGE]


def configure(bench: Bench) -> None:
    with bench.database.write() as connection:
        channels.configure(connection, ["team", "mail"])


async def test_an_outcome_that_another_replica_no_longer_waits_for_is_let_go(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bench.tell("job-1")

    def refused(*_arguments: object, **_options: object) -> None:
        raise LeaseLostError("channel team is another replica's now")

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "record_attempt", refused)
        patched.setattr(queue, "waiting", _refused_later(queue.waiting))
        with pytest.raises(LeaseLostError):
            await bench.delivery.deliver_due()
    assert len(bench.receiver.sent) == 1
    assert "an outcome comes too late: channel team is another replica's now" in caplog.messages
    assert "disk" not in str(bench.observer.signs)
    assert bench.states() == [("pending", 0)]


async def test_a_channel_that_is_another_replica_s_now_is_no_fault_of_the_database(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[object] = []

    def refused(*_arguments: object, **_options: object) -> None:
        tries.append(1)
        raise LeaseLostError("channel team is another replica's now")

    with monkeypatch.context() as patched:
        patched.setattr(queue, "waiting", refused)
        task = await running(bench, lambda: bool(tries))
        bench.delivery.wake()
        await eventually(lambda: len(tries) > 1)
        bench.delivery.stop()
        await asyncio.wait_for(task, 10)
    assert bench.observer.signs == []
    # Said once, however often it is tried.
    assert caplog.messages == ["deliveries wait: channel team is another replica's now"]


def _refused_later(waiting: Callable[..., list[Waiting]]) -> Callable[..., list[Waiting]]:
    """Return the first answer, then refuse: the channel is another replica's."""
    answers = iter([True])

    def asked(*arguments: object, **options: object) -> list[Waiting]:
        if next(answers, False):
            return waiting(*arguments, **options)
        raise LeaseLostError("channel team is another replica's now")

    return asked


async def test_what_tells_nobody_does_not_ask_who_would_be_told(bench: Bench) -> None:
    queue = ChannelQueue(
        "team", database=bench.database, filters=lambda: pytest.fail("asked"), jitter=lambda: 0.0
    )
    bench.tell("job-1")
    await bench.channel("team", queue).deliver_due()
    assert bench.states() == [("sent", 1)]
