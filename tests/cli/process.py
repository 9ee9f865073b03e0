"""A `batchbell` process whose output a test can wait for."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.loopback_receivers import Kept
from tests.timeout import TIMEOUT_SECONDS
from tests.warm_start import shared_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class BatchbellProcess:
    """A running command; its output is read by threads."""

    def __init__(self, *arguments: str, environ: Mapping[str, str] | None = None) -> None:
        self.out: Kept[str] = Kept()
        self.err: Kept[str] = Kept()
        (out, its_out), (err, its_err) = os.pipe(), os.pipe()
        self._process = shared_server().start(
            arguments, out=its_out, err=its_err, environ={**os.environ, **(environ or {})}
        )
        os.close(its_out)
        os.close(its_err)
        self._readers = [
            threading.Thread(target=_read, args=[file, kept], daemon=True)
            for file, kept in ((out, self.out), (err, self.err))
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


def _read(file: int, kept: Kept[str]) -> None:
    with open(file, encoding="utf-8") as stream:
        for line in stream:
            kept.add(line)
