from __future__ import annotations

import asyncio
import logging
import signal
import socket
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import httpx
import pytest

from batchbell.web.connection import Bounds
from batchbell.web.server import StatusServer
from tests.fakes import eventually
from tests.timeout import TIMEOUT_SECONDS
from tests.web.loop_time import LoopTime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.web.site import Site


@asynccontextmanager
async def serving(
    site: Site,
    listen: str = "127.0.0.1:0",
    *,
    retry_seconds: float = 0.02,
    bounds: Bounds | None = None,
) -> AsyncIterator[StatusServer]:
    """Serve the page until the block ends, which waits for no connection."""
    server = StatusServer(
        lambda: site.app,
        listen,
        site.stop,
        retry_seconds=retry_seconds,
        bounds=bounds,
    )
    task = asyncio.create_task(server.serve())
    try:
        yield server
    finally:
        site.stop.set()
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await task


async def answer_of(server: StatusServer, path: str = "healthz") -> httpx.Response:
    await eventually(lambda: server.url is not None)
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
        return await client.get(f"{server.url}{path}")


async def test_port_0_is_told_as_the_port_that_was_taken(site: Site) -> None:
    async with serving(site) as server:
        answer = await answer_of(server)
        assert answer.json()["healthy"] is True
        assert server.url is not None
        assert not server.url.endswith(":0/")
        assert "server" not in answer.headers


async def test_an_ipv6_address_in_brackets_is_served(site: Site) -> None:
    async with serving(site, "[::1]:0") as server:
        assert (await answer_of(server, "")).status_code == 200
        assert server.url is not None
        assert server.url.startswith("http://[::1]:")


async def test_an_answer_has_the_date_of_its_request(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though nobody looks at the clock in between."""
    async with serving(site) as server:
        await answer_of(server)
        later = "Sun, 29 Nov 2026 12:00:00 GMT"
        monkeypatch.setattr("batchbell.web.connection.formatdate", lambda **_: later)
        assert (await answer_of(server)).headers.get_list("date") == [later]


async def test_it_can_be_bound_before_it_serves(site: Site) -> None:
    server = StatusServer(lambda: site.app, "127.0.0.1:0", site.stop)
    assert server.url is None
    assert server.bind()
    url = server.url
    task = asyncio.create_task(server.serve())
    assert (await answer_of(server)).status_code == 200
    assert server.url == url
    site.stop.set()
    await task
    assert server.url is None


async def test_a_taken_port_is_told_once_and_taken_when_it_is_free(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="batchbell.web")
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        async with serving(site, f"127.0.0.1:{port}") as server:
            await eventually(lambda: bool(caplog.records))
            for _ in range(5):
                assert not server.bind()
            holder.close()
            assert (await answer_of(server)).status_code == 200
    told = [
        record.getMessage() for record in caplog.records if record.name == "batchbell.web.server"
    ]
    assert len(told) == 2
    assert "Address already in use" in told[0]
    assert "everything else goes on" in told[0]
    assert told[1] == "the status page has its port now"


async def test_it_stops_while_it_waits_for_its_port(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        listen = f"127.0.0.1:{holder.getsockname()[1]}"
        async with serving(site, listen, retry_seconds=60):
            await asyncio.sleep(0)


async def test_open_streams_hold_up_no_stop_and_tell_a_commit_before_it(site: Site) -> None:
    async with serving(site) as server:
        await eventually(lambda: server.url is not None)
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client,
            client.stream("GET", f"{server.url}live") as stream,
        ):
            lines = stream.aiter_lines()
            first = await data_line(lines)
            site.polled()
            assert await data_line(lines) != first
            site.stop.set()
            async for _ in lines:
                pass


async def data_line(lines: AsyncIterator[str]) -> str:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        return await anext(line async for line in lines if line.startswith("data: "))


async def test_a_client_that_never_ends_its_request_holds_up_no_stop(site: Site) -> None:
    async with serving(site) as server:
        await answer_of(server)
        assert server.url is not None
        port = httpx.URL(server.url).port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localh")
        await writer.drain()
    del reader
    writer.close()


async def test_signals_stay_the_daemons(site: Site) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    async with serving(site) as server:
        await answer_of(server)
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


async def test_a_server_ends_at_once_if_it_is_stopped_already(site: Site) -> None:
    site.stop.set()
    await StatusServer(lambda: site.app, "127.0.0.1:0", site.stop).serve()


async def test_a_cancelled_server_gives_its_port_back(site: Site) -> None:
    server = StatusServer(lambda: site.app, "127.0.0.1:0", site.stop)
    task = asyncio.create_task(server.serve())
    await answer_of(server)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert server.url is None


async def test_a_mistake_of_ours_is_a_page_with_all_headers_and_a_log_line(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.grace_period = None  # type: ignore[assignment] # breaks the page on purpose
    async with serving(site) as server:
        answer = await answer_of(server, "")
    assert answer.status_code == 500
    assert "its log says why" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "TypeError" in caplog.text


async def connected(server: StatusServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    await eventually(lambda: server.url is not None)
    assert server.url is not None
    port = httpx.URL(server.url).port
    return await asyncio.open_connection("127.0.0.1", port)


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: localh"])
async def test_a_connection_that_asks_for_nothing_is_closed(site: Site, sent: bytes) -> None:
    async with serving(site, bounds=Bounds(idle_seconds=0.2)) as server:
        reader, writer = await connected(server)
        writer.write(sent)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
        writer.close()


async def test_an_open_stream_is_not_closed_however_long_it_is_silent(site: Site) -> None:
    time = LoopTime()
    async with serving(site, bounds=Bounds(idle_seconds=10)) as server:
        await eventually(lambda: server.url is not None)
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client,
            client.stream("GET", f"{server.url}live") as stream,
        ):
            lines = stream.aiter_lines()
            await data_line(lines)
            for _ in range(3):
                await time.passes(11)
            site.polled()
            await data_line(lines)


async def test_more_connections_than_it_has_room_for_are_closed_and_the_others_answered(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(site, bounds=Bounds(own=5, idle_seconds=TIMEOUT_SECONDS)) as server:
        held = [await connected(server) for _ in range(5)]
        for _ in range(20):
            reader, writer = await connected(server)
            async with asyncio.timeout(TIMEOUT_SECONDS):
                with suppress(ConnectionResetError):
                    assert await reader.read() == b""
            writer.close()
        reader, writer = held[0]
        writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
        async with asyncio.timeout(TIMEOUT_SECONDS):
            assert b"200 OK" in await reader.read()
        for _, each in held:
            each.close()
    assert not [record for record in caplog.records if record.name == "asyncio"]


async def test_who_asks_on_and_on_and_reads_nothing_is_cut_off(site: Site) -> None:
    async with serving(site, bounds=Bounds(idle_seconds=0.2)) as server:
        await eventually(lambda: server.url is not None)
        assert server.url is not None
        with socket.socket() as greedy:
            greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            greedy.settimeout(TIMEOUT_SECONDS)
            await asyncio.to_thread(greedy.connect, ("127.0.0.1", httpx.URL(server.url).port))
            with pytest.raises(ConnectionError):
                await asyncio.to_thread(ask_forever, greedy)


def ask_forever(greedy: socket.socket) -> None:
    while True:
        greedy.sendall(b"GET /static/page.css HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)


@pytest.mark.unmeasured
async def test_who_reads_slowly_is_not_cut_off(site: Site) -> None:
    time = LoopTime()
    async with serving(site, bounds=Bounds(idle_seconds=10)) as server:
        reader, writer = await connected(server)
        asked = b"GET /static/page.css HTTP/1.1\r\nHost: localhost\r\n\r\n"
        last = b"GET /static/page.css HTTP/1.0\r\nHost: localhost\r\n\r\n"
        writer.write(asked * 999 + last)
        got = 0
        while part := await reader.read(1 << 18):
            got += part.count(b"HTTP/1.1 200 OK")
            await time.passes(0.2)
        assert got == 1000
        writer.close()


async def test_an_answer_to_a_stranger_ends_the_connection(site: Site) -> None:
    async with serving(site) as server:
        for path in (b"/healthz", b"/readyz"):
            reader, writer = await connected(server)
            writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: evil.example\r\n\r\n")
            async with asyncio.timeout(TIMEOUT_SECONDS):
                assert b"connection: close" in await reader.read()
            writer.close()


@pytest.mark.parametrize(
    ("peer", "others", "has_room"),
    [
        ("192.0.2.1", ["192.0.2.1"] * 2, True),
        ("192.0.2.1", ["192.0.2.1"] * 3, False),
        ("192.0.2.2", ["192.0.2.1"] * 3, True),
        ("192.0.2.2", ["192.0.2.1"] * 3 + ["192.0.2.3"] * 2, False),
        ("192.0.2.2", ["192.0.2.1"] * 3 + ["127.0.0.1"] * 4, True),
        ("127.0.0.1", ["192.0.2.1"] * 3 + ["192.0.2.3"] * 2 + ["127.0.0.1"] * 3, True),
        ("::1", ["127.0.0.1"] * 4, False),
    ],
)
def test_strangers_take_no_room_from_this_machine_and_one_of_them_not_all_of_theirs(
    peer: str, others: list[str], *, has_room: bool
) -> None:
    assert Bounds(strangers=5, of_a_stranger=3, own=4).have_room(peer, others) is has_room


@pytest.mark.parametrize(
    ("peer", "others", "greedy"),
    [
        ("192.0.2.2", ["192.0.2.1"] * 3 + ["192.0.2.3"] * 2, "192.0.2.1"),
        ("192.0.2.3", ["192.0.2.1"] * 3 + ["192.0.2.3"] * 2, None),
        ("192.0.2.1", ["192.0.2.1"] * 3, None),
        ("192.0.2.9", [f"192.0.2.{number}" for number in range(5)], None),
        ("192.0.2.2", ["192.0.2.1"] * 2 + ["127.0.0.1"] * 4, "192.0.2.1"),
        ("127.0.0.1", ["192.0.2.1"] * 3 + ["127.0.0.1"] * 4, None),
    ],
)
def test_who_has_most_connections_gives_way_to_who_has_fewer(
    peer: str, others: list[str], greedy: str | None
) -> None:
    assert Bounds(strangers=5, of_a_stranger=3, own=4).who_gives_way(peer, others) == greedy


async def test_a_probe_from_another_machine_is_answered_however_many_connections_others_hold(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers = iter(["192.0.2.1"] * 3 + ["192.0.2.3"] * 2 + ["192.0.2.7"])
    monkeypatch.setattr("batchbell.web.connection.peer_of", lambda _client: next(peers))
    async with serving(site, bounds=Bounds(strangers=5, of_a_stranger=3)) as server:
        held = [await connected(server) for _ in range(5)]
        reader, writer = await connected(server)
        writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
        async with asyncio.timeout(TIMEOUT_SECONDS):
            assert b"200 OK" in await reader.read()
        for _, each in (*held, (reader, writer)):
            each.close()


async def test_broken_requests_are_answered_and_fill_no_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(site) as server:
        for _ in range(3):
            reader, writer = await connected(server)
            writer.write(b"\x16\x03\x01 not HTTP\r\n\r\n")
            async with asyncio.timeout(TIMEOUT_SECONDS):
                assert b"400" in await reader.read()
            writer.close()
    assert not caplog.records
