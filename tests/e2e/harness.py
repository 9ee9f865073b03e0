"""`batchbell run` as a process of its own, on a configuration file in a test's own folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from batchbell import __version__
from tests.config.toml_text import document
from tests.e2e.bell_database import BellDatabase
from tests.e2e.daemon_log import DaemonLog
from tests.e2e.waiting import wait_until
from tests.timeout import TIMEOUT_SECONDS
from tests.warm_start import shared_server

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.loopback_receivers import HttpReceiver, MailReceiver
    from tests.warm_start import WarmProcess, WarmProgram, WarmServer

#: The installed program: the same as the console script, without depending on PATH.
BATCHBELL = (sys.executable, "-m", "batchbell")
#: What a daemon says once it runs.
WATCHES = f"batchbell {__version__} watches"
#: Obviously fake.
API_KEY = "fake-key-of-the-end-to-end-tests"


class RunningDaemon(BellDatabase):
    """One configuration and database, and the daemon process that works on it, if any.

    As a context manager it starts the process and ends it, whatever the test does to it.
    """

    def __init__(
        self,
        folder: Path,
        config: Mapping[str, object],
        *,
        url: str = "",
        program: Sequence[str] = BATCHBELL,
        warm: WarmServer | WarmProgram | None = None,
    ) -> None:
        """Start nothing yet; with `warm` it is not `program` that is started, but a fork of it."""
        super().__init__(folder, url=url)
        self._log = DaemonLog(folder / "daemon.log")
        self._program, self._warm = program, warm
        self._process: subprocess.Popen[bytes] | WarmProcess | None = None
        self.configure(config)

    def configure(self, config: Mapping[str, object]) -> None:
        """Write the configuration file; the database's place is filled in."""
        self.config = {"database_url": self.url, **config}
        self.config_file.touch(mode=0o600)
        self.config_file.write_text(document(self.config))

    def start(self, *, wait: bool = True) -> Self:
        """Start the process; `wait` until it says what it watches."""
        self._log.begin()
        with self._log.file.open("ab") as log:
            self._process = self._started(log)
        if wait:
            self.wait_for_log(WATCHES)
        return self

    def _started(self, log: BinaryIO) -> subprocess.Popen[bytes] | WarmProcess:
        arguments = ["--config", str(self.config_file), "run"]
        # Coverage is measured by tests in the process: that is quicker.
        environ = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
        if self._warm is not None:
            return self._warm.start(
                arguments,
                out=log.fileno(),
                err=log.fileno(),
                environ=environ,
                cwd=self.config_file.parent,
            )
        return subprocess.Popen(
            [*self._program, *arguments],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.config_file.parent,
        )

    @property
    def process(self) -> subprocess.Popen[bytes] | WarmProcess:
        """The process that was started last."""
        assert self._process is not None, "not started"
        return self._process

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to our own process."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """End the process without any warning."""
        self.process.kill()
        self.process.wait(TIMEOUT_SECONDS)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask the process to end, and wait for it. Fails unless it exits 0."""
        self.send_signal(number)
        code = self.process.wait(TIMEOUT_SECONDS)
        assert code == 0, f"exit status {code}:\n{self.log_text()}"

    def restart(self) -> Self:
        """Stop in order and start again on the same database."""
        self.stop()
        return self.start()

    def reload(self, config: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Write another configuration, send SIGHUP, return the log line that says how it went."""
        if config is not None:
            self.configure(config)
        before = len(self._reload_lines())
        self.send_signal(signal.SIGHUP)
        return wait_until(lambda: self._reload_lines()[before:], "a reload")[0]

    def _reload_lines(self) -> list[dict[str, Any]]:
        return [line for line in self.logs() if line["message"].startswith("reload")]

    def log_text(self) -> str:
        """Return everything the last started process has printed."""
        return self._log.text()

    def logs(self) -> list[dict[str, Any]]:
        """Return the log lines of the last started process; each must be JSON."""
        return self._log.lines()

    def wait_for_log(self, message: str, **fields: object) -> dict[str, Any]:
        """Return the first line whose message starts so and that has these fields."""

        def found() -> list[dict[str, Any]]:
            assert self.alive or self._matching(message, fields), f"it ended:\n{self.log_text()}"
            return self._matching(message, fields)

        return wait_until(found, f"log line {message!r} with {fields}")[0]

    def _matching(self, message: str, fields: Mapping[str, object]) -> list[dict[str, Any]]:
        return [
            line
            for line in (self.logs() if self._log.is_json() else [])
            if line["message"].startswith(message) and fields.items() <= line.items()
        ]

    def wait_for_baseline(self) -> Self:
        """Wait for the first good poll to be recorded."""
        self.wait_for_log("account.watching")
        return self

    def get(self, path: str, *, timeout: float = TIMEOUT_SECONDS) -> tuple[int, str]:
        """Ask the status page's server for a path."""
        base: str = self.wait_for_log(WATCHES)["page"]
        try:
            with urllib.request.urlopen(base.rstrip("/") + path, timeout=timeout) as answer:  # noqa: S310 - our own daemon's address
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()

    def peak_memory_bytes(self) -> int:
        """Return the most memory the process has had resident so far. Linux only."""
        with open(f"/proc/{self.process.pid}/status") as status:  # noqa: PTH123 - not a file
            peak = next(line for line in status if line.startswith("VmHWM:"))
        return int(peak.split()[1]) * 1024

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        if self.alive:
            self.process.kill()
        if self._process is not None:
            self._process.wait(TIMEOUT_SECONDS)


def command(
    bell: BellDatabase, *arguments: str, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command beside the daemon, in a folder."""
    wanted = ["--config", str(bell.config_file), *arguments]
    return shared_server().run(wanted, cwd=folder, timeout=TIMEOUT_SECONDS)


def config(
    base_url: str,
    channels: Mapping[str, object] | None = None,
    *,
    account: Mapping[str, object] | None = None,
    **tables: object,
) -> dict[str, object]:
    """Return a configuration with one quick account; a channel is its URL or its table."""
    account_table = {
        "api_key": API_KEY,
        "base_url": base_url,
        "poll_interval": "1s",
        "request_timeout": "3s",
        **(account or {}),
    }
    channel_tables = {
        name: {"url": wanted} if isinstance(wanted, str) else wanted
        for name, wanted in (channels or {}).items()
    }
    return {
        "web": {"listen": "127.0.0.1:0"},
        "accounts": {"default": account_table},
        "channels": channel_tables,
        **tables,
    }


def json_url(receiver: HttpReceiver, *, path: str = "/hook") -> str:
    """Return a channel's URL for a webhook."""
    return f"json://{receiver.netloc}{path}"


def mail_url(receiver: MailReceiver) -> str:
    """Return a channel's URL for mail."""
    return f"mailto://127.0.0.1:{receiver.port}/?from=bell@example.org&to=ops@example.org"
