"""Starting `batchbell` without its imports, as a fork of a process that has them done.

A cold start takes most of a second of computing, of which none can lose an event. Most tests start
it warm: what is forked runs the command line as always, in the test's environment.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.shared_folder import locked, shared_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[1]
#: The module whose `main` is the command line.
PROGRAM = "batchbell.__main__"
#: More than any answer has, a number.
ANSWER_BYTES = 64


@cache
def shared_server() -> WarmServer:
    """Return the server of this test run, started by who first asks; it ends with the last."""
    folder = shared_folder()
    if folder is None:
        server = WarmServer()
    else:
        with locked(folder):
            server = WarmServer(folder)
    atexit.register(server.close)
    return server


class WarmServer:
    """The server's other end; as a context manager it is there as long as it is needed."""

    def __init__(self, folder: Path | None = None) -> None:
        """Start the server, but for one that runs already and listens in the folder."""
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._server: subprocess.Popen[bytes] | None = None
        with ExitStack() as stack:
            if folder is None:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            address = folder / "warm"
            try:
                self._socket.connect(str(address))
            except FileNotFoundError:
                self._server = _listening(address)
                self._socket.connect(str(address))

    def start(
        self,
        arguments: Sequence[str],
        *,
        out: int,
        err: int,
        stdin: int | None = None,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        new_session: bool = False,
        program: str = PROGRAM,
    ) -> WarmProcess:
        """Start `batchbell` with these arguments and files; without `stdin` it has none."""
        wanted = {
            "program": program,
            "arguments": list(arguments),
            "environ": dict(os.environ if environ is None else environ),
            "cwd": str(cwd or Path.cwd()),
            "new_session": new_session,
        }
        with ExitStack() as stack:
            if stdin is None:
                stdin = stack.enter_context(Path(os.devnull).open("rb")).fileno()
            return WarmProcess(self, self.ask(wanted, [stdin, out, err]))

    def run(
        self,
        arguments: Sequence[str],
        *,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float,
    ) -> subprocess.CompletedProcess[str]:
        """Run `batchbell` to its end, within `timeout` seconds; return what it printed."""
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            status = self.start(
                arguments, out=out.fileno(), err=err.fileno(), environ=environ, cwd=cwd
            ).wait(timeout)
            for file in (out, err):
                file.seek(0)
            return subprocess.CompletedProcess(arguments, status, out.read(), err.read())

    def ask(self, request: Mapping[str, object], files: Sequence[int] = ()) -> int:
        """Send a request and return the answer."""
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(request).encode()], files)
            return int(self._socket.recv(ANSWER_BYTES))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the server; who started it waits for its end, when all others have left it too."""
        self._socket.close()
        if self._server is not None:
            self._server.wait()


def _listening(address: Path) -> subprocess.Popen[bytes]:
    """Start a server that listens at an address; it may be asked before it is warm."""
    # What it forks is measured if its own environment says so.
    environ = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(str(address))
        listening.listen()
        return subprocess.Popen(
            [sys.executable, "-m", "tests.warm_server", str(listening.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[listening.fileno()],
            env=environ,
            cwd=ROOT,
        )


@dataclass(frozen=True, slots=True)
class WarmProgram:
    """Another program around the same command line, started by the same server."""

    server: WarmServer
    #: The module whose `main` it is.
    module: str
    #: What stands before the command line's arguments.
    first: Sequence[str]

    def start(self, arguments: Sequence[str], **how: Any) -> WarmProcess:
        """Start it as the server starts `batchbell`."""
        return self.server.start([*self.first, *arguments], program=self.module, **how)


class WarmProcess:
    """A process the server started, used like a `Popen`."""

    def __init__(self, server: WarmServer, pid: int) -> None:
        """It is the server's child: its id stays ours until the server was asked for its end."""
        self.pid = pid
        self.returncode: int | None = None
        self._server = server
        self._handle = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Return the exit status, None while it runs."""
        if self.returncode is None and self._has_ended(within=0):
            self.returncode = self._server.ask({"reap": self.pid})
            os.close(self._handle)
        return self.returncode

    def _has_ended(self, within: float) -> bool:
        # Not `select.select`: late in a run the handle's number may be too high for it.
        ends = select.poll()
        ends.register(self._handle, select.POLLIN)
        return bool(ends.poll(within * 1000))

    def send_signal(self, number: signal.Signals | int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without any warning."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float) -> int:
        """Return the exit status once it has ended, within `timeout` seconds."""
        if self.returncode is None and not self._has_ended(within=timeout):
            raise subprocess.TimeoutExpired("batchbell", timeout)
        status = self.poll()
        assert status is not None
        return status
