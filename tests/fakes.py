"""Small stand-ins: a world whose time is set by hand, and a snapshot without a database."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from batchbell.clock import Clock
from batchbell.core.diff import diff
from batchbell.core.listing import Listing
from batchbell.core.snapshot import Snapshot
from batchbell.errors import NotFoundError
from batchbell.usecases.channel_queue import Terms
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from batchbell.core.decision import Decision
    from batchbell.core.delivery.outcome import Outcome
    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.core.poll_decision import PollDecision
    from batchbell.core.snapshot import JobRecord
    from batchbell.errors import ApiError, DatabaseError
    from batchbell.receivers.content import Content

#: When every test's world begins.
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def listing(*jobs: BatchJob, requested_at: datetime | None = None) -> Listing:
    """Return a listing of these jobs."""
    ids = frozenset(job.id for job in jobs)
    return Listing(jobs=tuple(jobs), ids=ids, requested_at=requested_at)


def every_record(decision: Decision | PollDecision) -> list[JobRecord]:
    """Return what a decision has to write of jobs."""
    alike = (replace(several.record, job=job) for several in decision.alike for job in several.jobs)
    return [*decision.records, *alike]


def applied(snapshot: Snapshot, decision: Decision, now: datetime) -> Snapshot:
    """Return the snapshot after a good poll's transaction."""
    records = {**snapshot.records, **{record.job.id: record for record in every_record(decision)}}
    return replace(snapshot, records=records, last_good_poll_at=now)


@dataclass
class World:
    """An account that is polled when a test says so; keeps what was told."""

    snapshot: Snapshot = field(default_factory=lambda: Snapshot(account="default"))
    now: datetime = START
    told: list[Event] = field(default_factory=list)

    def poll(self, *jobs: BatchJob, after: timedelta = MINUTE) -> list[Event]:
        """Let time pass, poll once, return what this poll told."""
        requested_at = self.now = self.now + after
        decision = diff(self.snapshot, listing(*jobs, requested_at=requested_at), self.now)
        self.snapshot = applied(self.snapshot, decision, self.now)
        self.told.extend(decision.events)
        return list(decision.events)

    def polls(self, listings: Iterable[Iterable[BatchJob]]) -> list[Event]:
        """Poll once per listing; return all that was told."""
        return [event for jobs in listings for event in self.poll(*jobs)]


def watching(*jobs: BatchJob) -> World:
    """Return a world in which these jobs are the silent baseline."""
    world = World()
    world.poll(*jobs)
    world.told.clear()
    return world


def kinds(events: Iterable[Event]) -> list[str]:
    """Return the events' kinds."""
    return [event.kind.value for event in events]


class FakeClock(Clock):
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = START) -> None:
        """Begin at `now`."""
        super().__init__()
        self._fixed = now
        self._began = now
        self._slept = timedelta()
        self._skew: timedelta | None = None

    def now(self) -> datetime:
        """Return the time set by hand."""
        return self._fixed

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._fixed += by

    def restart(self) -> None:
        """Begin a new process."""
        self._began = self._fixed

    def sleep(self, how_long: timedelta) -> None:
        """Let time pass while the machine is asleep."""
        self._slept += how_long
        self.advance(how_long)

    @property
    def running_since(self) -> datetime:
        """When the process began."""
        return self._began

    @property
    def slept(self) -> timedelta:
        """How long the machine was asleep."""
        return self._slept

    def observe(self, date: datetime) -> None:
        """Ignore the API's time."""

    @property
    def skew(self) -> timedelta | None:
        """How far the wall clock is said to be ahead."""
        return self._skew

    @skew.setter
    def skew(self, skew: timedelta | None) -> None:
        self._skew = skew


@dataclass
class FakeApi:
    """An API client that lists what a test put in, or fails as told."""

    jobs: list[BatchJob] = field(default_factory=list)
    error: ApiError | None = None
    skipped_rows: int = 0
    bad_fields: int = 0
    elsewhere: str = ""
    #: The names of input files by id; asking for another one fails.
    file_names: dict[str, str] = field(default_factory=dict)
    #: The files that were asked for, in order.
    asked: list[str] = field(default_factory=list)

    async def fetch_listing(self, known: object | None = None) -> Listing:
        """Return the jobs, or raise the error."""
        del known
        if self.error is not None:
            raise self.error
        return replace(
            listing(*self.jobs), skipped_rows=self.skipped_rows, bad_fields=self.bad_fields
        )

    async def fetch_file_name(self, file_id: str) -> str:
        """Return the name, or fail as for an unknown file."""
        self.asked.append(file_id)
        if file_id not in self.file_names:
            raise NotFoundError("the API has no such thing (404)")
        return self.file_names[file_id]


@dataclass
class FakeTransport:
    """A channel whose sends end as a test says."""

    deliver: Callable[[Content, str], Awaitable[Outcome]]
    wanted: Terms = field(default_factory=Terms)

    def terms(self) -> Terms:
        """Return how the test wants messages."""
        return self.wanted

    async def send(self, content: Content, key: str) -> Outcome:
        """Hand it to the test."""
        return await self.deliver(content, key)


@dataclass
class FakeObserver:
    """Keeps what a delivery told of itself."""

    signs: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def alive(self) -> None:
        """Keep it."""
        self.signs.append("alive")

    def wrote(self) -> None:
        """Keep it."""
        self.signs.append("wrote")

    def attempted(self, outcome: Outcome, events: Sequence[Event]) -> None:
        """Keep it."""
        del events
        self.outcomes.append(outcome)
        self.signs.append("attempted")

    def failed(self, error: DatabaseError) -> None:
        """Keep the error's words."""
        self.signs.append(str(error))


async def eventually(condition: Callable[[], bool], *, seconds: float = TIMEOUT_SECONDS) -> None:
    """Wait until the condition holds; raises TimeoutError if it never does."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the condition is on what others do
            await asyncio.sleep(0.001)
