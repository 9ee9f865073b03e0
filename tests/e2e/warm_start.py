"""Starting `batchbell` without its imports, as a fork of a process that has them done.

A cold start takes most of a second of computing, of which none can lose an event. Most tests start
it warm: what is forked runs the command line as always, in the test's environment.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[2]


class WarmServer:
    """The server's other end; as a context manager it is there as long as it is needed."""

    def __init__(self) -> None:
        """Start the server."""
        # Killed processes save no coverage; measuring it would only slow them down.
        environ = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.warm_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ,
            cwd=ROOT,
        )

    def start(self, arguments: Sequence[str], log: Path) -> WarmProcess:
        """Start `batchbell` with these arguments and the output appended to `log`."""
        wanted = {"arguments": list(arguments), "log": str(log), "environ": dict(os.environ)}
        return WarmProcess(self, self.ask(wanted))

    def ask(self, request: Mapping[str, object]) -> int:
        """Send a request and return the answer."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(request).encode() + b"\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.communicate()


class WarmProcess:
    """A process the server started, used like a `Popen`."""

    def __init__(self, server: WarmServer, pid: int) -> None:
        """It is the server's child: its id stays ours until the server was asked for its end."""
        self.pid = pid
        self._server = server
        self._handle = os.pidfd_open(pid)
        self._exit_status: int | None = None

    def poll(self) -> int | None:
        """Return the exit status, None while it runs."""
        if self._exit_status is None and select.select([self._handle], [], [], 0)[0]:
            self._exit_status = self._server.ask({"reap": self.pid})
            os.close(self._handle)
        return self._exit_status

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without any warning."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float) -> int:
        """Return the exit status once it has ended, within `timeout` seconds."""
        if self._exit_status is None and not select.select([self._handle], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("batchbell", timeout)
        status = self.poll()
        assert status is not None
        return status
