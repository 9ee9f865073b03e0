"""httpx's way to where no proxy stands between: connections of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from batchbell.wire.direct import DirectAnswer, DirectConnections


class DirectTransport(httpx.AsyncBaseTransport):
    """What `httpx.AsyncHTTPTransport` is, but for the connections; HTTP/1.1 without proxies."""

    def __init__(self, connections: DirectConnections) -> None:
        self._connections = connections

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; return its answer, whose body may still be on its way."""
        answer = await self._connections.ask(
            request.method,
            request.url,
            headers=request.headers.raw,
            content=request.content,
            connect_seconds=request.extensions["timeout"]["connect"],
        )
        return httpx.Response(answer.status_code, headers=answer.headers, stream=_Body(answer))

    async def aclose(self) -> None:
        """Close the kept connections."""
        self._connections.close()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: DirectAnswer) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._answer.aiter_raw():
            yield piece

    async def aclose(self) -> None:
        self._answer.close()
