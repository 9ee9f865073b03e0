"""The day, played by batchbell's own code on a clock that is set by hand; then it runs on."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.config import KeySource, load
from batchbell.receivers.notifier import Notifier
from batchbell.runtime.bootstrap import Ports, build_daemon, build_round
from batchbell.runtime.ownership import prepare_database
from batchbell.store.opening import database_at
from batchbell.usecases.remind import remind
from docs.pictures.day.clock import MOMENT, DayClock, DayTime
from docs.pictures.day.day import Day
from docs.pictures.day.happenings import happenings
from docs.pictures.day.world import configure, world

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from batchbell.runtime.once import Round

#: From one poll to the next. Batchbell's default is a minute.
STEP = timedelta(minutes=3)
#: Without news only what was held or failed may be due: it has its turn every so many rounds.
QUIET_ROUNDS = 3
#: The longest that an end is waited for, seconds.
LONGEST_SECONDS = 120.0


@contextmanager
def played(folder: Path) -> Iterator[Day]:
    """Play the day, then let it run on with a daemon and its page for the `with` block."""
    time = DayTime()
    clock = DayClock(time)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="the day", daemon=True)
    thread.start()

    def do(work: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, loop).result()

    with world(folder, clock.api) as around:
        day = Day(time, clock, around)
        do(_play(day))
        stopping = asyncio.Event()
        time.let_go()
        running = asyncio.run_coroutine_threadsafe(_run(day, stopping), loop)
        try:
            yield day
        finally:
            loop.call_soon_threadsafe(stopping.set)
            running.result(LONGEST_SECONDS)
            for api in around.apis.values():
                do(api.stop())
            loop.call_soon_threadsafe(loop.stop)
            thread.join(LONGEST_SECONDS)


async def _play(day: Day) -> None:
    for api in day.world.apis.values():
        await api.listen()
    configure(day.world)
    loaded = load(day.world.config_file, {}, check_channel=lambda _section: ())
    database = database_at(loaded.settings.database_url.get_secret_value())
    prepare_database(database, day.clock.now())
    notifier = Notifier(lambda: day.clock.now().timestamp())
    ports = Ports(database=database, clock=day.clock, sender=notifier)
    once = build_round(loaded, ports, key_place=_key_places(day))
    rounds = _Rounds(once, list(day.world.apis))
    await rounds.begin()
    coming = happenings(day)
    while day.clock.now() < MOMENT:
        while coming and day.clock.now() >= MOMENT + timedelta(hours=coming[0][0]):
            await coming.pop(0)[1]()
        await rounds.do()
        day.take()
        day.time.advance(STEP)
    await rounds.end()
    await notifier.close()


class _Rounds:
    """Rounds of polls and deliveries, as the daemon does them."""

    def __init__(self, once: Round, accounts: list[str]) -> None:
        self._once = once
        self._accounts = accounts
        self._count = 0

    async def begin(self) -> None:
        parts = self._once.accounts
        self._clients = [await parts.client(account) for account in self._accounts]
        self._polls = [
            parts.poll(account, client)
            for account, client in zip(self._accounts, self._clients, strict=True)
        ]
        self._watches = [parts.watch(account) for account in self._accounts]

    async def do(self) -> None:
        once = self._once
        reports = await asyncio.gather(*(poll.poll() for poll in self._polls))
        ticked = await asyncio.gather(*(watch.tick() for watch in self._watches))
        filters, now = once.in_force.filters(), once.clock.now()
        await asyncio.to_thread(remind, once.database, filters=filters, now=now)
        await once.result_workers.collect_once()
        self._count += 1
        is_news = any(report.events for report in reports) or any(ticked)
        if is_news or self._count % QUIET_ROUNDS == 0:
            await once.channel_workers.deliver_once(once.in_force.settings)

    async def end(self) -> None:
        await self._once.result_workers.stop(grace_seconds=0.0)
        for client in self._clients:
            await client.close()


async def _run(day: Day, stopping: asyncio.Event) -> None:
    """Run the daemon."""
    loaded = load(day.world.config_file, {}, check_channel=lambda _section: ())
    database = database_at(loaded.settings.database_url.get_secret_value())
    notifier = Notifier(lambda: day.clock.now().timestamp())
    ports = Ports(database=database, clock=day.clock, sender=notifier)
    await build_daemon(loaded, ports, key_place=_key_places(day)).run(stopping)


def _key_places(day: Day) -> Callable[[str], KeySource]:
    """Return where the key of an account stands, by its name."""
    return lambda account: KeySource(account=account, config_file=day.world.config_file, environ={})
