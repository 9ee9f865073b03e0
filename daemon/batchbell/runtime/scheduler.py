"""Repeats work at its interval; alone uses APScheduler.

APScheduler waits by the wall clock, and a clock stepped back two hours stops it. `BootClockGuard`
counts seconds since boot beside it, and what it finds overdue is started.
"""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from batchbell.clock import boot_seconds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

#: Share of an interval that a run may be early or late, so that daemons don't poll in step.
JITTER_SHARE = 0.05
#: A run later than this share of its interval is started by the guard.
LATE_SHARE = 0.5
#: How often the guard looks, seconds at most: nobody else notices a machine that slept.
GUARD_SECONDS = 10.0
#: What is overdue is looked for so long after it became that, seconds: not a moment too soon.
_AFTER_SECONDS = 0.01


@dataclass(slots=True)
class _Work:
    run: Callable[[], Awaitable[float | None]]
    interval_seconds: float


class BootClockGuard:
    """Knows by a clock that never jumps when each piece of work has to have started."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._latest: dict[str, float] = {}

    def expect(self, name: str, *, within_seconds: float) -> None:
        """Note that the next run starts in this time, give or take its jitter."""
        self._latest[name] = self._seconds() + within_seconds

    def forget(self, name: str) -> None:
        """Expect nothing of it any more."""
        self._latest.pop(name, None)

    def seconds_left(self) -> float:
        """Return how long until the next piece of work is overdue; infinite if none will be."""
        now = self._seconds()
        return min((each - now for each in self._latest.values() if each > now), default=math.inf)

    def overdue(self) -> list[str]:
        """Return the names of what should have started."""
        now = self._seconds()
        return [name for name, latest in self._latest.items() if now > latest]


class Scheduler:
    """Runs each piece of work at once, then at its interval, never twice at the same time."""

    def __init__(
        self,
        *,
        seconds: Callable[[], float] = boot_seconds,
        guard_seconds: float = GUARD_SECONDS,
    ) -> None:
        """Start nothing yet; `seconds` is the guard's clock, which never jumps.

        The guard looks at it every `guard_seconds` at the latest.
        """
        self._guard_seconds = guard_seconds
        self._guard = BootClockGuard(seconds)
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._work: dict[str, _Work] = {}
        self._running: dict[str, asyncio.Task[object]] = {}
        #: Set when there is other work, which may want to be looked at sooner.
        self._has_more = asyncio.Event()
        self._guarding: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._scheduler.start()
        self._guarding = asyncio.create_task(self._keep_guard())

    def keep(
        self, name: str, *, interval_seconds: float, run: Callable[[], Awaitable[float | None]]
    ) -> None:
        """Run this from now on, in place of earlier work of that name; never once we stop.

        `run` returns None, or how many seconds to stay away (if longer than the interval).
        """
        if self._stopping:
            return
        self._work[name] = _Work(run=run, interval_seconds=interval_seconds)
        self._expect(name, interval_seconds)
        self._has_more.set()
        self._scheduler.add_job(
            self._run,
            "interval",
            args=[name],
            id=name,
            seconds=interval_seconds,
            jitter=interval_seconds * JITTER_SHARE,
            next_run_time=datetime.now(UTC),
            replace_existing=True,
        )

    async def drop(self, name: str) -> None:
        """Run this no more; a run under way is waited for."""
        if self._work.pop(name, None) is not None:
            self._guard.forget(name)
            self._scheduler.remove_job(name)
        running = self._running.get(name)
        if running is not None:
            await asyncio.wait([running])

    async def stop(self, *, grace_seconds: float) -> None:
        """Start nothing more, let what runs end within the grace, then cancel it."""
        self._stopping = True
        if self._guarding is not None:
            self._guarding.cancel()
        self._work.clear()
        self._scheduler.remove_all_jobs()
        # What was just handed out begins, sees that its work is gone, and ends: APScheduler logs
        # a task that is cancelled before it began as a crash.
        await asyncio.sleep(0)
        running = list(self._running.values())
        if running:
            await asyncio.wait(running, timeout=grace_seconds)
        for task in running:
            task.cancel()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _run(self, name: str) -> None:
        work = self._work.get(name)
        if work is None or name in self._running:
            return
        task = asyncio.current_task()
        if task is not None:
            self._running[name] = task
        self._expect(name, work.interval_seconds)
        try:
            wait_seconds = await work.run()
        except asyncio.CancelledError:
            # By `stop`, which waits for nothing more; APScheduler would log it as a crash.
            logger.info("%s is cut off", name)
        except Exception:
            # APScheduler would log it as its own; whatever it was, the next run comes.
            logger.exception("%s crashed; it is tried again in its turn", name)
        else:
            self._postpone(name, wait_seconds)
        finally:
            self._running.pop(name, None)

    def _postpone(self, name: str, wait_seconds: float | None) -> None:
        work = self._work.get(name)
        if work is not None and wait_seconds is not None and wait_seconds > work.interval_seconds:
            self._expect(name, wait_seconds)
            next_run = datetime.fromtimestamp(datetime.now(UTC).timestamp() + wait_seconds, UTC)
            self._scheduler.modify_job(name, next_run_time=next_run)

    def _expect(self, name: str, seconds: float) -> None:
        late_seconds = self._work[name].interval_seconds * LATE_SHARE
        self._guard.expect(name, within_seconds=seconds + late_seconds)

    async def _keep_guard(self) -> None:
        while True:
            shortest = min((work.interval_seconds for work in self._work.values()), default=1.0)
            left_seconds = self._guard.seconds_left() + _AFTER_SECONDS
            self._has_more.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(shortest / 2, left_seconds, self._guard_seconds)):
                    await self._has_more.wait()
            for name in self._guard.overdue():
                self._start_overdue(name)

    def _start_overdue(self, name: str) -> None:
        if name in self._running:
            return
        logger.debug("%s is overdue, starting it", name)
        self._expect(name, self._work[name].interval_seconds)
        self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))
