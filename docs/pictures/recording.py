"""A real process on a terminal of its own, and what it wrote there."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Characters of a line: what fits beside a README's text.
WIDTH = 100
#: Lines: so many that nothing has to give way.
HEIGHT = 60
#: Longest wait for a process to end, seconds.
TIMEOUT_SECONDS = 60.0


class Recording:
    """A Python module run as a program on a terminal, for the length of a `with` block."""

    def __init__(
        self,
        *arguments: str,
        environ: Mapping[str, str],
        width: int = WIDTH,
        height: int = HEIGHT,
        cwd: Path | None = None,
    ) -> None:
        """`arguments` are those of Python: `-m batchbell status`."""
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONUTF8": "1"}
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            env=_without_colour_settings() | terminal | dict(environ),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            cwd=cwd,
        )
        os.close(theirs)
        self.output = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        self.end()
        os.close(self._ours)

    def end(self) -> int:
        """Wait for the end of the process; return its exit status."""
        try:
            status = self._process.wait(TIMEOUT_SECONDS)
        finally:
            self._process.kill()
        self._reader.join(TIMEOUT_SECONDS)
        return status

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while True:
            try:
                piece = os.read(self._ours, 1 << 16)
            except OSError:  # how Linux says that nobody writes any more
                return
            if not piece:
                return
            self.output += decoder.decode(piece)


def _without_colour_settings() -> dict[str, str]:
    unwanted = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}
