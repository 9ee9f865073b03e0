from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import httpx
import pytest

from batchbell.wire.direct import DirectAnswer, DirectConnections
from batchbell.wire.http import HttpClient
from batchbell.wire.loop_network import LoopStream
from tests.raw_server import answering, message
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LONG, NO_TIME = 600.0, 0.0


class Server:
    """Answers each request of a connection with the same bytes; knows who connected."""

    def __init__(self, answer: bytes = message(b"ok")) -> None:
        self.answer = answer
        self.connections = 0
        #: What came at once.
        self.segments: list[bytes] = []
        self.url = httpx.URL()
        #: Set when a client has gone.
        self.is_left = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with closing(writer):
            while came := await reader.read(2**16):
                self.segments.append(came)
                writer.write(self.answer)
        self.is_left.set()


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Server]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = httpx.URL(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/")
    async with listening:
        yield server


@asynccontextmanager
async def direct(keepalive_seconds: float = LONG) -> AsyncIterator[DirectConnections]:
    connections = DirectConnections(httpx.create_ssl_context(), keepalive_seconds=keepalive_seconds)
    try:
        yield connections
    finally:
        connections.close()


async def post(connections: DirectConnections, url: httpx.URL, body: bytes = b"x") -> DirectAnswer:
    return await connections.ask(
        "POST",
        url,
        headers=[(b"Host", url.netloc), (b"Content-Length", b"%d" % len(body))],
        content=body,
        connect_seconds=TIMEOUT_SECONDS,
    )


async def body_of(answer: DirectAnswer) -> bytes:
    body = b"".join([piece async for piece in answer.aiter_raw()])
    answer.close()
    return body


async def test_a_small_request_is_one_segment_head_and_body_together() -> None:
    async with serving(Server()) as server, direct() as connections:
        await body_of(await post(connections, server.url, b"all of it"))
    (segment,) = server.segments
    assert segment.startswith(b"POST / HTTP/1.1\r\n")
    assert segment.endswith(b"\r\n\r\nall of it")


async def test_two_at_once_have_a_connection_each_and_both_are_kept() -> None:
    async with serving(Server()) as server, direct() as connections:
        for _ in range(2):
            both = [await post(connections, server.url) for _ in range(2)]
            assert [await body_of(answer) for answer in both] == [b"ok", b"ok"]
    assert server.connections == 2


async def test_one_that_was_idle_for_too_long_is_not_used_again() -> None:
    async with serving(Server()) as server, direct(NO_TIME) as connections:
        for _ in range(2):
            await body_of(await post(connections, server.url))
            # The clock has moved: by how much does not matter.
            await asyncio.sleep(0.001)
    assert server.connections == 2


async def test_one_that_was_idle_for_too_long_is_closed_by_a_request_to_elsewhere() -> None:
    async with (
        serving(Server()) as left,
        serving(Server()) as other,
        direct(NO_TIME) as connections,
    ):
        await body_of(await post(connections, left.url))
        await asyncio.sleep(0.001)
        await body_of(await post(connections, other.url))
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await left.is_left.wait()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok",
        message(b"ok") + b"\r\n",
        message(b"ok") + message(b"to nothing"),
    ],
    ids=["a body of none", "an empty line", "another answer"],
)
async def test_what_comes_behind_an_answer_is_not_taken_for_the_next_one(answer: bytes) -> None:
    async with serving(Server(answer)) as server, direct() as connections:
        first, second = [await body_of(await post(connections, server.url)) for _ in range(2)]
    assert first == second
    assert server.connections == 2


async def test_an_answer_that_is_cut_by_closing_here_is_not_taken_for_whole() -> None:
    until_close = b"HTTP/1.1 200 OK\r\n\r\nhalf of"
    async with serving(Server(until_close)) as server, direct() as connections:
        answer = await post(connections, server.url)
        connections.close()
        with pytest.raises(httpx.ReadError, match="it was closed here"):
            await body_of(answer)


async def test_one_whose_answer_was_not_read_to_its_end_is_not_used_again() -> None:
    async with serving(Server()) as server, direct() as connections:
        (await post(connections, server.url)).close()
        await body_of(await post(connections, server.url))
    assert server.connections == 2


async def test_what_is_said_before_the_answer_is_passed_over() -> None:
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    async with serving(Server(early + message(b"ok"))) as server, direct() as connections:
        answer = await post(connections, server.url)
        assert (answer.status_code, await body_of(answer)) == (200, b"ok")


async def test_who_refuses_before_all_is_read_has_answered_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(self: LoopStream, buffer: bytes) -> None:
        self._transport.write(buffer)
        raise httpx.WriteError("the other end hung up")

    monkeypatch.setattr(LoopStream, "write", broken)
    refusal = message(b"too large", "Connection: close", status="413 Too Large")
    async with serving(Server(refusal)) as server, direct() as connections:
        answer = await post(connections, server.url)
        assert (answer.status_code, await body_of(answer)) == (413, b"too large")


async def test_an_answer_to_nothing_that_was_asked_is_a_broken_protocol() -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
    async with serving(Server(switch)) as server, direct() as connections:
        with pytest.raises(httpx.RemoteProtocolError):
            await post(connections, server.url)
        with pytest.raises(httpx.RemoteProtocolError):
            await post(connections, server.url)
    assert server.connections == 2


async def test_what_is_open_when_all_are_closed_is_not_kept() -> None:
    async with serving(Server()) as server, direct() as connections:
        answer = await post(connections, server.url)
        connections.close()
        answer.close()
        await body_of(await post(connections, server.url))
    assert server.connections == 2


async def test_an_address_that_logs_in_does_so() -> None:
    http = HttpClient(user_agent="test", takes_cookies=False)
    async with answering(message(b"")) as server:
        url = server.url.replace("//", "//bell:fake@")
        async with http.stream("POST", url, content=b"x", timeout_seconds=TIMEOUT_SECONDS):
            pass
        await http.close()
    assert b"Authorization: Basic YmVsbDpmYWtl\r\n" in server.requests[0]
