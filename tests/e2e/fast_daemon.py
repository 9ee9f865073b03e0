"""The whole daemon in a thread of this process, where an hour may pass in seconds."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from batchbell.clock import Clock
from batchbell.config import LoadedConfig, Settings
from batchbell.runtime.bootstrap import build_daemon, real_ports
from tests.config.toml_text import document
from tests.e2e.bell_database import BellDatabase
from tests.e2e.waiting import TIMEOUT_SECONDS, wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class FastDaemon(BellDatabase):
    """A daemon with real polls and a real notifier; as a context manager it runs.

    Its clock is as fast as its simulated API's has to be.
    """

    def __init__(self, folder: Path, config: Mapping[str, object], *, speed: float) -> None:
        """Start nothing yet; the configuration file is for commands beside the daemon."""
        super().__init__(folder)
        document_of_all = {"database_url": f"sqlite:///{self.database}", **config}
        self.config_file.touch(mode=0o600)
        self.config_file.write_text(document(document_of_all))
        self._settings = Settings.model_validate(document_of_all)
        self._speed = speed
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="fast daemon", daemon=True)

    def _run(self) -> None:
        daemon = build_daemon(
            LoadedConfig(self._settings, path=self.config_file, origins={}, warnings=()),
            replace(real_ports(self._settings), clock=Clock(speed=self._speed)),
        )
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(daemon.run(self._stopping))

    def wait_for_baseline(self) -> Self:
        """Wait for the first good poll to be recorded."""
        tables = "SELECT count(*) FROM sqlite_master WHERE name = 'events'"
        wait_until(self.database.exists, "a database")
        wait_until(lambda: self.value(tables), "its tables")
        wait_until(self.told, "the baseline")
        return self

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(TIMEOUT_SECONDS)
        assert not self._thread.is_alive(), "the daemon does not stop"
