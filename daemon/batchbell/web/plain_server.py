"""Answers a few addresses over a bare socket, without the libraries that a page takes.

They would be a fifth of the memory of a daemon that has no page.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import socket

#: Makes an answer's status and its JSON.
Make: TypeAlias = Callable[[], Awaitable[tuple[HTTPStatus, Mapping[str, Any]]]]

#: Who asks for longer is left alone, seconds.
IDLE_SECONDS = 10.0
#: A longer head is no question of ours, bytes.
_MOST_BYTES = 8 * 2**10
#: Connections at the same time, and those that the system holds until they are taken.
_MOST, BACKLOG = 100, 32


async def answer_until(
    stop: asyncio.Event,
    bound: socket.socket,
    addresses: Mapping[str, Make],
    *,
    idle_seconds: float = IDLE_SECONDS,
) -> None:
    """Answer on a bound Unix socket until `stop` is set, one question a connection; close it."""
    asking: set[asyncio.Task[Any]] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(asking) >= _MOST:
            writer.transport.abort()
            return
        asking.add(task)
        try:
            # A question that breaks off, or is none, has no answer.
            with suppress(TimeoutError, EOFError, ConnectionError, asyncio.LimitOverrunError):
                async with asyncio.timeout(idle_seconds):
                    writer.write(await _answer(await reader.readuntil(b"\r\n\r\n"), addresses))
                    await writer.drain()
        finally:
            asking.discard(task)
            writer.close()

    server = await asyncio.start_unix_server(take, sock=bound, limit=_MOST_BYTES, backlog=BACKLOG)
    try:
        await stop.wait()
    finally:
        server.close()
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def _nothing() -> tuple[HTTPStatus, Mapping[str, Any]]:
    return HTTPStatus.NOT_FOUND, {"error": "nothing is here"}


async def _read_only() -> tuple[HTTPStatus, Mapping[str, Any]]:
    return HTTPStatus.METHOD_NOT_ALLOWED, {"error": "this can only be read"}


async def _answer(head: bytes, addresses: Mapping[str, Make]) -> bytes:
    method, path = [*head.split(b"\r\n", 1)[0].decode("latin-1").split(" "), ""][:2]
    make = addresses.get(path.partition("?")[0], _nothing)
    status, document = await (make if method == "GET" else _read_only)()
    body = json.dumps(document).encode()
    told = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return told.encode() + body
