"""Requests straight to where they go: HTTP/1.1 on connections that are kept, one request at a time.

httpx and its layers do the same in three to four times the processor time, and in two writes where
this takes one: most of what ten channels that are told at once took was theirs. Errors are httpx's.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import h11
import httpx

from batchbell.wire.connection import KeptConnection, in_the_words_of_httpx
from batchbell.wire.loop_network import LoopNetwork

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Sequence

    from batchbell.wire.connection import Origin

_PORTS = {"http": 80, "https": 443}


class DirectConnections:
    """Opens and keeps them; used from one event loop."""

    def __init__(self, tls: ssl.SSLContext, *, keepalive_seconds: float) -> None:
        """Open nothing yet; one that is idle for longer than that is closed at the next request."""
        tls.set_alpn_protocols(["http/1.1"])
        self._tls = tls
        self._keepalive_seconds = keepalive_seconds
        self._network = LoopNetwork()
        self._open: set[KeptConnection] = set()
        self._idle: defaultdict[Origin, list[KeptConnection]] = defaultdict(list)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        address: httpx.URL,
        *,
        headers: Sequence[tuple[bytes, bytes]],
        content: bytes,
        connect_seconds: float | None,
    ) -> AsyncIterator[DirectAnswer]:
        """Send a request; its answer is there for the length of the `with` block."""
        answer = await self.ask(
            method, address, headers=headers, content=content, connect_seconds=connect_seconds
        )
        try:
            yield answer
        finally:
            answer.close()

    async def ask(
        self,
        method: str,
        address: httpx.URL,
        *,
        headers: Sequence[tuple[bytes, bytes]],
        content: bytes,
        connect_seconds: float | None,
    ) -> DirectAnswer:
        """Send a request; return its answer, which is to be closed. Raises `httpx.HTTPError`.

        `headers` are all there are; `connect_seconds` bounds the connecting alone.
        """
        if address.scheme not in _PORTS or not address.host:
            raise httpx.UnsupportedProtocol("no http or https address")
        origin = address.scheme, address.raw_host.decode("ascii"), _port_of(address)
        self._hang_up_expired()
        with in_the_words_of_httpx():
            connection = self._free(origin) or await self._connect(origin, connect_seconds)
            try:
                await connection.send(method, address.raw_path, headers, content)
                head = await connection.head()
            except BaseException:
                self._hang_up(connection)
                raise
        return DirectAnswer(head, connection, self)

    def end(self, connection: KeptConnection) -> None:
        """Keep a connection whose exchange has ended; hang up if it broke off."""
        if connection in self._open and connection.is_done:
            connection.rest(until=_now() + self._keepalive_seconds)
            self._idle[connection.origin].append(connection)
        else:
            self._hang_up(connection)

    def close(self) -> None:
        """Close all connections."""
        for connection in list(self._open):
            self._hang_up(connection)
        self._idle.clear()

    def _free(self, origin: Origin) -> KeptConnection | None:
        """Return the one that was used last, unless it is closed by now."""
        idle = self._idle[origin]
        while idle:
            connection = idle.pop()
            if connection.is_usable:
                return connection
            self._hang_up(connection)
        return None

    def _hang_up_expired(self) -> None:
        """Close what was idle for too long: perhaps nobody asks there again."""
        now = _now()
        for origin, idle in list(self._idle.items()):
            # The one that was used last is the last.
            while idle and not idle[0].is_kept(now):
                self._hang_up(idle.pop(0))
            if not idle:
                del self._idle[origin]

    async def _connect(self, origin: Origin, seconds: float | None) -> KeptConnection:
        scheme, host, port = origin
        stream = await self._network.connect_tcp(host, port, seconds)
        if scheme == "https":
            try:
                await stream.start_tls(self._tls, host, seconds)
            except BaseException:
                stream.hang_up()
                raise
        connection = KeptConnection(origin, stream)
        self._open.add(connection)
        return connection

    def _hang_up(self, connection: KeptConnection) -> None:
        self._open.discard(connection)
        connection.stream.hang_up()


class DirectAnswer:
    """An answer whose body may still be on its way."""

    def __init__(
        self, head: h11.Response, connection: KeptConnection, connections: DirectConnections
    ) -> None:
        self.status_code = head.status_code
        self.headers = httpx.Headers(head.headers.raw_items())
        self._connection: KeptConnection | None = connection
        self._connections = connections

    async def aiter_raw(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes. Raises `httpx.HTTPError`."""
        with in_the_words_of_httpx():
            while self._connection is not None:
                event = await self._connection.next_event()
                if not isinstance(event, h11.Data):
                    return
                yield bytes(event.data)

    def close(self) -> None:
        """Let the connection be used again, or hang up if the answer is not at its end."""
        if self._connection is not None:
            self._connections.end(self._connection)
            self._connection = None


def _port_of(address: httpx.URL) -> int:
    return _PORTS[address.scheme] if address.port is None else address.port


def _now() -> float:
    return asyncio.get_running_loop().time()
