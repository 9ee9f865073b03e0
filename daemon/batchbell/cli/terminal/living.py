"""A part of the terminal that is redrawn, and put right again however it ends."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.live import Live

#: What ends a program that says nothing of it: `timeout`, a closed window.
_ENDS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def living(live: Live) -> Iterator[Live]:
    """Run a live display for the length of a `with` block.

    `with live` alone leaves the cursor hidden if Ctrl-C comes while it starts, and at a SIGTERM,
    which is an exit of status 143 here. Only for the main thread.
    """
    before = {number: signal.signal(number, _leave) for number in _ENDS}
    try:
        with live:
            yield live
    finally:
        live.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, _frame: object) -> NoReturn:
    # What a shell says of a process that a signal has ended.
    raise SystemExit(128 + number)
