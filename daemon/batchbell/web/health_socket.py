"""The health check's own way to the daemon, which strangers at the page can't crowd out."""

from __future__ import annotations

import errno
import logging
import socket
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from batchbell.web.connection import Bounds
from batchbell.web.embedded import BACKLOG, serve_until

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

    from batchbell.web.probes import Probes

logger = logging.getLogger(__name__)


class HealthSocket:
    """Serves `/healthz` and `/readyz` on a Unix socket that only its owner may open."""

    def __init__(self, probes: Probes, path: Path | None, stop: asyncio.Event) -> None:
        """`path` is where it will be, None for nowhere; one that nobody serves is replaced."""
        self._app = _as_insider(
            Starlette(
                routes=[
                    Route("/healthz", probes.healthz),
                    Route("/readyz", probes.readyz),
                ]
            )
        )
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
            await serve_until(self._stop, self._app, bound, Bounds())
        finally:
            self._path.unlink(missing_ok=True)


def _as_insider(app: ASGIApp) -> ASGIApp:
    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["is_insider"] = True
        await app(scope, receive, send)

    return called


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
