"""Serving the page inside the daemon's event loop; it must never harm the bell.

The socket is bound here and not by uvicorn, which would end the process over a taken port. What
serves it is loaded after that: who connects meanwhile waits.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp

    from batchbell.web.connection import Bounds

logger = logging.getLogger(__name__)

#: For those who hand a page on without knowing its library.
Page: TypeAlias = "ASGIApp"

#: How long to wait before a taken port is tried again, seconds.
RETRY_SECONDS = 5.0


class StatusServer:
    """Serves an app on `listen` until `stop`, however long it takes to get the port."""

    def __init__(
        self,
        make_app: Callable[[], Page],
        listen: str,
        stop: asyncio.Event,
        *,
        retry_seconds: float = RETRY_SECONDS,
        bounds: Bounds | None = None,
    ) -> None:
        """`listen` is a checked `host:port`, an IPv6 address in brackets, port 0 for any.

        `make_app` is called in a thread, once it is time to serve. A taken port is tried again
        after `retry_seconds`.
        """
        self._make_app = make_app
        self._bounds = bounds
        self._listen = listen
        self._stop = stop
        self._retry_seconds = retry_seconds
        self._socket: socket.socket | None = None
        self._told = ""
        self._take: Callable[[socket.socket], Awaitable[None]] | None = None

    @property
    def url(self) -> str | None:
        """Where the page is, with the port that was really taken; None while there is none."""
        if self._socket is None:
            return None
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

    def bind(self) -> bool:
        """Take the port, unless that is done; log once why it can't be had."""
        if self._socket is None:
            try:
                self._socket = _bound(self._listen)
            except OSError as error:
                self._tell(error)
        return self._socket is not None

    async def serve(self) -> None:
        """Serve until `stop` is set; ends within a second of it."""
        try:
            while not self._stop.is_set():
                await asyncio.to_thread(self.bind)
                if self._socket is not None:
                    await self._answer(self._socket)
                else:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._stop.wait(), self._retry_seconds)
        finally:
            self._close()

    async def _answer(self, bound: socket.socket) -> None:
        if self._told:
            logger.info("the status page has its port now", extra={"page": self.url})
        try:
            if self._take is None:
                self._take = await asyncio.to_thread(self._loaded)
            await self._take(bound)
        finally:
            self._close()

    def _loaded(self) -> Callable[[socket.socket], Awaitable[None]]:
        """Return what serves a bound socket, with all that pages are made of: 120 ms and 8 MB."""
        from batchbell.web.connection import Bounds  # noqa: PLC0415
        from batchbell.web.embedded import serve_until  # noqa: PLC0415

        return partial(serve_until, self._stop, self._make_app(), bounds=self._bounds or Bounds())

    def _tell(self, error: OSError) -> None:
        reason = error.strerror or str(error)
        if reason != self._told:
            logger.warning(
                "no status page at %s: %s; trying again every %.0f s, everything else goes on",
                self._listen,
                reason,
                self._retry_seconds,
            )
        self._told = reason

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None


def _bound(listen: str) -> socket.socket:
    """Return a listening socket. Raises OSError."""
    host, _, port = listen.rpartition(":")
    found = socket.getaddrinfo(
        host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    family, kind, protocol, _, address = found[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        # With SO_REUSEADDR two sockets may bind one port; only one of them may listen.
        bound.listen()
        bound.setblocking(False)  # noqa: FBT003 - socket's own signature
    except OSError:
        bound.close()
        raise
    return bound
