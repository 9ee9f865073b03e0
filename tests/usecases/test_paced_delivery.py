"""Quiet hours, digests and rates, on a real database with a clock set by hand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.core.delivery.pacing import Pacing, Rate
from batchbell.core.delivery.quiet_hours import parse_window
from batchbell.core.delivery.turn import Wait
from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.job import BatchJob
from batchbell.core.routing import Filter
from batchbell.store import channels
from batchbell.usecases.announce import announce
from batchbell.usecases.channel_queue import ChannelQueue, Terms
from batchbell.usecases.deliver import ChannelDelivery
from tests.fakes import FakeClock, FakeObserver, FakeTransport

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from batchbell.receivers.content import Content
    from batchbell.store.database import Database

    MakeLine: TypeAlias = Callable[[Pacing, datetime], "Line"]

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
SENT = Outcome(delivered=True, reason="delivered")
BUSY = Outcome(delivered=False, reason="HTTP 503")
NIGHT = Pacing(quiet=(parse_window("22:00-07:00"),), zone=BERLIN)
NIGHT_BUT_FAILURES = replace(NIGHT, quiet_except=Severity.FAILURE)
GOOD, BAD = EventKind.COMPLETED, EventKind.FAILED


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@dataclass
class Line:
    """One channel with a pacing of its own."""

    database: Database
    pacing: Pacing
    clock: FakeClock
    answers: list[Outcome] = field(default_factory=list)
    #: When which text was sent.
    sent: list[tuple[datetime, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        with self.database.write() as connection:
            channels.configure(connection, ["team"])

    def tell(self, kind: EventKind, *jobs: str) -> None:
        """Record one poll's news of these jobs."""
        self.tell_all(*((kind, job) for job in jobs))

    def tell_all(self, *news: tuple[EventKind, str]) -> None:
        """Record one poll's news: kinds and job ids."""
        now = self.clock.now()
        wanted = [Filter(channel="team", parts_at=self.pacing.parts_at)]
        events = [
            Event(
                kind=kind,
                account="default",
                job_id=job,
                qualifier=f"end:{kind}",
                happened_at=now,
                seen_at=now,
                job=BatchJob(id=job, status="COMPLETED" if kind is GOOD else "FAILED"),
            )
            for kind, job in news
        ]
        with self.database.write() as connection:
            announce(connection, events, wanted, now)

    async def deliver(self) -> Wait | None:
        """Send what may go now, as a process that has just started."""
        return await self._delivery().deliver_due()

    async def deliver_until(self, end: datetime) -> None:
        """Deliver, and let the time pass whenever something waits, up to `end`."""
        while self.clock.now() < end:
            waiting = await self.deliver()
            due = end if waiting is None else min(waiting.until, end)
            self.clock.advance(max(due - self.clock.now(), timedelta(seconds=1)))
        await self.deliver()

    def texts(self) -> list[str]:
        return [text for _, text in self.sent]

    def held(self) -> tuple[datetime | None, str]:
        """Return what is noted of the channel's hold."""
        with self.database.read() as connection:
            health = channels.load(connection, "team")
            return health.held_until, health.held_because

    def _delivery(self) -> ChannelDelivery:
        return ChannelDelivery(
            ChannelQueue("team", database=self.database, filters=list, jitter=lambda: 0.0),
            transport=FakeTransport(self._send, Terms(pacing=self.pacing)),
            clock=self.clock,
            on_events=lambda: None,
            observer=FakeObserver(),
        )

    async def _send(self, content: Content, _key: str) -> Outcome:
        outcome = self.answers.pop(0) if self.answers else SENT
        if outcome.delivered:
            self.sent.append((self.clock.now(), content.text))
        return outcome


@pytest.fixture
def line(database: Database) -> MakeLine:
    return lambda pacing, now: Line(database, pacing, FakeClock(now))


class TestQuietHours:
    async def test_held_messages_become_one_digest_when_the_night_ends(
        self, line: MakeLine
    ) -> None:
        night = line(NIGHT, berlin("2026-11-23 21:59"))
        night.tell(GOOD, "before")
        await night.deliver()
        for hour in range(6):
            night.clock.advance(HOUR)
            night.tell(GOOD, f"job-{hour}")
            assert await night.deliver() == Wait(until=berlin("2026-11-24 07:00"))
        await night.deliver_until(berlin("2026-11-24 08:00"))

        (first, _), (then, text) = night.sent
        assert first == berlin("2026-11-23 21:59")
        assert then == berlin("2026-11-24 07:00")
        assert all(f"job-{hour}" in text for hour in range(6))

    async def test_it_is_noted_why_the_channel_waits_and_until_when(self, line: MakeLine) -> None:
        night = line(NIGHT, berlin("2026-11-23 23:00"))
        night.tell(GOOD, "a")
        await night.deliver()
        assert night.held() == (berlin("2026-11-24 07:00"), "quiet hours")
        night.clock.advance(8 * HOUR)
        await night.deliver()
        assert night.held() == (None, "")

    async def test_a_quiet_night_without_news_is_no_hold(self, line: MakeLine) -> None:
        night = line(NIGHT, berlin("2026-11-23 23:00"))
        assert await night.deliver() is None
        assert night.held() == (None, "")

    async def test_failures_pass_alone_if_they_may(self, line: MakeLine) -> None:
        night = line(NIGHT_BUT_FAILURES, berlin("2026-11-23 23:00"))
        night.tell_all((GOOD, "fine"), (BAD, "broken"), (GOOD, "well"))
        assert await night.deliver() == Wait(until=berlin("2026-11-24 07:00"))
        (text,) = night.texts()
        assert "broken" in text
        assert "fine" not in text

        await night.deliver_until(berlin("2026-11-24 07:00"))
        assert "fine" in night.texts()[1]
        assert "well" in night.texts()[1]
        assert "broken" not in night.texts()[1]

    async def test_by_day_bad_and_good_news_of_one_poll_are_one_message(
        self, line: MakeLine
    ) -> None:
        day = line(NIGHT_BUT_FAILURES, berlin("2026-11-23 12:00"))
        day.tell_all((GOOD, "fine"), (BAD, "broken"))
        await day.deliver()
        (text,) = day.texts()
        assert "fine" in text
        assert "broken" in text

    async def test_a_message_that_was_merged_by_day_passes_by_the_worst_in_it(
        self, line: MakeLine
    ) -> None:
        line_ = line(NIGHT_BUT_FAILURES, berlin("2026-11-23 21:59"))
        line_.tell(GOOD, "fine")
        line_.tell(BAD, "broken")
        line_.answers = [BUSY]
        await line_.deliver()
        line_.clock.advance(HOUR)
        await line_.deliver()
        (text,) = line_.texts()
        assert "fine" in text
        assert "broken" in text

    async def test_a_retry_of_what_may_not_pass_waits_too(self, line: MakeLine) -> None:
        evening = line(NIGHT_BUT_FAILURES, berlin("2026-11-23 21:59"))
        evening.answers = [BUSY]
        evening.tell(GOOD, "fine")
        await evening.deliver()
        evening.clock.advance(MINUTE)
        assert await evening.deliver() == Wait(until=berlin("2026-11-24 07:00"))
        assert evening.sent == []

    async def test_the_night_of_spring_is_an_hour_shorter(self, line: MakeLine) -> None:
        night = line(NIGHT, berlin("2026-03-28 23:00"))
        night.tell(GOOD, "a")
        await night.deliver_until(berlin("2026-03-29 09:00"))
        ((when, _),) = night.sent
        assert when == datetime(2026, 3, 29, 5, 0, tzinfo=UTC)

    async def test_the_night_of_autumn_is_an_hour_longer(self, line: MakeLine) -> None:
        night = line(NIGHT, berlin("2026-10-24 23:00"))
        night.tell(GOOD, "a")
        await night.deliver_until(berlin("2026-10-25 09:00"))
        ((when, _),) = night.sent
        assert when == datetime(2026, 10, 25, 6, 0, tzinfo=UTC)

    async def test_held_messages_survive_a_crash(self, line: MakeLine) -> None:
        night = line(NIGHT, berlin("2026-11-23 23:00"))
        night.tell(GOOD, "a", "b")
        await night.deliver()
        night.database.close()
        morning = Line(night.database, NIGHT, FakeClock(berlin("2026-11-24 07:00")))
        await morning.deliver()
        (text,) = morning.texts()
        assert "a" in text
        assert "b" in text

    async def test_what_a_long_quiet_time_held_is_not_given_up_at_its_first_failure(
        self, line: MakeLine
    ) -> None:
        weekdays_off = Pacing(quiet=(parse_window("mon-fri"),), zone=BERLIN)
        week = line(weekdays_off, berlin("2026-11-23 00:00"))
        week.tell(GOOD, "a")
        week.clock.advance(5 * 24 * HOUR)
        week.answers = [BUSY] * 12
        await week.deliver_until(berlin("2026-11-28 03:00"))
        assert len(week.sent) == 1


class TestDigests:
    HOURLY = Pacing(digest_every=HOUR)
    START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

    @pytest.mark.unmeasured
    async def test_one_mail_an_hour_tells_everything(self, line: MakeLine) -> None:
        hourly = line(self.HOURLY, self.START)
        for number in range(180):
            hourly.tell(GOOD, f"job-{number:03}")
            await hourly.deliver_until(hourly.clock.now() + MINUTE)
        await hourly.deliver_until(self.START + 5 * HOUR)

        rounds = sorted({when for when, _ in hourly.sent})
        assert [when - self.START for when in rounds] == [hour * HOUR for hour in range(4)]
        everything = "".join(hourly.texts())
        assert all(f"job-{number:03}" in everything for number in range(180))

    async def test_a_full_digest_is_followed_by_the_rest_at_once(self, line: MakeLine) -> None:
        hourly = line(self.HOURLY, self.START)
        hourly.tell(GOOD, *(f"job-{number}" for number in range(45)))
        await hourly.deliver()
        assert [when for when, _ in hourly.sent] == [self.START] * 3

    async def test_what_tells_of_one_job_is_in_one_digest_and_that_says_if_another_follows(
        self, line: MakeLine
    ) -> None:
        hourly = line(self.HOURLY, self.START)
        hourly.tell(GOOD, "first")
        await hourly.deliver()
        hourly.clock.advance(MINUTE)
        for job in ("twice", *(f"job-{number:02}" for number in range(19))):
            hourly.tell(GOOD, job)
        hourly.tell(BAD, "twice")
        hourly.clock.advance(HOUR)
        await hourly.deliver()

        _, part, rest = hourly.texts()
        assert part.startswith("FAILED: twice; ")
        assert "In the next message: COMPLETED: job-18." in part.partition("\n")[0]
        assert "FAILED: twice" in part
        assert "Job: job-18" not in part
        assert "twice" not in rest
        assert "next message" not in rest

    async def test_the_rest_says_that_it_continues_and_what_comes_later_does_not(
        self, line: MakeLine
    ) -> None:
        hourly = line(self.HOURLY, self.START)
        hourly.tell(GOOD, *(f"job-{number:02}" for number in range(22)))
        hourly.clock.advance(timedelta(seconds=1))
        await hourly.deliver()
        hourly.clock.advance(MINUTE)
        hourly.tell(GOOD, "late", "later")
        hourly.clock.advance(HOUR)
        await hourly.deliver()

        first, rest, last = hourly.texts()
        assert "2 more in the next message." in first.partition("\n")[0]
        assert rest.startswith("Continued: 2 completed: ")
        assert last.startswith("2 completed: ")

    async def test_a_message_that_had_no_part_in_it_is_not_continued(self, line: MakeLine) -> None:
        at_once = line(Pacing(), self.START)
        at_once.tell(GOOD, "a")
        at_once.clock.advance(timedelta(seconds=1))
        await at_once.deliver()
        at_once.tell_all((GOOD, "b"), (GOOD, "c"))
        await at_once.deliver()
        assert at_once.texts()[-1].startswith("2 completed: b, c")

    async def test_what_was_never_taken_is_not_continued(self, line: MakeLine) -> None:
        hourly = line(self.HOURLY, self.START)
        hourly.answers = [
            Outcome(delivered=False, reason="HTTP 400", permanent=True, fault=Fault.MESSAGE)
        ]
        hourly.tell(GOOD, *(f"job-{number:02}" for number in range(22)))
        await hourly.deliver()
        assert hourly.texts()[0].startswith("2 completed: ")

    async def test_more_than_is_looked_at_is_at_least_so_many(self, line: MakeLine) -> None:
        hourly = line(self.HOURLY, self.START)
        for number in range(140):
            hourly.tell(GOOD, f"job-{number:03}")
        await hourly.deliver()

        first, second, *_, last = hourly.texts()
        assert "At least 84 more in the next messages." in first.partition("\n")[0]
        assert second.startswith("Continued: ")
        assert "next message" not in last

    async def test_a_restart_opens_no_new_round(self, line: MakeLine) -> None:
        hourly = line(self.HOURLY, self.START)
        hourly.tell(GOOD, "a")
        await hourly.deliver()
        hourly.clock.advance(MINUTE)
        hourly.tell(GOOD, "b")
        assert await hourly.deliver() == Wait(until=self.START + HOUR)

    async def test_a_failed_digest_is_retried_in_its_round(self, line: MakeLine) -> None:
        hourly = line(self.HOURLY, self.START)
        hourly.answers = [BUSY]
        hourly.tell(GOOD, "a")
        await hourly.deliver_until(self.START + MINUTE)
        assert len(hourly.sent) == 1


class TestRate:
    START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    SIX_AN_HOUR = Pacing(rate=Rate(messages=6, per=HOUR))

    async def test_messages_over_the_limit_wait_and_none_is_lost(self, line: MakeLine) -> None:
        limited = line(self.SIX_AN_HOUR, self.START)
        limited.tell(GOOD, *(f"job-{number:03}" for number in range(200)))
        await limited.deliver()
        assert len(limited.sent) == 6
        assert limited.held() == (self.START + HOUR, "rate limit")
        await limited.deliver_until(self.START + 3 * HOUR)

        assert [when - self.START for when, _ in limited.sent] == [0 * HOUR] * 6 + [HOUR] * 4
        everything = "".join(limited.texts())
        assert all(f"job-{number:03}" in everything for number in range(200))

    async def test_failed_attempts_count(self, line: MakeLine) -> None:
        limited = line(Pacing(rate=Rate(messages=2, per=HOUR)), self.START)
        limited.answers = [BUSY]
        limited.tell(GOOD, "a")
        await limited.deliver_until(self.START + 10 * MINUTE)
        limited.tell(GOOD, "b")
        assert await limited.deliver() == Wait(until=self.START + HOUR)

    async def test_another_channel_is_not_counted(self, line: MakeLine) -> None:
        limited = line(Pacing(rate=Rate(messages=1, per=HOUR)), self.START)
        limited.tell(GOOD, "a")
        await limited.deliver()
        with limited.database.write() as connection:
            connection.exec_driver_sql("UPDATE notifications SET channel = 'other'")
        limited.tell(GOOD, "b")
        await limited.deliver()
        assert len(limited.sent) == 2
