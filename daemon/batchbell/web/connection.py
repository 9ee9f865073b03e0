"""One connection to the page, which may not cost more than a page is worth.

Whoever reaches the port may open connections, with or without the password, and each takes a file
of the process that polls and sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from uvicorn.config import Config
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle
    from uvicorn.server import ServerState

#: Connections at the same time; more are closed as they come.
MOST_CONNECTIONS = 100
#: How long a connection may ask for nothing, seconds; half a request is nothing.
PATIENCE_SECONDS = 10.0


class CarefulProtocol(H11Protocol):
    """uvicorn's protocol, which ends what only takes room."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        most_connections: int = MOST_CONNECTIONS,
    ) -> None:
        """Take what uvicorn gives each connection, and the bounds of this server."""
        super().__init__(config, server_state, app_state, _loop)
        self._patience_seconds = patience_seconds
        self._most_connections = most_connections
        self._patience: asyncio.TimerHandle | None = None
        self._seen: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Take a connection, or close it at once if there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self._most_connections:
            transport.abort()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._patience is not None:
            self._patience.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._patience = self.loop.call_later(self._patience_seconds, self._look)

    def _look(self) -> None:
        """Close the connection unless it is answered, or has asked for more since the last look."""
        request: RequestResponseCycle | None = self.cycle
        is_answered = request is not None and not request.response_complete
        if is_answered or request is not self._seen:
            self._seen = request
            self._wait()
        else:
            self.transport.abort()
