"""httpx's way to where no proxy stands between: httpcore, on the event loop's own connections."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpcore
import httpx

from batchbell.wire.loop_network import LoopNetwork

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterator


class DirectTransport(httpx.AsyncBaseTransport):
    """What `httpx.AsyncHTTPTransport` is, but for the connections; HTTP/1.1 without proxies."""

    def __init__(self, tls: ssl.SSLContext, *, keepalive_seconds: float) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=None,
            keepalive_expiry=keepalive_seconds,
            network_backend=LoopNetwork(),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; return its answer, whose body may still be on its way."""
        assert isinstance(request.stream, httpx.AsyncByteStream)  # noqa: S101 - of an AsyncClient
        with _in_the_words_of_httpx():
            answer = await self._pool.handle_async_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        """Close the kept connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _in_the_words_of_httpx():
            async for piece in self._answer.aiter_stream():
                yield piece

    async def aclose(self) -> None:
        with _in_the_words_of_httpx():
            await self._answer.aclose()


@contextmanager
def _in_the_words_of_httpx() -> Iterator[None]:
    """Raise what httpx raises for an error of httpcore: both have the same names."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
    ) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error
