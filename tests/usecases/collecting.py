"""An account whose jobs end with files, and a clock that is moved by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.delivery.outcome import Outcome
from batchbell.core.job import BatchJob
from batchbell.core.results.collecting import CollectionTerms
from batchbell.core.routing import Filter
from batchbell.core.rules import Rules
from batchbell.errors import NotFoundError
from batchbell.providers.together.provider import Together
from batchbell.receivers.compose import Composer
from batchbell.store import events, results
from batchbell.usecases.channel_queue import ChannelQueue, Terms
from batchbell.usecases.claim_message import Claimed
from batchbell.usecases.collect import RestingAccounts, ResultCollector
from batchbell.usecases.collection_queue import CollectionQueue
from batchbell.usecases.count_results import ResultCount
from batchbell.usecases.poll import AccountPoll
from batchbell.usecases.record_attempt import EndedSend
from tests.fakes import MINUTE, START, FakeApi, FakeClock

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.core.results.collecting import Collection
    from batchbell.core.results.job_results import JobResults
    from batchbell.errors import DatabaseError, KeepError
    from batchbell.receivers.content import Content
    from batchbell.store.database import Database
    from batchbell.usecases.collection_queue import ClaimedEnd
    from batchbell.usecases.count_results import CountedJob

ACCOUNT = "default"
SENT = Outcome(delivered=True, reason="")
TERMS = CollectionTerms(wait=MINUTE, give_up_after=timedelta(hours=24))
RULES = Rules(stalled_after=timedelta(hours=3), grace_period=timedelta(hours=2))
GONE = NotFoundError("the API has no such thing (404)", status_code=404)


def lines(*documents: object) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in documents)


def requests(count: int) -> bytes:
    return lines(*({"custom_id": f"r{number}", "body": {}} for number in range(count)))


def answers(count: int, text: str = "yes") -> bytes:
    body = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
    response = {"status_code": 200, "body": body}
    return lines(*({"custom_id": f"r{number}", "response": response} for number in range(count)))


def ended(number: int = 1, status: str = "COMPLETED", **fields: object) -> BatchJob:
    """Return a job that ended with an input and an output file."""
    job = BatchJob(
        id=f"job-{number}",
        status=status,
        model_id="model",
        created_at=START,
        input_file_id=f"in-{number}",
        output_file_id=f"out-{number}",
    )
    return replace(job, **fields)  # type: ignore[arg-type] # any of its fields


@dataclass
class FileApi(FakeApi):
    """An API that has the files a test put in."""

    #: By id: what they hold, or why they can't be had.
    files: dict[str, bytes | Exception] = field(default_factory=dict)
    #: Ids, each time that one was asked for.
    read: list[str] = field(default_factory=list)

    async def file_content(self, file_id: str, *, max_bytes: int) -> AsyncGenerator[bytes]:
        """Yield a file in small pieces."""
        del max_bytes
        self.read.append(file_id)
        content = self.files.get(file_id, GONE)
        if isinstance(content, Exception):
            raise content
        for start in range(0, len(content), 100):
            yield content[start : start + 100]

    def has(self, number: int = 1, *, asked: int = 10, answered: int = 10) -> None:
        """Have a job's files, of so many requests and answers."""
        self.files |= {f"in-{number}": requests(asked), f"out-{number}": answers(answered)}


@dataclass
class FakeReader:
    """Reads from that API."""

    api: FileApi
    watched: set[str] = field(default_factory=lambda: {ACCOUNT})
    off: set[str] = field(default_factory=set)
    #: In place of what the daemon does.
    instead: Callable[[ClaimedEnd, datetime], Awaitable[CountedJob]] | None = None

    def accounts(self) -> frozenset[str]:
        """Return those that a test watches."""
        return frozenset(self.watched - self.off)

    def turned_off(self) -> frozenset[str]:
        """Return those that a test turned off."""
        return frozenset(self.off)

    async def read(self, claimed: ClaimedEnd, now: datetime) -> CountedJob:
        """Read as a test says."""
        return await (self.instead or self.as_usual)(claimed, now)

    async def as_usual(self, claimed: ClaimedEnd, now: datetime) -> CountedJob:
        """Read as the daemon does."""
        end = claimed.collection
        count = ResultCount(self.api, Together(), max_bytes=10**6, observe=lambda _: None)
        return await count.read(end.results, now, waits_for_input=now < end.free_at)


@dataclass
class FakeCollectionObserver:
    """Keeps what a collection told of itself."""

    signs: list[str] = field(default_factory=list)

    def alive(self) -> None:
        """Ignore it."""

    def recorded(self, end: Collection, model: str | None, events: Sequence[Event]) -> None:
        """Keep it."""
        told = [each.kind.value for each in events]
        self.signs.append(f"{end.results.job_id} {model} {end.results.state} {told}")

    def unkept(self, key: tuple[str, str], error: KeepError) -> None:
        """Keep it."""
        self.signs.append(f"{key[1]} not kept: {error}")

    def unkept_ends(self) -> frozenset[tuple[str, str]]:
        """Return none: what is not kept is the daemon's to remember."""
        return frozenset()

    def kept_elsewhere(self, keys: frozenset[tuple[str, str]]) -> None:
        """Keep it."""
        self.signs.append(f"{sorted(keys)} kept elsewhere")

    def freed(self) -> None:
        """Keep it."""
        self.signs.append("freed")

    def failed(self, error: DatabaseError) -> None:
        """Keep it."""
        self.signs.append(f"failed: {error}")


@dataclass
class CollectingWorld:
    """An account that is polled, collected and told of when a test says so."""

    database: Database
    api: FileApi = field(default_factory=FileApi)
    clock: FakeClock = field(default_factory=FakeClock)
    terms: CollectionTerms | None = TERMS
    #: What each message told: its events' kinds and jobs, with the verdict if they had one.
    heard: list[list[tuple[str, str, str]]] = field(default_factory=list)
    filters: tuple[Filter, ...] = (Filter(channel="team"),)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin a new process."""
        self.reader = FakeReader(self.api)
        self.observer = FakeCollectionObserver()
        self.poller = AccountPoll(
            ACCOUNT,
            client=self.api,
            database=self.database,
            clock=self.clock,
            filters=lambda: self.filters,
            rules=RULES,
            collecting=lambda: self.terms,
        )
        self.collector = self.another_collector()

    def another_collector(self, *, beside: ResultCollector | None = None) -> ResultCollector:
        """Return a worker of another process, or one beside another worker."""
        return ResultCollector(
            CollectionQueue(self.database, filters=lambda: self.filters)
            if beside is None
            else beside._queue,
            reader=self.reader,
            resting=RestingAccounts(),
            clock=self.clock,
            observer=self.observer,
            pause_seconds=0.01,
            longest_nap_seconds=0.01,
        )

    async def baseline(self) -> None:
        """Poll for the first time, with nothing listed."""
        await self.poller.poll()
        self.clock.advance(MINUTE)

    async def end(self, *jobs: BatchJob) -> None:
        """List these jobs too, and poll."""
        ids = {job.id for job in jobs}
        self.api.jobs = [*(job for job in self.api.jobs if job.id not in ids), *jobs]
        await self.poller.poll()

    async def collect(self) -> datetime | None:
        """Collect what is due; return when more is."""
        return await self.collector.collect_due()

    def send(self, to: str = "team") -> list[tuple[str, str, str]]:
        """Send the message that is due, if one is; return what it told."""
        told: list[Event] = []
        channel = ChannelQueue(
            to, database=self.database, filters=lambda: self.filters, jitter=lambda: 0.0
        )
        now = self.clock.now()
        claimed = channel.take_turn(Terms(composer=Overheard(told=told)), now)
        if not isinstance(claimed, Claimed):
            return []
        channel.record(claimed, EndedSend(SENT, now, now))
        said = [(each.kind.value, each.job_id, verdict_of(each)) for each in told]
        self.heard.append(said)
        return said

    def send_all(self) -> None:
        """Send every message that is due, on every channel."""
        for each in self.filters:
            while self.send(each.channel):
                pass

    def known(self, number: int = 1) -> JobResults:
        """Return what is stored of a job's results."""
        with self.database.read() as connection:
            found = results.load(connection, ACCOUNT, f"job-{number}")
        assert found is not None
        return found

    def log(self) -> list[tuple[str, str]]:
        """Return the kinds of all events, and their jobs, oldest first."""
        with self.database.read() as connection:
            return [(each.event.kind.value, each.event.job_id) for each in events.log(connection)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overheard(Composer):
    """Notes which events a message tells."""

    told: list[Event]

    def compose(self, events: Sequence[Event], now: datetime) -> Content:
        """Note them, and compose."""
        self.told.extend(events)
        return Composer.compose(self, events, now)


def verdict_of(event: Event) -> str:
    """Return what an event says of its job's results; '' for nothing."""
    return event.facts.results.verdict or ""
