"""The whole daemon in a thread of this process, where an hour may pass in seconds."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from batchbell.clock import TOLERANCE, Clock
from batchbell.config import LoadedConfig, Settings
from batchbell.runtime.bootstrap import build_daemon, real_ports
from tests.config.toml_text import document
from tests.e2e.bell_database import BellDatabase
from tests.e2e.waiting import LOOK_SECONDS, wait_until
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path


class PatientTime:
    """Seconds that pass as the machine's do, but stand still while a poll is overdue.

    A busy machine polls late. Were the time to run on meanwhile, a deadline would pass with fewer
    samples than a forecast needs.
    """

    def __init__(self, longest_seconds: float) -> None:
        """No more than that passes between one good poll and the next."""
        self._longest = self._left = longest_seconds
        self._passed = 0.0
        self._looked = time.monotonic()
        self._lock = threading.Lock()

    def seconds(self) -> float:
        """Return what has passed."""
        with self._lock:
            now = time.monotonic()
            step = min(now - self._looked, self._left)
            self._looked = now
            self._left -= step
            self._passed += step
            return self._passed

    def go_on(self) -> None:
        """A poll was recorded."""
        self.seconds()
        with self._lock:
            self._left = self._longest


class _PatientClock(Clock):
    """The daemon's clock on that time, ahead of which nothing sleeps."""

    def __init__(self, passing: PatientTime, *, speed: float) -> None:
        self._passing = passing
        super().__init__(speed=speed)
        self._born = self._anchored = passing.seconds()

    def observe(self, date: datetime) -> None:
        if not self._observed or abs(date - self.now()) > TOLERANCE:
            self._anchor, self._anchored = date, self._passing.seconds()
        self._observed = True

    @property
    def slept(self) -> timedelta:
        return timedelta()

    def _since(self, began: float) -> timedelta:
        return timedelta(seconds=(self._passing.seconds() - began) * self.speed)


class FastDaemon(BellDatabase):
    """A daemon with real polls and a real notifier; as a context manager it runs.

    Its clock is as fast as its simulated API's has to be.
    """

    def __init__(
        self,
        folder: Path,
        config: Mapping[str, object],
        *,
        speed: float,
        passing: PatientTime | None = None,
    ) -> None:
        """Start nothing yet; the configuration file is for commands beside the daemon."""
        super().__init__(folder)
        document_of_all = {"database_url": f"sqlite:///{self.database}", **config}
        self.config_file.touch(mode=0o600)
        self.config_file.write_text(document(document_of_all))
        self._settings = Settings.model_validate(document_of_all)
        self._passing = passing
        self._clock = Clock(speed=speed) if passing is None else _PatientClock(passing, speed=speed)
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._threads = [
            threading.Thread(target=work, name=f"fast daemon: {work.__name__}", daemon=True)
            for work in (self._run, self._wind)
        ]

    def _run(self) -> None:
        daemon = build_daemon(
            LoadedConfig(self._settings, path=self.config_file, origins={}, warnings=()),
            replace(real_ports(self._settings), clock=self._clock),
        )
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(daemon.run(self._stopping))

    def _wind(self) -> None:
        """Let the time go on after each poll; before there is a database too."""
        query = "SELECT last_good_poll_at FROM accounts"
        polled = None
        while self._passing is not None and not self._stopping.is_set():
            with suppress(sqlite3.OperationalError):
                if polled != (now := self.value(query)):
                    polled = now
                    self._passing.go_on()
            time.sleep(LOOK_SECONDS)

    def wait_for_baseline(self) -> Self:
        """Wait for the first good poll to be recorded."""
        tables = "SELECT count(*) FROM sqlite_master WHERE name = 'events'"
        wait_until(self.database.exists, "a database")
        wait_until(lambda: self.value(tables), "its tables")
        wait_until(self.told, "the baseline")
        return self

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        for thread in self._threads:
            thread.join(TIMEOUT_SECONDS)
            assert not thread.is_alive(), f"{thread.name} does not stop"
