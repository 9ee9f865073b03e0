"""What Apprise logs while it sends one message, heard apart from what other sends log meanwhile.

Its own log callback puts a handler on the shared logger for each send, and takes it off again. The
standard library goes through a logger's handlers by number: one that is taken off by another thread
makes it skip the next, so a reason was lost now and then (apprise 2.2.0, Python 3.11 to 3.14). This
one handler stays, in front of those.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

from batchbell.receivers.apprise.quiet import APPRISE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    #: Takes the name of a line's level, and its text.
    Hear: TypeAlias = Callable[[str, str], None]

#: Who listens to the send of this thread, or of a thread that this one's send has started.
_LISTENING: ContextVar[Hear | None] = ContextVar("listening", default=None)


class _Overhearing(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if (hear := _LISTENING.get()) is not None:
            # One that can't be formatted says nothing; its values may be secrets.
            with suppress(TypeError, ValueError):
                hear(record.levelname, record.getMessage())


# Before the first send: behind a handler that one of them puts there it would be skipped, too.
logging.getLogger(APPRISE).addHandler(_Overhearing())


@contextmanager
def overhearing(hear: Hear) -> Iterator[None]:
    """Tell `hear` each line that Apprise logs for this thread's send."""
    token = _LISTENING.set(hear)
    try:
        yield
    finally:
        _LISTENING.reset(token)
