"""An HTTP server that answers with given bytes, for what no well-behaved server sends."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_NO_LINGER = struct.pack("ii", 1, 0)


class RawServer:
    """Answers every request with the same bytes, then closes, hangs or resets the connection."""

    def __init__(self, answer: bytes, *, then: str) -> None:
        self.answer = answer
        #: "close", "hang" or "reset".
        self.then = then
        #: What was received, one item a request.
        self.requests: list[bytes] = []
        #: Set when a client has gone.
        self.left = asyncio.Event()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(_header(head, b"content-length") or 0)
            self.requests.append(head + await reader.readexactly(length))
            writer.write(self.answer)
            await writer.drain()
            if self.then == "hang":
                await reader.read()
            if self.then == "reset":
                await asyncio.sleep(0)
                sock = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.left.set()
            writer.close()


@asynccontextmanager
async def answering(answer: bytes, *, then: str = "close") -> AsyncIterator[RawServer]:
    """Run a `RawServer` on a free port of 127.0.0.1."""
    raw = RawServer(answer, then=then)
    server = await asyncio.start_server(raw.serve, "127.0.0.1", 0, limit=2**20)
    raw.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield raw
    finally:
        server.close()


def message(body: bytes, *headers: str, status: str = "200 OK", length: int | None = -1) -> bytes:
    """Return an HTTP answer; `length` -1 is that of the body, None is chunked."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if length is None:
        lines.append("Transfer-Encoding: chunked")
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    else:
        lines.append(f"Content-Length: {len(body) if length < 0 else length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _header(head: bytes, name: bytes) -> bytes | None:
    for line in head.split(b"\r\n"):
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return None
