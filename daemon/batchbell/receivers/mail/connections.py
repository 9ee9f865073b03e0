"""Connections to mail servers that are kept a while: a login costs more than a mail."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import smtplib
    from collections.abc import Callable, Iterator

    from batchbell.receivers.mail.mailbox import Server

#: For so long after a mail a connection waits for the next one, seconds.
IDLE_SECONDS = 10.0


class Connections:
    """One kept connection for each server and login; used from any thread."""

    def __init__(
        self,
        connect: Callable[[Server], smtplib.SMTP],
        hang_up: Callable[[smtplib.SMTP], None],
        *,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._connect = connect
        self._hang_up = hang_up
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._kept: dict[Server, tuple[smtplib.SMTP, threading.Timer]] = {}

    @contextmanager
    def borrowed(self, server: Server) -> Iterator[smtplib.SMTP]:
        """Lend a connection that nobody else uses meanwhile: a kept one if it still works.

        Raises what `connect` does. After an exception in the block it is not used again.
        """
        smtp = self._alive(server) or self._connect(server)
        try:
            yield smtp
        except BaseException:
            self._hang_up(smtp)
            raise
        self._keep(server, smtp)

    def close(self) -> None:
        """Hang up all that are kept."""
        with self._lock:
            kept, self._kept = self._kept, {}
        for smtp, end in kept.values():
            end.cancel()
            self._hang_up(smtp)

    def _alive(self, server: Server) -> smtplib.SMTP | None:
        """Return the kept connection, asked whether it still works."""
        with self._lock:
            kept = self._kept.pop(server, None)
        if kept is None:
            return None
        smtp, end = kept
        end.cancel()
        try:
            if smtp.noop()[0] == 250:  # noqa: PLR2004 - RFC 5321, 4.2.3
                return smtp
        except OSError:
            # `SMTPException` is one.
            pass
        self._hang_up(smtp)
        return None

    def _keep(self, server: Server, smtp: smtplib.SMTP) -> None:
        end = threading.Timer(self._idle_seconds, self._end, (server, smtp))
        end.daemon = True
        with self._lock:
            is_needed = server not in self._kept and smtp.sock is not None
            if is_needed:
                self._kept[server] = smtp, end
                end.start()
        if not is_needed:
            self._hang_up(smtp)

    def _end(self, server: Server, smtp: smtplib.SMTP) -> None:
        """Hang up unless somebody has it, or has had it since."""
        with self._lock:
            kept = self._kept.get(server)
            if kept is None or kept[0] is not smtp:
                return
            del self._kept[server]
        self._hang_up(smtp)
