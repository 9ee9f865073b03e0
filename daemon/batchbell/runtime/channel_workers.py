"""One running delivery per configured channel."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from batchbell.core.delivery.given_up import CHANNEL_REMOVED
from batchbell.errors import DatabaseError
from batchbell.store import accounts, channels, ledger, replicas
from batchbell.store.database import about_channel
from batchbell.usecases.nap import LONGEST_NAP_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from batchbell.clock import Clock
    from batchbell.config import Settings
    from batchbell.core.delivery.outcome import Outcome
    from batchbell.core.event import Event
    from batchbell.observability.metrics import Metrics
    from batchbell.runtime.liveness import Liveness
    from batchbell.runtime.lull import News
    from batchbell.store.database import Database
    from batchbell.usecases.deliver import ChannelDelivery, Observer

logger = logging.getLogger(__name__)

#: How often to look for commits of other processes (a `cancel`, a retry) where nothing hints at
#: them, seconds.
LOOK_SECONDS = 0.5
#: A round of deliveries that lasts longer has hung, seconds.
ROUND_SECONDS = 60.0
#: The longest a delivery may give no sign of life: a nap, then such a round.
HUNG_SECONDS = LONGEST_NAP_SECONDS + ROUND_SECONDS


class BuildDelivery(Protocol):
    """Builds the delivery of one channel."""

    def __call__(
        self, channel: str, *, on_events: Callable[[], None], observer: Observer
    ) -> ChannelDelivery:
        """Return it, not yet running."""


class ChannelWorkers:
    """Keeps the deliveries in line with the configuration, and wakes them."""

    def __init__(
        self,
        build: BuildDelivery,
        *,
        database: Database,
        clock: Clock,
        liveness: Liveness,
        metrics: Metrics,
        is_ours: Callable[[str], bool],
        news: News,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        """Start nothing yet; `look_seconds` is how often to look for commits nothing hints at.

        `is_ours` says which channels this replica delivers to, which may change at any time.
        `news` hears of whatever the deliveries are woken for.
        """
        self._build_delivery = build
        self._database = database
        self._clock = clock
        self._liveness = liveness
        self._metrics = metrics
        self._look_seconds = look_seconds
        self._is_ours = is_ours
        self._news = news
        self._deliveries: dict[str, ChannelDelivery] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        #: Channels that are new here or configured anew: whoever delivers to one tries it again,
        #: even if its receiver wanted no more. Each replica hears of that, and one tries.
        self._anew: set[str] = set()
        #: What was in force before; None at first.
        self._applied: Settings | None = None

    async def apply(self, new: Settings) -> None:
        """Stop the deliveries of removed channels, start those of new ones.

        Raises `DatabaseError`, after which nothing is changed.
        """
        anew = self._anew.union(self._changed(new)).intersection(new.channels)
        ours = set(filter(self._is_ours, anew))
        await asyncio.to_thread(self._record, new, ours)
        self._applied, self._anew = new, anew - ours
        self._follow(new.channels)
        # Others may have a new pacing.
        self.wake()

    async def settle(self, settings: Settings) -> None:
        """Deliver to what is ours; return once nothing is sent to any other channel."""
        self._follow(settings.channels)
        await self._enable_what_is_ours()
        ours = set(map(_work_name, self._deliveries))
        ending = [task for task in self._tasks if task.get_name() not in ours]
        if ending:
            await asyncio.wait(ending)

    def _follow(self, names: Collection[str]) -> None:
        """Stop the deliveries to what is not there, or not ours; start the others."""
        ours = [name for name in names if self._is_ours(name)]
        for name in list(self._deliveries):
            if name not in ours:
                self._deliveries.pop(name).stop()
                self._liveness.forget(_work_name(name))
        for name in ours:
            if name not in self._deliveries:
                self._start(name)

    async def deliver_once(self, settings: Settings) -> None:
        """Deliver what is due now on every channel, side by side, and return."""
        await asyncio.to_thread(self._record, settings)
        for name in settings.channels:
            self._deliveries[name] = self._build(name)
        # Twice: the first round may cause a channel.failing for the others.
        for _ in range(2):
            await asyncio.gather(*(one.deliver_due() for one in self._deliveries.values()))

    def wake(self) -> None:
        """Let every delivery look at its queue now: something was committed."""
        self._news.came()
        for delivery in self._deliveries.values():
            delivery.wake()

    async def notice_commits(self, *, also: Callable[[], None] = lambda: None) -> None:
        """Wake the deliveries whenever another process commits, and call `also`.

        Runs until cancelled.
        """
        while True:
            # While the database is lost nobody commits; the rounds say that it is.
            with suppress(DatabaseError):
                await self._notice_commits(also)
            await asyncio.sleep(self._look_seconds)
            self.wake()
            also()

    async def _notice_commits(self, also: Callable[[], None]) -> None:
        watch = await asyncio.to_thread(self._database.changes)
        try:
            while True:
                await self._hinted(watch.hint)
                if await asyncio.to_thread(watch.changed):
                    self.wake()
                    also()
        finally:
            watch.close()

    async def _hinted(self, descriptor: int | None) -> None:
        """Wait until a look at the database is worth while."""
        if descriptor is None:
            await asyncio.sleep(self._look_seconds)
            return
        readable, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(descriptor, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(descriptor)

    async def stop(self, *, grace_seconds: float) -> None:
        """Start no further send; let those under way end within the grace, then cut them off."""
        for delivery in self._deliveries.values():
            delivery.stop()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=grace_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _start(self, name: str) -> None:
        delivery = self._deliveries[name] = self._build(name)
        # From the start: a first look at the queue may hang as well.
        self._liveness.expect(_work_name(name), within_seconds=HUNG_SECONDS)
        task = asyncio.create_task(delivery.run(), name=_work_name(name))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Expect nothing of a removed channel whose last send gave signs of life after that."""
        self._tasks.discard(task)
        if task.get_name() not in map(_work_name, self._deliveries):
            self._liveness.forget(task.get_name())

    def _build(self, name: str) -> ChannelDelivery:
        observer = _Observer(name, self._liveness, self._metrics)
        return self._build_delivery(name, on_events=self.wake, observer=observer)

    def _changed(self, new: Settings) -> list[str]:
        """Return the channels that are new or configured anew; at the start all are."""
        old = {} if self._applied is None else self._applied.channels
        return [name for name, channel in new.channels.items() if old.get(name) != channel]

    async def _enable_what_is_ours(self) -> None:
        ours = set(filter(self._is_ours, self._anew))
        # Else at the next change: what is queued until then has its reason in the log of events.
        with suppress(DatabaseError):
            await asyncio.to_thread(self._enable, ours)
            self._anew -= ours

    def _enable(self, names: Iterable[str]) -> None:
        for name in names:
            with self._database.write(about_channel(name)) as connection:
                channels.enable(connection, [name])

    def _record(self, settings: Settings, changed: Iterable[str] = ()) -> None:
        """Note what is configured; what a removed channel still had to send is dead.

        What another replica is configured with is not removed. `changed` are those that are tried
        again even if their receivers wanted no more.
        """
        now = self._clock.now()
        with self._database.write() as connection:
            watched = replicas.watched(connection)
            kept = {*settings.channels, *replicas.channels_of(watched)}
            for name in channels.configure(connection, kept):
                count = ledger.give_up_channel(connection, name, reason=CHANNEL_REMOVED, now=now)
                logger.warning("channel removed", extra={"channel": name, "given_up": count})
            channels.enable(connection, changed)
            accounts.configure(connection, {*settings.accounts, *replicas.accounts_of(watched)})


class _Observer:
    """Notes one delivery's signs of life, and counts its attempts."""

    def __init__(self, channel: str, liveness: Liveness, metrics: Metrics) -> None:
        self._channel = channel
        self._name = _work_name(channel)
        self._liveness = liveness
        self._metrics = metrics

    def alive(self) -> None:
        self._liveness.database_worked(self._name)
        self._expect()

    def wrote(self) -> None:
        self._liveness.database_written(self._name)
        self._expect()

    def attempted(self, outcome: Outcome, events: Sequence[Event]) -> None:
        self._metrics.attempted(self._channel, outcome)
        self._metrics.happened(events)

    def failed(self, error: DatabaseError) -> None:
        # A database error is an end of the round too: the daemon is not hung, it is red.
        self._liveness.database_failed(self._name, error)
        self._expect()

    def _expect(self) -> None:
        self._liveness.expect(self._name, within_seconds=HUNG_SECONDS)


def _work_name(channel: str) -> str:
    return f"deliveries to {channel}"
