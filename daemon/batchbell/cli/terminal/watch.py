"""`status --watch`: the same view, redrawn while it changes."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import tty
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from rich.live import Live

from batchbell.cli.terminal.living import living
from batchbell.cli.terminal.look import look
from batchbell.cli.terminal.rich_status import MOST_JOBS, status_view, terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, RenderableType

    from batchbell.store.database import Database

#: Between two looks at the database, at least.
REDRAW_SECONDS = 1.0
#: The wait is so many times what a look took: with many jobs it takes a tenth of a processor.
_WAITS = 9
_QUIT_KEYS = frozenset({b"q", b"Q", b"\x04"})


def watch_status(database: Database, *, everything: bool) -> None:
    """Show the status until q or Ctrl-C. Raises `DatabaseError`, and `KeyboardInterrupt`."""
    console = terminal()
    # A redirected stdout has no encoding, and our signs would fall back to ASCII.
    screen = Live(console=console, screen=True, auto_refresh=False, redirect_stdout=False)
    with living(screen) as live, _keys(), _interrupts() as interrupted:
        while True:
            began = monotonic()
            live.update(_screen(database, console, everything=everything), refresh=True)
            if _quit_within(wait_after(monotonic() - began), interrupted):
                return


def wait_after(look_seconds: float) -> float:
    """Return how many seconds to wait after a look that took so many."""
    return max(REDRAW_SECONDS, _WAITS * look_seconds)


def _screen(database: Database, console: Console, *, everything: bool) -> RenderableType:
    # Each redraw makes their forecasts anew; what is asked for must be what `status` says.
    seen = look(database, everything=everything, with_ids=True, most_forecasts=MOST_JOBS)
    return status_view(seen, console, most_lines=console.height, keys="q quits")


@contextmanager
def _keys() -> Iterator[None]:
    """Get keys as they are pressed, without showing them; Ctrl-C still interrupts."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


@contextmanager
def _interrupts() -> Iterator[int]:
    """Give what is readable once Ctrl-C was pressed.

    It ends the watch between two redraws, not in the middle of one. Pressed again, it ends whatever
    is being done.
    """
    ours, theirs = os.pipe()

    def interrupt(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.write(theirs, b"\0")

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield ours
    finally:
        signal.signal(signal.SIGINT, before)
        os.close(ours)
        os.close(theirs)


def _quit_within(seconds: float, interrupted: int) -> bool:
    """Wait for a key; without a keyboard just wait. Raises `KeyboardInterrupt`."""
    keyboard = [sys.stdin.fileno()] if sys.stdin.isatty() else []
    readable = select.select([interrupted, *keyboard], [], [], seconds)[0]
    if interrupted in readable:
        raise KeyboardInterrupt
    return bool(readable) and os.read(sys.stdin.fileno(), 1) in _QUIT_KEYS
