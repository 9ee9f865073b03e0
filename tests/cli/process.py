"""A `batchbell` process whose output a test can wait for."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.loopback_receivers import Kept
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO


class BatchbellProcess:
    """A running command; its output is read by threads."""

    def __init__(self, *arguments: str, environ: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "batchbell", *arguments],
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.out: Kept[str] = Kept()
        self.err: Kept[str] = Kept()
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            threading.Thread(target=_read, args=[stream, kept], daemon=True)
            for stream, kept in (
                (self._process.stdout, self.out),
                (self._process.stderr, self.err),
            )
        ]
        for reader in self._readers:
            reader.start()

    def wait_for_out(self, text: str, timeout: float = TIMEOUT_SECONDS) -> str:
        """Return all of stdout once `text` is in it."""
        return "".join(self.out.wait_for(lambda lines: text in "".join(lines), timeout))

    def wait_for_err(self, text: str, timeout: float = TIMEOUT_SECONDS) -> str:
        """Return all of stderr once `text` is in it."""
        return "".join(self.err.wait_for(lambda lines: text in "".join(lines), timeout))

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self, timeout: float = TIMEOUT_SECONDS) -> int:
        """Wait for the end by itself; return the exit status."""
        status = self._process.wait(timeout)
        for reader in self._readers:
            reader.join(TIMEOUT_SECONDS)
        return status

    def kill(self) -> None:
        self._process.kill()
        self.end()


@contextmanager
def running(
    *arguments: str, environ: Mapping[str, str] | None = None
) -> Iterator[BatchbellProcess]:
    """Run a command for the length of a `with` block."""
    process = BatchbellProcess(*arguments, environ=environ)
    try:
        yield process
    finally:
        process.kill()


def _read(stream: IO[str], kept: Kept[str]) -> None:
    with stream:
        for line in stream:
            kept.add(line)
