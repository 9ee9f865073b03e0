"""The workers that collect the results of ended jobs, beside polls and deliveries."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from batchbell.core.verdict_news import VERDICTS_WITHIN
from batchbell.runtime.result_parts import ResultReader
from batchbell.usecases.collect import RestingAccounts, ResultCollector
from batchbell.usecases.collection_queue import CollectionQueue
from batchbell.usecases.nap import LONGEST_NAP_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

    from batchbell.clock import Clock
    from batchbell.core.event import Event
    from batchbell.core.results.collecting import Collection
    from batchbell.errors import DatabaseError, KeepError
    from batchbell.observability.metrics import Metrics
    from batchbell.runtime.account_parts import AccountParts
    from batchbell.runtime.in_force import InForce
    from batchbell.runtime.liveness import Liveness

_T = TypeVar("_T")

#: Files read at the same time, over all accounts; what comes of each is looked at in a thread.
AT_ONCE = 2
#: Besides naps and calls, whose time is configured, a round that lasts longer has hung, seconds.
ROUND_SECONDS = 60.0

_KEEPING = "keeping result files"


class ResultWorkers:
    """Keeps the workers running, and wakes them."""

    def __init__(
        self,
        parts: AccountParts,
        *,
        clock: Clock,
        liveness: Liveness,
        metrics: Metrics,
        on_events: Callable[[], None],
        within: timedelta = VERDICTS_WITHIN,
    ) -> None:
        """Start nothing yet.

        `parts` builds clients. `on_events` is called after a commit that gave channels something to
        send, or let it go. Verdicts of a span of time `within` long are told together.
        """
        self._liveness = liveness
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="results")
        self._tasks: list[asyncio.Task[None]] = []
        self._readers: list[ResultReader] = []
        self._collectors: list[ResultCollector] = []
        self._stopping = False
        queue = CollectionQueue(
            parts.database,
            filters=parts.in_force.filters,
            within=within,
        )
        resting = RestingAccounts()
        self._unkept = _Unkept(liveness)
        for number in range(1, AT_ONCE + 1):
            observer = _Watcher(
                f"collecting results {number}",
                parts.in_force,
                liveness,
                metrics,
                self._unkept,
                on_events,
            )
            reader = ResultReader(parts, aside=self._aside, on_piece=observer.alive)
            self._readers.append(reader)
            self._collectors.append(
                ResultCollector(
                    queue, reader=reader, resting=resting, clock=clock, observer=observer
                )
            )

    def polled(self) -> None:
        """Begin, if that has not happened: until a poll has ended the clock may be hours off."""
        if self._tasks or self._stopping:
            return
        for collector in self._collectors:
            self._tasks.append(asyncio.create_task(collector.run()))

    def wake(self) -> None:
        """Let the workers look at what is due now."""
        for collector in self._collectors:
            collector.wake()

    def reloaded(self) -> None:
        """Look at what is due by another configuration, which may keep files somewhere else."""
        self._unkept.forget()
        self.wake()

    async def collect_once(self) -> None:
        """Collect what is due now, and return. Raises `DatabaseError`."""
        await asyncio.gather(*(collector.collect_due() for collector in self._collectors))

    async def stop(self, *, grace_seconds: float) -> None:
        """Break off what is read; what is being recorded may end within the grace."""
        self._stopping = True
        for collector in self._collectors:
            collector.stop()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        for reader in self._readers:
            await reader.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _aside(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


class _Unkept:
    """The jobs whose files could not be kept: red until a later attempt at each got past that."""

    def __init__(self, liveness: Liveness) -> None:
        self._liveness = liveness
        #: Account and job.
        self._keys: set[tuple[str, str]] = set()

    def failed(self, key: tuple[str, str], error: KeepError) -> None:
        self._keys.add(key)
        self._liveness.database_failed(_KEEPING, error)

    def keys(self) -> frozenset[tuple[str, str]]:
        return frozenset(self._keys)

    def done(self, *keys: tuple[str, str]) -> None:
        self._keys.difference_update(keys)
        if not self._keys:
            self._liveness.forget(_KEEPING)

    def forget(self) -> None:
        self._keys.clear()
        self._liveness.forget(_KEEPING)


class _Watcher:
    """Notes one worker's signs of life, and what it caused."""

    def __init__(
        self,
        name: str,
        in_force: InForce,
        liveness: Liveness,
        metrics: Metrics,
        unkept: _Unkept,
        on_events: Callable[[], None],
    ) -> None:
        self._name = name
        self._in_force = in_force
        self._liveness = liveness
        self._metrics = metrics
        self._unkept = unkept
        #: Whose attempt, yet to be recorded, could not keep a file.
        self._failing: tuple[str, str] | None = None
        self._on_events = on_events

    def alive(self) -> None:
        self._liveness.database_worked(self._name)
        self._expect()

    def recorded(self, end: Collection, model: str | None, events: Sequence[Event]) -> None:
        self._metrics.collected(end.results, model)
        if end.key != self._failing:
            self._unkept.done(end.key)
        self._failing = None
        self._metrics.happened(events)
        self.freed()

    def unkept(self, key: tuple[str, str], error: KeepError) -> None:
        self._failing = key
        self._unkept.failed(key, error)

    def unkept_ends(self) -> frozenset[tuple[str, str]]:
        return self._unkept.keys()

    def kept_elsewhere(self, keys: frozenset[tuple[str, str]]) -> None:
        if keys:
            self._unkept.done(*keys)

    def freed(self) -> None:
        self._liveness.database_written(self._name)
        self._expect()
        self._on_events()

    def failed(self, error: DatabaseError) -> None:
        # A database error is an end of the round too: the daemon is not hung, it is red.
        self._liveness.database_failed(self._name, error)
        self._expect()

    def _expect(self) -> None:
        accounts = self._in_force.settings.accounts.values()
        call_seconds = max((each.request_timeout.total_seconds() for each in accounts), default=0.0)
        within = LONGEST_NAP_SECONDS + call_seconds + ROUND_SECONDS
        self._liveness.expect(self._name, within_seconds=within)
