"""The health check's own way to the daemon, which strangers at the page can't crowd out."""

from __future__ import annotations

import errno
import logging
import socket
from http import HTTPStatus
from typing import TYPE_CHECKING

from batchbell.web.plain_server import BACKLOG, answer_until

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from batchbell.web.reports import Report, Reports

logger = logging.getLogger(__name__)


class HealthSocket:
    """Serves `/healthz` and `/readyz` on a Unix socket that only its owner may open."""

    def __init__(self, reports: Reports, path: Path | None, stop: asyncio.Event) -> None:
        """`path` is where it will be, None for nowhere; one that nobody serves is replaced."""
        self._reports = reports
        self._path = path
        self._stop = stop

    async def serve(self) -> None:
        """Serve until `stop` is set; does without if there can't be a socket."""
        if self._path is None:
            return
        try:
            bound = _bound(self._path)
        except OSError as error:
            # Often the path is too long: 107 bytes are the most. Source: unix(7).
            logger.info(
                "no health socket at %s: %s; health checks ask the page",
                self._path,
                error.strerror or error,
            )
            return
        try:
            addresses = {"/healthz": self._health, "/readyz": self._readiness}
            await answer_until(self._stop, bound, addresses)
        finally:
            self._path.unlink(missing_ok=True)

    async def _health(self) -> tuple[HTTPStatus, Report]:
        return _verdict(await self._reports.health(), "healthy")

    async def _readiness(self) -> tuple[HTTPStatus, Report]:
        return _verdict(await self._reports.readiness(), "ready")


def _verdict(report: Report, verdict: str) -> tuple[HTTPStatus, Report]:
    return HTTPStatus.OK if report[verdict] else HTTPStatus.SERVICE_UNAVAILABLE, report


def _is_served(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asking:
        # A daemon that hangs takes no more once its backlog is full.
        asking.setblocking(False)  # noqa: FBT003 - socket's own signature
        return asking.connect_ex(str(path)) in {0, errno.EAGAIN}


def _bound(path: Path) -> socket.socket:
    """Return a listening socket in place of one that a killed daemon left. Raises OSError."""
    if path.is_socket():
        if _is_served(path):
            raise OSError(errno.EADDRINUSE, "another daemon of this database answers there")
        path.unlink()
    bound = socket.socket(socket.AF_UNIX)
    try:
        bound.bind(str(path))
        # Before it listens: nobody can have come in between.
        path.chmod(0o600)
        bound.listen(BACKLOG)
        bound.setblocking(False)  # noqa: FBT003 - socket's own signature
    except OSError:
        bound.close()
        raise
    return bound
