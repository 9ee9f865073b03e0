"""Reminders, acknowledgements and mutes on a real database, through a channel's delivery."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from batchbell.core.delivery.outcome import Outcome
from batchbell.core.event import EventKind
from batchbell.core.job import BatchJob
from batchbell.core.mute import Mute
from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import ResultsState
from batchbell.core.routing import Filter
from batchbell.core.rules import Rules
from batchbell.store import events, queue, tables
from batchbell.usecases import cancel, mute
from batchbell.usecases.announce_results import announce_results
from batchbell.usecases.channel_queue import ChannelQueue
from batchbell.usecases.deliver import ChannelDelivery
from batchbell.usecases.poll import AccountPoll
from batchbell.usecases.remind import remind
from batchbell.usecases.retain import prune
from tests.came_back import put, unread
from tests.fakes import MINUTE, FakeApi, FakeClock, FakeObserver, FakeTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from batchbell.core.event import Event
    from batchbell.core.results.job_results import JobResults
    from batchbell.receivers.content import Content
    from batchbell.store.database import Database

HOUR = timedelta(hours=1)
SENT = Outcome(delivered=True, reason="")
BUSY = Outcome(delivered=False, reason="answered 503")
GONE = Outcome(delivered=False, reason="answered 404", permanent=True)
RUNNING = BatchJob(id="job-1", status="IN_PROGRESS", progress=0.5, model_id="qwen/big")


@dataclass
class Shift:
    """A daemon's polls, looks and deliveries, moved by hand; may be restarted."""

    database: Database
    clock: FakeClock = field(default_factory=FakeClock)
    api: FakeApi = field(default_factory=FakeApi)
    filters: list[Filter] = field(
        default_factory=lambda: [Filter(channel="team", remind_every=4 * HOUR)]
    )
    answers: list[Outcome] = field(default_factory=list)
    sent: list[Content] = field(default_factory=list)

    async def poll(self, *listed: BatchJob) -> list[Event]:
        self.api.jobs = list(listed)
        poll = AccountPoll(
            "default",
            client=self.api,
            database=self.database,
            clock=self.clock,
            filters=lambda: self.filters,
            rules=Rules(grace_period=30 * HOUR),
        )
        return list((await poll.poll()).events)

    async def fail(self, *job_ids: str) -> None:
        """Let jobs fail and their channels be told."""
        several = [replace(RUNNING, id=job_id) for job_id in job_ids]
        await self.poll(*several)
        await self.poll(*(replace(job, status="FAILED", error="bad line") for job in several))
        await self.deliver()
        self.sent.clear()

    def look(self) -> int | None:
        return remind(self.database, filters=self.filters, now=self.clock.now())

    async def deliver(self, channel: str = "team") -> None:
        async def send(content: Content, _key: str) -> Outcome:
            self.sent.append(content)
            return self.answers.pop(0) if self.answers else SENT

        delivery = ChannelDelivery(
            ChannelQueue(
                channel, database=self.database, filters=lambda: self.filters, jitter=lambda: 0.0
            ),
            transport=FakeTransport(send),
            clock=self.clock,
            on_events=lambda: None,
            observer=FakeObserver(),
        )
        await delivery.deliver_due()

    async def reminded(self, after: timedelta = timedelta()) -> list[str]:
        """Let time pass, look once and deliver; return the titles that were sent."""
        self.clock.advance(after)
        self.look()
        before = len(self.sent)
        await self.deliver()
        return [content.title for content in self.sent[before:]]

    def restart(self) -> None:
        self.database.close()
        with self.database.write() as connection:
            queue.void_claims(connection)

    def ack(self, job_id: str = "job-1") -> mute.Acknowledgement:
        return mute.acknowledge(
            self.database, account="default", job_id=job_id, now=self.clock.now()
        )

    def mute(self, length: timedelta, **scope: str) -> None:
        now = self.clock.now()
        mute.mute(self.database, Mute(muted_at=now, until=now + length, **scope))

    def not_told(self, kind: EventKind) -> dict[str, str]:
        with self.database.read() as connection:
            found = events.of_job(connection, "default", "job-1")
        (reasons,) = (stored.not_told for stored in found if stored.event.kind is kind)
        return dict(reasons)

    def count(self, table: str, **where: object) -> int:
        chosen = tables.metadata.tables[table]
        query = select(func.count()).select_from(chosen)
        query = query.where(*(chosen.c[name] == value for name, value in where.items()))
        with self.database.read() as connection:
            return connection.execute(query).scalar_one()


@pytest.fixture
async def shift(database: Database) -> AsyncIterator[Shift]:
    made = Shift(database)
    await made.poll(RUNNING)
    yield made
    made.database.close()


async def test_where_no_failure_is_open_only_a_commit_brings_reminders(shift: Shift) -> None:
    assert shift.look() is None
    await shift.fail("job-1")
    assert shift.look() == 0
    shift.clock.advance(4 * HOUR)
    assert shift.look() == 1
    shift.ack()
    # The reminder that waited went with it.
    assert shift.look() is None


async def test_a_reminder_that_is_being_sent_is_looked_at_until_it_is(shift: Shift) -> None:
    """Nobody needs it any more, and if it fails it has to be taken back."""
    await shift.fail("job-1")
    shift.clock.advance(4 * HOUR)
    shift.look()
    with shift.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE notifications SET locked_until = 1 WHERE state = 'pending'"
        )
    shift.ack()
    assert shift.look() == 0
    with shift.database.write() as connection:
        connection.exec_driver_sql("UPDATE notifications SET locked_until = NULL")
    assert shift.look() == 0
    assert shift.look() is None


class TestReminders:
    async def test_a_failure_is_repeated_every_four_hours_until_acknowledged(
        self, shift: Shift
    ) -> None:
        await shift.fail("job-1")
        assert await shift.reminded(4 * HOUR - MINUTE) == []
        for number in (1, 2, 3):
            (title,) = await shift.reminded(MINUTE)
            assert title == "Reminder: FAILED: big · job-1, bad line"
            assert f"number {number}, first told 2026-11-23 12:00 UTC" in shift.sent[-1].text
            assert "End the reminders: batchbell ack -- job-1\n" in shift.sent[-1].text
            assert await shift.reminded(4 * HOUR - MINUTE) == []
        assert shift.ack().failure is not None
        assert await shift.reminded(100 * HOUR) == []
        assert shift.count("reminders") == 0

    async def test_without_remind_every_nothing_is_repeated(self, shift: Shift) -> None:
        shift.filters = [Filter(channel="team")]
        await shift.fail("job-1")
        assert await shift.reminded(100 * HOUR) == []
        shift.filters = [Filter(channel="team", remind_every=HOUR)]
        # Switched on later it begins with what fails from then on: no flood of old failures.
        assert await shift.reminded(100 * HOUR) == []

    async def test_each_channel_is_reminded_at_its_own_time_and_only_of_what_it_was_told(
        self, shift: Shift
    ) -> None:
        shift.filters = [
            Filter(channel="team", remind_every=4 * HOUR),
            Filter(channel="mail", remind_every=HOUR, models=("other/*",)),
            Filter(channel="slow", remind_every=6 * HOUR),
        ]
        await shift.fail("job-1")
        for channel in ("mail", "slow"):
            await shift.deliver(channel)
        shift.sent.clear()
        assert len(await shift.reminded(5 * HOUR)) == 1
        shift.clock.advance(HOUR)
        shift.look()
        await shift.deliver("mail")
        assert len(shift.sent) == 1
        await shift.deliver("slow")
        assert len(shift.sent) == 2

    async def test_many_failures_are_repeated_in_digests(self, shift: Shift) -> None:
        await shift.fail(*(f"job-{number}" for number in range(45)))
        titles = await shift.reminded(4 * HOUR)
        told = [title.partition(",")[0] for title in titles]
        assert told == [f"Reminder: {count} FAILED" for count in (20, 20, 5)]

    async def test_it_goes_on_after_a_restart(self, shift: Shift) -> None:
        await shift.fail("job-1")
        shift.clock.advance(3 * HOUR)
        shift.restart()
        assert await shift.reminded() == []
        assert len(await shift.reminded(HOUR)) == 1
        shift.restart()
        assert await shift.reminded(MINUTE) == []
        assert len(await shift.reminded(4 * HOUR)) == 1

    async def test_a_crash_between_look_and_send_loses_and_repeats_nothing(
        self, shift: Shift
    ) -> None:
        await shift.fail("job-1")
        shift.clock.advance(4 * HOUR)
        assert shift.look() == 1
        shift.restart()
        assert shift.look() == 0
        await shift.deliver()
        assert len(shift.sent) == 1
        assert shift.look() == 0

    @pytest.mark.parametrize("step", [timedelta(hours=2), timedelta(hours=-2)])
    async def test_a_stepped_clock_makes_no_storm_and_silences_nobody(
        self, shift: Shift, step: timedelta
    ) -> None:
        await shift.fail("job-1")
        await shift.reminded(4 * HOUR)
        shift.clock.advance(step)
        told = [len(await shift.reminded(15 * MINUTE)) for _ in range(4 * 8)]
        assert 1 <= sum(told) <= 3
        assert max(told) == 1

    async def test_while_a_channel_is_out_of_reach_one_reminder_waits(self, shift: Shift) -> None:
        await shift.fail("job-1", "job-2")
        shift.answers = [BUSY] * 1000
        shift.clock.advance(3 * HOUR)
        for _ in range(24):
            await shift.reminded(HOUR)
            assert shift.count("notifications", state="pending") == 1
        shift.answers = []
        assert len(await shift.reminded(HOUR)) == 1
        assert await shift.reminded(MINUTE) == []

    async def test_news_and_reminders_never_share_a_message(self, shift: Shift) -> None:
        await shift.fail("job-1")
        shift.clock.advance(4 * HOUR)
        shift.look()
        await shift.poll(replace(RUNNING, id="job-2"))
        await shift.poll(replace(RUNNING, id="job-2", status="FAILED"))
        await shift.deliver()
        titles = [content.title for content in shift.sent]
        assert titles == [
            "Reminder: FAILED: big · job-1, bad line",
            "FAILED: big · job-2, no reason given",
        ]

    async def test_a_reminder_that_dies_is_followed_by_the_next_and_is_not_retried(
        self, shift: Shift
    ) -> None:
        await shift.fail("job-1")
        shift.answers = [GONE]
        assert len(await shift.reminded(4 * HOUR)) == 1
        assert shift.count("notifications", state="dead") == 1
        assert len(cancel.retry_deliveries(shift.database, None, shift.clock.now())) == 0
        assert len(await shift.reminded(4 * HOUR)) == 1

    async def test_what_was_never_told_is_not_repeated(self, shift: Shift) -> None:
        await shift.poll(RUNNING)
        shift.answers = [GONE]
        await shift.poll(replace(RUNNING, status="FAILED"))
        await shift.deliver()
        assert await shift.reminded(100 * HOUR) == []

    @pytest.mark.parametrize(
        ("end", "goes_on"),
        [
            (replace(RUNNING, status="COMPLETED", output_file_id="file-1"), False),
            (
                replace(
                    RUNNING, status="COMPLETED", output_file_id="file-1", error_file_id="file-2"
                ),
                False,
            ),
            (replace(RUNNING, status="CANCELLED"), True),
            (replace(RUNNING, status="IN_PROGRESS"), True),
        ],
    )
    async def test_it_ends_when_the_job_ends_well(
        self,
        shift: Shift,
        end: BatchJob,
        goes_on: bool,  # noqa: FBT001 - a table
    ) -> None:
        await shift.fail("job-1")
        await shift.poll(end)
        await shift.deliver()
        assert bool(await shift.reminded(4 * HOUR)) == goes_on
        assert shift.count("reminders") == int(goes_on)

    async def test_a_good_end_that_flaps_stays_a_good_end(self, shift: Shift) -> None:
        await shift.fail("job-1")
        await shift.poll(replace(RUNNING, status="COMPLETED", output_file_id="file-1"))
        await shift.poll(RUNNING)
        await shift.deliver()
        assert await shift.reminded(100 * HOUR) == []

    async def test_a_correction_to_a_failure_is_repeated_in_its_place(self, shift: Shift) -> None:
        await shift.fail("job-1")
        await shift.poll(replace(RUNNING, status="EXPIRED"))
        await shift.deliver()
        (title,) = await shift.reminded(4 * HOUR)
        assert title.startswith("Reminder: CORRECTION, EXPIRED")
        assert shift.count("reminders") == 1

    async def test_pruned_events_take_their_reminders_along(self, shift: Shift) -> None:
        await shift.fail("job-1")
        await shift.reminded(4 * HOUR)
        shift.ack()
        for _ in range(2):
            await shift.poll()
        shift.clock.advance(timedelta(days=100))
        prune(shift.database, timedelta(days=90), shift.clock.now())
        for table in ("notifications", "reminder_events", "reminders", "acks", "attempts"):
            assert shift.count(table) == 0, table

    async def test_a_waiting_reminder_keeps_its_event(self, shift: Shift) -> None:
        await shift.fail("job-1")
        for _ in range(2):
            await shift.poll()
        shift.clock.advance(timedelta(days=100))
        shift.look()
        prune(shift.database, timedelta(days=90), shift.clock.now())
        await shift.deliver()
        assert len(shift.sent) == 1


class TestAck:
    async def test_a_queued_reminder_is_taken_back(self, shift: Shift) -> None:
        await shift.fail("job-1", "job-2")
        shift.clock.advance(4 * HOUR)
        assert shift.look() == 1
        shift.ack("job-1")
        await shift.deliver()
        (content,) = shift.sent
        assert content.title == "Reminder: FAILED: big · job-2, bad line"

    async def test_a_newer_failure_has_to_be_acknowledged_anew(self, shift: Shift) -> None:
        await shift.fail("job-1")
        assert shift.ack().before is None
        assert shift.ack().before == shift.clock.now()
        await shift.poll(replace(RUNNING, status="EXPIRED"))
        await shift.deliver()
        assert len(await shift.reminded(4 * HOUR)) == 1
        again = shift.ack()
        assert again.before is None
        assert again.failure is not None
        assert again.failure.kind is EventKind.EXPIRED

    async def test_without_a_failure_there_is_nothing_to_acknowledge(self, shift: Shift) -> None:
        assert shift.ack() == mute.Acknowledgement()
        assert shift.count("acks") == 0

    async def test_after_a_good_end_there_is_nothing_to_acknowledge(self, shift: Shift) -> None:
        await shift.fail("job-1")
        await shift.poll(replace(RUNNING, status="COMPLETED", output_file_id="file-1"))
        assert shift.ack().ended_well
        assert shift.count("acks") == 0


class TestMute:
    async def test_what_happens_meanwhile_is_recorded_and_never_told(self, shift: Shift) -> None:
        shift.mute(6 * HOUR, job_id="job-1", account="default")
        await shift.poll(replace(RUNNING, status="FAILED"))
        assert shift.not_told(EventKind.FAILED) == {"team": "muted until 2026-11-23 18:00 UTC"}
        assert await shift.reminded(12 * HOUR) == []

    async def test_it_ends_by_itself_and_survives_a_restart(self, shift: Shift) -> None:
        shift.mute(6 * HOUR, model="qwen/*")
        shift.clock.advance(6 * HOUR - MINUTE)
        shift.restart()
        await shift.poll(RUNNING, replace(RUNNING, id="job-2", status="FAILED"))
        shift.clock.advance(MINUTE)
        await shift.poll(replace(RUNNING, status="FAILED"))
        await shift.deliver()
        assert [content.title for content in shift.sent] == ["FAILED: big · job-1, no reason given"]

    async def test_reminders_rest_meanwhile_and_go_on_afterwards(self, shift: Shift) -> None:
        await shift.fail("job-1")
        shift.clock.advance(4 * HOUR)
        assert shift.look() == 1
        shift.mute(6 * HOUR, account="default")
        assert await shift.reminded() == []
        assert await shift.reminded(5 * HOUR) == []
        assert len(await shift.reminded(HOUR)) == 1

    async def test_a_second_mute_of_the_same_takes_the_place_of_the_first(
        self, shift: Shift
    ) -> None:
        shift.mute(6 * HOUR, job_id="job-1", account="default")
        shift.mute(HOUR, job_id="job-1", account="default")
        assert shift.count("mutes") == 1
        shift.clock.advance(2 * HOUR)
        await shift.poll(replace(RUNNING, status="FAILED"))
        assert shift.not_told(EventKind.FAILED) == {}

    async def test_mutes_long_ended_are_forgotten(self, shift: Shift) -> None:
        shift.mute(HOUR, account="default")
        shift.clock.advance(timedelta(days=10))
        prune(shift.database, timedelta(days=5), shift.clock.now())
        assert shift.count("mutes") == 0


class TestLostResults:
    """A failure that comes behind a good end, and is over once the files were read after all."""

    async def lose(self, shift: Shift) -> JobResults:
        """Let a job complete, its results be lost, and its channel be told of both."""
        done = replace(RUNNING, status="COMPLETED", output_file_id="file-1")
        await shift.poll(RUNNING)
        await shift.poll(done)
        await shift.deliver()
        lost = unread(done, ResultsState.LOST, "HTTP 404")
        put(shift.database, lost, at=shift.clock.now())
        self.told(shift, lost)
        shift.clock.advance(MINUTE)
        await shift.deliver()
        assert shift.sent[-1].title.startswith("RESULTS LOST")
        return lost

    def told(self, shift: Shift, known: JobResults) -> None:
        with shift.database.write() as connection:
            announce_results(connection, known, shift.filters, shift.clock.now())

    async def test_they_are_repeated_until_they_are_acknowledged(self, shift: Shift) -> None:
        await self.lose(shift)
        (title,) = await shift.reminded(4 * HOUR)
        assert title.startswith("Reminder: RESULTS LOST")
        found = shift.ack()
        assert (found.before, found.ended_well) == (None, False)
        assert await shift.reminded(4 * HOUR) == []

    async def test_they_are_repeated_until_they_are_counted(self, shift: Shift) -> None:
        lost = await self.lose(shift)
        counted = replace(lost, state=ResultsState.COUNTED, verdict=Verdict.COMPLETE)
        put(shift.database, counted, at=shift.clock.now())
        assert await shift.reminded(4 * HOUR) == []
        assert shift.ack().ended_well

    async def test_they_have_to_be_acknowledged_anew(self, shift: Shift) -> None:
        await shift.fail("job-1")
        shift.ack()
        await self.lose(shift)
        assert shift.ack().before is None
