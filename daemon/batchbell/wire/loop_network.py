"""Connections on the event loop's own transports, with httpx's words for what goes wrong.

httpx's usual ones go through httpcore and anyio. A request over a kept connection takes two thirds
of the time without: nothing is started and stopped for each read, and to ask each idle connection,
before a request, whether it was closed meanwhile takes one system call where it took three.
"""

from __future__ import annotations

import asyncio
import select
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

#: So much may have come that nobody has read yet, bytes; then the sender waits.
MOST_UNREAD_BYTES = 512 * 2**10
#: How long one of a host's addresses is tried alone before the next one is tried too, seconds.
#: Source: RFC 8305, section 8.
NEXT_ADDRESS_AFTER_SECONDS = 0.25
_LAST_PORT = 2**16 - 1


class LoopNetwork:
    """Opens them; for asyncio alone."""

    async def connect_tcp(self, host: str, port: int, seconds: float | None = None) -> LoopStream:
        """Connect within some seconds. Raises `ConnectError`, `ConnectTimeout`."""
        if not 0 <= port <= _LAST_PORT:
            # A name would be asked at this by 65,536 off; an address fails with an `IndexError`.
            raise httpx.ConnectError("there is no such port")
        loop = asyncio.get_running_loop()
        with _in_its_words(httpx.ConnectTimeout, httpx.ConnectError):
            async with asyncio.timeout(seconds):
                _, stream = await loop.create_connection(
                    LoopStream, host, port, happy_eyeballs_delay=NEXT_ADDRESS_AFTER_SECONDS
                )
        return stream


class LoopStream(asyncio.Protocol):
    """One connection; one reads at a time, and one writes."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._unread: deque[bytes] = deque()
        self._unread_bytes = 0
        self._has_ended = self._is_lost = False
        #: What broke it; None if it was closed in good order.
        self._broken: Exception | None = None
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._may_read = asyncio.Event()

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take what sends."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a stream it is one
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep what came until it is read."""
        self._unread.append(data)
        self._unread_bytes += len(data)
        if self._unread_bytes > MOST_UNREAD_BYTES:
            self._transport.pause_reading()
        self._may_read.set()

    def eof_received(self) -> None:
        """Note that nothing more comes: the loop closes it."""
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that it is gone."""
        self._is_lost = True
        self._end(exc)
        self._may_write.set()

    def pause_writing(self) -> None:
        """Let who writes wait."""
        self._may_write.clear()

    def resume_writing(self) -> None:
        """Let it go on."""
        self._may_write.set()

    # What sends and reads.

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Return what came next, b"" at the end. Raises `ReadError`, `ReadTimeout`."""
        with _in_its_words(httpx.ReadTimeout, httpx.ReadError):
            if not self._unread and not self._has_ended:
                self._may_read.clear()
                async with asyncio.timeout(timeout):
                    await self._may_read.wait()
            if not self._unread:
                return self._at_the_end()
            return self._next(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send it all. Raises `WriteError`, `WriteTimeout`."""
        with _in_its_words(httpx.WriteTimeout, httpx.WriteError):
            if self._transport.is_closing():
                raise self._broken or ConnectionResetError("the connection is closed")
            self._transport.write(buffer)
            if not self._may_write.is_set():
                async with asyncio.timeout(timeout):
                    await self._may_write.wait()
            if self._broken is not None:
                raise self._broken

    async def aclose(self) -> None:
        """Hang up."""
        self.hang_up()

    def hang_up(self) -> None:
        """Hang up at once: whoever closes it waits for nothing more.

        Whoever still reads learns that it broke: an answer may have no other end than this.
        """
        if not self._has_ended:
            self._end(ConnectionAbortedError("it was closed here"))
        if not self._is_lost:
            # One that is gone fails at this. Source: Python 3.11, `asyncio/selector_events.py`.
            self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> LoopStream:
        """Go on encrypted. Raises `ConnectError`, `ConnectTimeout`."""
        loop = asyncio.get_running_loop()
        with _in_its_words(httpx.ConnectTimeout, httpx.ConnectError):
            async with asyncio.timeout(timeout):
                encrypted = await loop.start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname
                )
            if encrypted is None:
                raise ConnectionResetError("the connection was closed meanwhile")
        self._transport = encrypted
        return self

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as asyncio's
        """Return whether something came or it was closed, and what TLS it has; None of others."""
        if info == "is_readable":
            is_over = self._has_ended or self._transport.is_closing()
            return bool(self._unread) or is_over or self._has_come_by_now()
        return self._transport.get_extra_info(info)

    def _at_the_end(self) -> bytes:
        if self._broken is not None:
            raise self._broken
        return b""

    def _next(self, max_bytes: int) -> bytes:
        piece = self._unread.popleft()
        if len(piece) > max_bytes:
            self._unread.appendleft(piece[max_bytes:])
            piece = piece[:max_bytes]
        was_full = self._unread_bytes > MOST_UNREAD_BYTES
        self._unread_bytes -= len(piece)
        if was_full and self._unread_bytes <= MOST_UNREAD_BYTES and not self._has_ended:
            self._transport.resume_reading()
        return piece

    def _end(self, error: Exception | None) -> None:
        self._has_ended, self._broken = True, error or self._broken
        self._may_read.set()

    def _has_come_by_now(self) -> bool:
        """Whether there is something the loop has not seen yet: of an idle one that is its end."""
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket"), select.POLLIN)
        return bool(poll.poll(0))


@contextmanager
def _in_its_words(too_late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    try:
        yield
    except UnicodeError:
        # Of a name with an empty part, or one of more than 63 letters. It says the whole name.
        raise broken("no host can have this name") from None
    except OSError as error:
        if isinstance(error, TimeoutError) and error.errno is None:
            raise too_late(str(error)) from error
        # With a number it is the system's: TCP gave up on a connection that was made.
        if error.errno is None and "Multiple exceptions" in str(error):
            # With addresses in it, which nobody has to read.
            raise broken("all connection attempts failed") from None
        raise broken(str(error) or "the other end hung up") from error
