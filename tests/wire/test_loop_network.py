from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from batchbell.wire.loop_network import MOST_UNREAD_BYTES, LoopNetwork, LoopStream
from tests.fakes import eventually
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: More than socket buffers and what a stream keeps hold together.
MUCH = 32 * 2**20


class Peer:
    """The other end of a connection, played by hand."""

    def __init__(self) -> None:
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter
        self.came = asyncio.Event()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.came.set()


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[LoopStream, Peer]]:
    peer = Peer()
    server = await asyncio.start_server(peer.take, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        stream = await LoopNetwork().connect_tcp("127.0.0.1", port, TIMEOUT_SECONDS)
        await peer.came.wait()
        try:
            yield stream, peer
        finally:
            await stream.aclose()
            peer.writer.close()


async def test_what_comes_is_read_in_pieces_of_at_most_what_was_asked_for() -> None:
    async with connected() as (stream, peer):
        peer.writer.write(b"hello")
        assert await stream.read(2) == b"he"
        assert await stream.read(100) == b"llo"
        peer.writer.close()
        assert await stream.read(100) == b""
        assert await stream.read(100) == b""


async def test_who_sends_more_than_is_read_has_to_wait_and_nothing_is_lost() -> None:
    async with connected() as (stream, peer):
        sent = bytes(range(256)) * (MUCH // 256)
        peer.writer.write(sent)
        # As long as nobody reads, most of it stays with the sender.
        await eventually(lambda: not stream._transport.is_reading())
        assert stream._unread_bytes <= MOST_UNREAD_BYTES + 256 * 2**10
        peer.writer.close()
        got = bytearray()
        while piece := await stream.read(100_000):
            got += piece
        assert bytes(got) == sent


async def test_a_write_waits_for_a_slow_reader() -> None:
    async with connected() as (stream, peer):
        sent = b"x" * MUCH
        writing = asyncio.create_task(stream.write(sent))
        await eventually(lambda: not stream._may_write.is_set())
        assert not writing.done()
        assert await peer.reader.readexactly(MUCH) == sent
        await writing


async def test_what_takes_too_long_is_a_time_out() -> None:
    async with connected() as (stream, _):
        with pytest.raises(httpx.ReadTimeout):
            await stream.read(100, timeout=0.01)
        with pytest.raises(httpx.WriteTimeout):
            await stream.write(b"x" * MUCH, timeout=0.01)


async def test_a_connection_that_breaks_says_so_to_who_reads_and_who_writes() -> None:
    async with connected() as (stream, peer):
        writing = asyncio.create_task(stream.write(b"x" * MUCH))
        await eventually(lambda: not stream._may_write.is_set())
        reset(peer)
        with pytest.raises(httpx.WriteError):
            await writing
        with pytest.raises(httpx.ReadError):
            await stream.read(100)
        with pytest.raises(httpx.WriteError):
            await stream.write(b"more")


async def test_a_connection_tcp_gave_up_on_is_broken_and_not_late() -> None:
    """A time-out is taken for one of connecting, after which nothing was sent."""
    async with connected() as (stream, _):
        stream._transport.abort()
        stream.connection_lost(TimeoutError(errno.ETIMEDOUT, "Connection timed out"))
        with pytest.raises(httpx.ReadError, match="timed out"):
            await stream.read(100)
        with pytest.raises(httpx.WriteError, match="timed out"):
            await stream.write(b"more")


async def test_one_that_was_hung_up_takes_nothing_more() -> None:
    async with connected() as (stream, _):
        await stream.aclose()
        with pytest.raises(httpx.WriteError, match="closed"):
            await stream.write(b"more")
        assert stream.get_extra_info("is_readable")
        await eventually(lambda: stream._is_lost)
        await stream.aclose()


async def test_one_that_is_gone_when_it_is_to_be_encrypted_was_not_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def gone(*_asked: object, **_options: object) -> None:
        """Return what asyncio does of a connection lost just after the handshake."""

    monkeypatch.setattr(asyncio.get_running_loop(), "start_tls", gone)
    async with connected() as (stream, _):
        with pytest.raises(httpx.ConnectError, match="closed meanwhile"):
            await stream.start_tls(ssl.create_default_context())


async def test_an_idle_one_is_readable_once_its_other_end_is_closed() -> None:
    async with connected() as (stream, peer):
        assert not stream.get_extra_info("is_readable")
        peer.writer.close()
        await peer.writer.wait_closed()
        # Seen at once, not only when the loop comes to it.
        assert stream.get_extra_info("is_readable")


async def test_of_several_addresses_that_refuse_none_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    async def both(*_asked: object, **_options: object) -> list[Any]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        return [(*kind, (address, port)) for address in ("127.0.0.1", "127.0.0.2")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
    with pytest.raises(httpx.ConnectError) as failure:
        await LoopNetwork().connect_tcp("twice.invalid", port)
    assert str(failure.value) == "all connection attempts failed"


@pytest.mark.parametrize("host", ["twice..example", ".example", "a" * 64 + ".example"])
async def test_a_name_that_can_t_be_one_is_a_failed_connect(host: str) -> None:
    with pytest.raises(httpx.ConnectError, match="no host can have this name"):
        await LoopNetwork().connect_tcp(host, 80)


@pytest.mark.parametrize("port", [-1, 2**16 + 1])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_port_below_the_first_or_above_the_last_is_a_failed_connect(
    host: str, port: int
) -> None:
    with pytest.raises(httpx.ConnectError, match="no such port"):
        await LoopNetwork().connect_tcp(host, port)


async def test_who_hangs_up_in_the_handshake_is_said_to_have() -> None:
    async with connected() as (stream, peer):
        encrypting = asyncio.create_task(
            stream.start_tls(ssl.create_default_context(), server_hostname="127.0.0.1")
        )
        await peer.reader.read(1)
        peer.writer.write_eof()
        with pytest.raises(httpx.ConnectError, match="hung up"):
            await encrypting


def reset(peer: Peer) -> None:
    """Hang up so that the other end is told of a break, not of an end."""
    own = peer.writer.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    peer.writer.transport.abort()
