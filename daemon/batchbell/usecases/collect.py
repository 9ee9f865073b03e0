"""Collect the results of jobs that ended: claim an end, read its files, record what they say."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from batchbell.core.results.job_results import ResultsState
from batchbell.core.results.tally import Tally
from batchbell.errors import DatabaseError, KeepError
from batchbell.observability.logs import log_events
from batchbell.observability.outage_log import Outage
from batchbell.usecases.collection_queue import ClaimedEnd
from batchbell.usecases.count_results import CountedJob
from batchbell.usecases.nap import LONGEST_NAP_SECONDS, Nap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.clock import Clock
    from batchbell.core.event import Event
    from batchbell.core.results.collecting import Collection
    from batchbell.usecases.collection_queue import CollectionQueue, RecordedEnd

logger = logging.getLogger(__name__)

#: After a failed database write, seconds.
PAUSE_SECONDS = 2.0


class Reader(Protocol):
    """What reads the files of an account's jobs, as the configuration in force has it."""

    def accounts(self) -> frozenset[str]:
        """Return the accounts whose files are to be read."""

    def turned_off(self) -> frozenset[str]:
        """Return those whose files are not to be read, even if that had begun."""

    async def read(self, claimed: ClaimedEnd, now: datetime) -> CountedJob:
        """Read an end's files and count; what can't be had is said in the results.

        Raises `KeepError` if they are to be kept and can't be.
        """


class CollectionObserver(Protocol):
    """Those who watch over a collection."""

    def alive(self) -> None:
        """Note that it looked at its queue, which need not write anything."""

    def recorded(self, end: Collection, model: str | None, events: Sequence[Event]) -> None:
        """Note what an attempt came to, and what it caused for the channels."""

    def unkept(self, key: tuple[str, str], error: KeepError) -> None:
        """Note that a file that was to be kept could not be, of this account and job."""

    def unkept_ends(self) -> frozenset[tuple[str, str]]:
        """Return the account and job of each that could not be kept here, and still is not."""

    def kept_elsewhere(self, keys: frozenset[tuple[str, str]]) -> None:
        """Note that others are done with these."""

    def freed(self) -> None:
        """Note that messages wait no longer for what is not read."""

    def failed(self, error: DatabaseError) -> None:
        """Note that the database failed."""


class ResultCollector:
    """Reads the files of one end after the other; several of them share a queue."""

    def __init__(
        self,
        queue: CollectionQueue,
        *,
        reader: Reader,
        resting: RestingAccounts,
        clock: Clock,
        observer: CollectionObserver,
        pause_seconds: float = PAUSE_SECONDS,
        longest_nap_seconds: float = LONGEST_NAP_SECONDS,
    ) -> None:
        """Take the tools.

        `resting` are the accounts whose API wants no calls now, whoever found that out. `observer`
        hears how the work goes. `pause_seconds` follow a failed write, `longest_nap_seconds` is how
        long it sleeps at most.
        """
        self._queue = queue
        self._reader = reader
        self._resting = resting
        self._clock = clock
        self._observer = observer
        self._pause_seconds = pause_seconds
        self._nap = Nap(clock, longest_nap_seconds)
        self._stopping = False
        self._reading: asyncio.Task[CountedJob] | None = None
        self._unrecorded = Outage(logger, level=logging.ERROR)

    def wake(self) -> None:
        """Look at the queue now: something was committed."""
        self._nap.wake()

    def stop(self) -> None:
        """Break off what is being read, which then counts for nothing; begin nothing else."""
        self._stopping = True
        self._nap.wake()
        if self._reading is not None:
            self._reading.cancel()

    async def run(self) -> None:
        """Collect until stopped."""
        while not self._stopping:
            self._nap.begin_look()
            try:
                due = await self.collect_due()
            except DatabaseError as error:
                self._broken("result files wait: %s", error)
                await self._nap.for_seconds(self._pause_seconds)
            except Exception:
                logger.exception("the collection of results crashed; it goes on")
                await self._nap.until(None)
            else:
                self._unrecorded.ended("result files are read again")
                await self._nap.until(due)

    async def collect_due(self) -> datetime | None:
        """Collect until nothing is due; return when something will be, None for nothing.

        Raises `DatabaseError`.
        """
        off = self._reader.turned_off()
        if off:
            freed = await asyncio.to_thread(self._queue.turn_off, off, self._clock.now())
            if freed:
                self._observer.freed()
        if unkept := self._observer.unkept_ends():
            # Another replica may have kept them since.
            self._observer.kept_elsewhere(await asyncio.to_thread(self._queue.done_with, unkept))
        while not self._stopping:
            now = self._clock.now()
            accounts = self._reader.accounts()
            free = accounts - self._resting.at(now)
            taken = await asyncio.to_thread(self._queue.take, free, now)
            self._observer.alive()
            if self._stopping:
                return None
            if not isinstance(taken, ClaimedEnd):
                return min(filter(None, [taken, self._resting.ends(accounts, now)]), default=None)
            try:
                await self._collect(taken)
            finally:
                self._queue.let_go(taken)
        return None

    async def _collect(self, claimed: ClaimedEnd) -> None:
        renewal = asyncio.create_task(self._keep_claim(claimed))
        self._reading = asyncio.ensure_future(self._reader.read(claimed, self._clock.now()))
        try:
            counted = await self._reading
        except asyncio.CancelledError:
            if self._stopping:
                return
            raise
        except DatabaseError:
            raise
        except KeepError as error:
            self._observer.unkept(claimed.collection.key, error)
            counted = _failed(claimed, str(error), is_unkept=True)
        except Exception as error:  # noqa: BLE001 - one job's files must not end the collection
            # Its own words may be those of a file, and go nowhere.
            counted = _failed(claimed, f"reading its files broke off ({type(error).__name__})")
        finally:
            self._reading.cancel()
            self._reading = None
            renewal.cancel()
        await self._hold_on(claimed, counted)

    async def _keep_claim(self, claimed: ClaimedEnd) -> None:
        while True:
            await asyncio.sleep(self._clock.real_seconds(self._queue.claim_for / 3))
            try:
                await asyncio.to_thread(self._queue.renew, claimed, self._clock.now())
            except DatabaseError as error:
                self._observer.failed(error)

    async def _hold_on(self, claimed: ClaimedEnd, counted: CountedJob) -> None:
        """Write what was counted; while the database fails, hold on rather than read twice."""
        # Nothing says when the disk has room again, so this asks.
        while (recorded := await self._try_to_record(claimed, counted)) is None:
            if self._stopping:
                return
            self._nap.begin_look()
            await self._nap.for_seconds(self._pause_seconds)
        self._unrecorded.ended("result files are read again")
        if recorded.collection is None:
            account, job = claimed.collection.key
            logger.info(
                "what result files say comes too late: others are to be read, or read by another "
                "replica",
                extra={"account": account, "job": job},
            )
            return
        end = recorded.collection
        if counted.wants_rest and end.results.state is ResultsState.WAITING:
            self._resting.rest(end.results.account, end.next_attempt_at)
        self._observer.recorded(end, claimed.model, recorded.events)
        _log(end)
        log_events(recorded.events)

    async def _try_to_record(self, claimed: ClaimedEnd, counted: CountedJob) -> RecordedEnd | None:
        try:
            return await asyncio.to_thread(self._queue.record, claimed, counted, self._clock.now())
        except DatabaseError as error:
            self._broken("what result files say waits: %s", error)
            return None

    def _broken(self, sentence: str, error: DatabaseError) -> None:
        self._observer.failed(error)
        self._unrecorded.failed(sentence, error)


class RestingAccounts:
    """The accounts whose API wants no calls for a while: it said so, or refuses the key."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def rest(self, account: str, until: datetime) -> None:
        """Leave an account alone until then."""
        self._until[account] = until

    def at(self, now: datetime) -> frozenset[str]:
        """Return those that rest at this time."""
        return frozenset(account for account, until in self._until.items() if until > now)

    def ends(self, accounts: frozenset[str], now: datetime) -> datetime | None:
        """Return when the first of these accounts has rested; None if none of them rests."""
        return min((self._until[each] for each in accounts & self.at(now)), default=None)


def _failed(claimed: ClaimedEnd, reason: str, *, is_unkept: bool = False) -> CountedJob:
    """Return an attempt of which nothing is known but why it failed."""
    results = replace(claimed.collection.results, reason=reason)
    return CountedJob(results=results, tally=Tally(), has_input=False, is_unkept=is_unkept)


def _log(end: Collection) -> None:
    known = end.results
    facts: dict[str, object] = {"account": known.account, "job": known.job_id}
    if known.state is ResultsState.WAITING:
        level = logging.WARNING if end.attempts == 1 else logging.DEBUG
        logger.log(
            level, "results wait: %s", known.reason, extra={**facts, "attempts": end.attempts}
        )
    elif known.counts is not None:
        numbers = {"succeeded": known.counts.succeeded, "failed": known.counts.failed}
        logger.info("results counted: %s", known.verdict, extra={**facts, **numbers})
    else:
        logger.warning("results %s: %s", known.state, known.reason, extra=facts)
