"""uvicorn inside the daemon's event loop, on a socket that is bound already."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, cast

import uvicorn

from batchbell.web.connection import CarefulProtocol

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from starlette.types import ASGIApp

    from batchbell.web.connection import Bounds

#: Connections the system holds until they are accepted. As many are accepted in one go: more would
#: wait too, and cost nobody a file.
BACKLOG = 32
#: What running answers get after a stop before they are cut off, seconds; the daemon has 5 in all.
_GRACE_SECONDS = 0.8


async def serve_until(
    stop: asyncio.Event, app: ASGIApp, bound: socket.socket, *, bounds: Bounds
) -> None:
    """Serve an app on a bound socket, and close it; ends within a second of `stop`."""
    server = _EmbeddedServer(_config(app, bounds), stop)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await asyncio.wait({serving}, timeout=_GRACE_SECONDS)
    finally:
        stopping.cancel()
        serving.cancel()
        bound.close()
    with suppress(asyncio.CancelledError):
        await serving


class _EmbeddedServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, stop: asyncio.Event) -> None:
        super().__init__(config)
        self._stop = stop

    async def main_loop(self) -> None:
        """Sleep until the stop; uvicorn's own looks for it ten times a second."""
        await self._stop.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the daemon; uvicorn would raise them again before our clean-up."""
        yield


def _config(app: ASGIApp, bounds: Bounds) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=cast("type[asyncio.Protocol]", partial(CarefulProtocol, bounds=bounds)),
        backlog=BACKLOG,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        # A stranger's broken requests are no news: one line each would fill the log.
        log_level=logging.ERROR,
        server_header=False,
        proxy_headers=False,
    )
