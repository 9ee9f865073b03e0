from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from batchbell.core.delivery.outcome import Fault
from batchbell.receivers.notifier import Notifier
from batchbell.receivers.receiver import UrlReceiver, WebhookReceiver
from batchbell.receivers.web_clients import WebClients
from tests.fakes import eventually
from tests.receivers.sample_messages import CONTENT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from batchbell.receivers.receiver import Receiver


class KeepingServer:
    """Answers every POST, keeps its connections, and sets a cookie."""

    def __init__(self) -> None:
        """Serve nothing yet."""
        #: So many requests of each connection are answered; whether one more is taken then.
        self.answers_each, self.breaks_off = 1_000, False
        self.connections = 0
        self.open = 0
        self.heads: list[str] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer on one connection until it is closed."""
        self.connections += 1
        self.open += 1
        try:
            for _ in range(self.answers_each):
                await self._take(reader)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\nok")
                await writer.drain()
            if self.breaks_off:
                await self._take(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        self.open -= 1

    async def _take(self, reader: asyncio.StreamReader) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        self.heads.append(head)
        await reader.readexactly(int(head.partition("content-length:")[2].split()[0]))


@pytest.fixture
async def server() -> AsyncIterator[KeepingServer]:
    keeping = KeepingServer()
    async with await asyncio.start_server(keeping.serve, "127.0.0.1", 0) as listening:
        keeping.port = listening.sockets[0].getsockname()[1]
        yield keeping
        await eventually(lambda: keeping.open == 0)


def receivers(port: int) -> list[Receiver]:
    return [
        UrlReceiver(f"ntfy://127.0.0.1:{port}/bell"),
        WebhookReceiver(f"http://127.0.0.1:{port}/hook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ]


@pytest.mark.parametrize("kind", [0, 1], ids=["url", "webhook"])
async def test_a_burst_of_messages_takes_one_connection(server: KeepingServer, kind: int) -> None:
    notifier, receiver = Notifier(), receivers(server.port)[kind]
    for number in range(5):
        assert (await notifier.send("team", receiver, CONTENT, f"key-{number}")).delivered
    assert (server.connections, len(server.heads)) == (1, 5)
    await notifier.close()
    await eventually(lambda: server.open == 0)


@pytest.mark.parametrize("kind", [0, 1], ids=["url", "webhook"])
async def test_a_connection_that_the_receiver_closed_meanwhile_is_not_used_again(
    server: KeepingServer, kind: int
) -> None:
    server.answers_each = 1
    notifier, receiver = Notifier(), receivers(server.port)[kind]
    for number in range(3):
        assert (await notifier.send("team", receiver, CONTENT, f"key-{number}")).delivered
        await eventually(lambda: server.open == 0)
    assert (server.connections, len(server.heads)) == (3, 3)
    await notifier.close()


@pytest.mark.parametrize("kind", [0, 1], ids=["url", "webhook"])
async def test_what_a_kept_connection_took_without_an_answer_is_not_sent_again_at_once(
    server: KeepingServer, kind: int
) -> None:
    """The receiver may have it: whether and when it is sent again is the queue's to decide."""
    server.answers_each, server.breaks_off = 1, True
    notifier, receiver = Notifier(), receivers(server.port)[kind]
    assert (await notifier.send("team", receiver, CONTENT, "key-1")).delivered
    broken = await notifier.send("team", receiver, CONTENT, "key-2")
    assert (broken.delivered, broken.permanent, broken.fault) == (False, False, Fault.UNKNOWN)
    assert (server.connections, len(server.heads)) == (1, 2)
    assert (await notifier.send("team", receiver, CONTENT, "key-2")).delivered
    await notifier.close()


async def test_no_message_carries_what_an_answer_before_it_wanted_to_be_remembered(
    server: KeepingServer,
) -> None:
    notifier = Notifier()
    for receiver in receivers(server.port):
        assert (await notifier.send("team", receiver, CONTENT, "key")).delivered
    assert not any("cookie:" in head for head in server.heads)
    await notifier.close()


async def test_behind_a_burst_nothing_stays_open(server: KeepingServer) -> None:
    clients = WebClients(idle_seconds=0.01)
    url = f"http://127.0.0.1:{server.port}/"
    for _ in range(2):
        async with (
            clients.client() as client,
            client.stream("POST", url, content=b"1", timeout_seconds=10) as answer,
        ):
            await answer.read(10)
        await eventually(lambda: server.open == 0)
    assert server.connections == 2
    await clients.close()


async def test_a_client_in_use_is_not_closed_behind_another_s_burst(server: KeepingServer) -> None:
    clients = WebClients(idle_seconds=0.0)
    async with clients.client() as first:
        async with clients.client() as second:
            assert second is first
        async with clients.client(verify=False) as other:
            assert other is not first
        await asyncio.sleep(0.01)
        url = f"http://127.0.0.1:{server.port}/"
        async with first.stream("POST", url, content=b"1", timeout_seconds=10) as answer:
            assert answer.status == 200
    await clients.close()


async def test_one_that_is_in_use_when_all_are_closed_ends_in_peace(server: KeepingServer) -> None:
    clients = WebClients(idle_seconds=0.0)
    async with clients.client():
        await clients.close()
    async with (
        clients.client() as client,
        client.stream(
            "POST", f"http://127.0.0.1:{server.port}/", content=b"1", timeout_seconds=10
        ) as answer,
    ):
        assert answer.status == 200
    await clients.close()
