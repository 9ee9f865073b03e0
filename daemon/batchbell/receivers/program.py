"""A program of the user's own: the notification as JSON on its standard input, no shell."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import TYPE_CHECKING

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.core.text import harmless_text
from batchbell.receivers.hook import hook_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.receivers.content import Content
    from batchbell.receivers.receiver import ExecReceiver

#: Of what it writes the end is kept, bytes.
OUTPUT_BYTES = 4_096
#: It is given so long to end after it was asked to, seconds.
GRACE_SECONDS = 2.0
#: What it started may hold its output open; after its own end nobody waits longer, seconds.
DRAIN_SECONDS = 0.5
#: One that is killed is gone at once, but for one that waits for a disk; seconds.
KILLED_SECONDS = 1.0
#: "The input data was incorrect": trying again is pointless. Source: sysexits.h.
EX_DATAERR = 65
#: What it gets of our environment: nothing that could be a secret.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")


async def run(
    receiver: ExecReceiver, content: Content, key: str, *, channel: str, environ: Mapping[str, str]
) -> Outcome:
    """Run the program once and return how it went; its whole process group ends with the attempt.

    It also ends if this is cancelled.
    """
    program = _expanded(receiver.command[0])
    loop = asyncio.get_running_loop()
    try:
        transport, process = await loop.subprocess_exec(
            _Process,
            program,
            *receiver.command[1:],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd="/",
            env=_environment(environ, content, key, channel),
            start_new_session=True,
        )
    except OSError as error:
        return Outcome(delivered=False, reason=_why_not_started(error), fault=Fault.CHANNEL)
    try:
        _feed(transport, hook_body(content))
        in_time = await _wait(process, transport.get_pid(), receiver.timeout_seconds)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.drained.wait(), DRAIN_SECONDS)
        output = _readable(bytes(process.output))
        if not in_time:
            reason = f"took longer than {receiver.timeout_seconds:g} s and was ended"
            return Outcome(delivered=False, reason=reason, output=output)
        return _outcome(transport.get_returncode(), output)
    finally:
        try:
            await _end(process, transport.get_pid())
        finally:
            transport.close()


def _expanded(program: str) -> str:
    """Return the program with `~` as a shell has it; a bare name stays one."""
    return os.path.expanduser(program)  # noqa: PTH111 - that would make a path of a bare name


class _Process(asyncio.SubprocessProtocol):
    """Keeps the end of what a program writes, and notes its end."""

    def __init__(self) -> None:
        self.output = bytearray()
        self.exited = asyncio.Event()
        #: Set once nobody can write any more.
        self.drained = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        del fd
        self.output += data
        del self.output[:-OUTPUT_BYTES]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        del exc
        if fd == 1:
            self.drained.set()

    def process_exited(self) -> None:
        self.exited.set()


def _feed(transport: asyncio.SubprocessTransport, body: bytes) -> None:
    """Write the document and close; a program that does not read it may still end well."""
    stdin = transport.get_pipe_transport(0)
    if isinstance(stdin, asyncio.WriteTransport):
        stdin.write(body)
        stdin.close()


async def _wait(process: _Process, pid: int, timeout_seconds: float) -> bool:
    """Wait for the program's end; past its time have it ended. Say whether it ended by itself."""
    try:
        async with asyncio.timeout(timeout_seconds):
            await process.exited.wait()
    except TimeoutError:
        _signal(pid, signal.SIGTERM)
    else:
        return True
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.exited.wait(), GRACE_SECONDS)
    _signal(pid, signal.SIGKILL)
    await process.exited.wait()
    return False


async def _end(process: _Process, pid: int) -> None:
    """End what still runs; its end is waited for, so that it is no zombie when the loop ends."""
    if not process.exited.is_set():
        _signal(pid, signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.exited.wait(), KILLED_SECONDS)


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _outcome(status: int | None, output: str) -> Outcome:
    if status == 0:
        return Outcome(delivered=True, reason="exit status 0", output=output)
    if status is not None and status < 0:
        reason = f"ended by signal {-status}"
    else:
        reason = f"exit status {status}"
    incorrect = status == EX_DATAERR
    return Outcome(
        delivered=False,
        reason=reason,
        permanent=incorrect,
        fault=Fault.MESSAGE if incorrect else Fault.UNKNOWN,
        output=output,
    )


def _why_not_started(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "the program is not there"
    if isinstance(error, PermissionError):
        return "the program may not be run"
    return f"the program can't be started: {error.strerror}"


def _environment(
    environ: Mapping[str, str], content: Content, key: str, channel: str
) -> dict[str, str]:
    inherited = {name: environ[name] for name in _INHERITED if name in environ}
    return {
        **inherited,
        "BATCHBELL_CHANNEL": channel,
        "BATCHBELL_KEY": key,
        "BATCHBELL_SEVERITY": content.severity.name.lower(),
        "BATCHBELL_TITLE": " ".join(content.title.split()),
    }


def _readable(output: bytes) -> str:
    return harmless_text(output.decode(errors="replace")).strip()
