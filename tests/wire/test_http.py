from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import ssl
import sys
from contextlib import asynccontextmanager, closing
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from batchbell.errors import ConfigError, MalformedError, UnavailableError
from batchbell.wire.answer import MAX_ERROR_BYTES
from batchbell.wire.connection import READ_BYTES
from batchbell.wire.http import (
    ERROR_BODY_SECONDS,
    HttpClient,
    _tls,
)
from batchbell.wire.request_errors import ConnectFailedError, NothingSentError
from tests.raw_server import answering, message
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

#: Part of addresses and headers of these tests; must be in no error and no log.
SECRET = "fake-secret-0123"


@pytest.fixture(params=["httpx", "straight"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let every test go both ways: through httpx, which knows cookies, and straight."""
    way: str = request.param
    monkeypatch.setitem(_OPTIONS, "takes_cookies", way == "httpx")
    return way


_OPTIONS: dict[str, bool] = {}


@asynccontextmanager
async def http_client(
    *, max_bytes: int = 2**20, error_body_seconds: float = ERROR_BODY_SECONDS
) -> AsyncIterator[HttpClient]:
    http = HttpClient(
        user_agent="batchbell/test",
        max_bytes=max_bytes,
        error_body_seconds=error_body_seconds,
        **_OPTIONS,
    )
    try:
        yield http
    finally:
        await http.close()


async def fetch(
    url: str,
    *,
    max_bytes: int = 2**20,
    timeout_seconds: float = TIMEOUT_SECONDS,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    async with (
        http_client(max_bytes=max_bytes) as http,
        http.stream("GET", url, headers=headers, timeout_seconds=timeout_seconds) as answer,
    ):
        return answer.status, await answer.read(max_bytes)


async def test_a_request_carries_what_was_given_and_asks_for_gzip() -> None:
    async with answering(message(b"hello", "X-Kind: Test")) as server:
        async with (
            http_client() as http,
            http.stream(
                "POST",
                f"{server.url}/ping",
                headers={"Authorization": "Bearer x"},
                content=b"body",
                timeout_seconds=TIMEOUT_SECONDS,
            ) as answer,
        ):
            assert answer.status == 200
            assert answer.headers["x-kind"] == answer.headers["X-KIND"] == "Test"
            assert answer.host == server.url.removeprefix("http://")
            assert await answer.read(100) == b"hello"
        request = server.requests[0].decode()
    assert request.startswith("POST /ping HTTP/1.1\r\n")
    assert request.endswith("\r\n\r\nbody")
    assert "User-Agent: batchbell/test\r\n" in request
    assert "Accept-Encoding: gzip\r\n" in request
    assert "Authorization: Bearer x\r\n" in request


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "500 Oh", "302 Found", "999 Odd"])
async def test_any_status_is_an_answer_and_no_redirect_is_followed(status: str) -> None:
    answer = message(b"body", "Location: /elsewhere", status=status)
    async with answering(answer) as server:
        assert await fetch(server.url) == (int(status[:3]), b"body")
        assert len(server.requests) == 1


@pytest.mark.parametrize("length", [-1, None])
async def test_a_gzip_body_is_unpacked(length: int | None) -> None:
    body = gzip.compress(b"text " * 50_000)
    async with answering(message(body, "Content-Encoding: gzip", length=length)) as server:
        assert await fetch(server.url) == (200, b"text " * 50_000)


async def test_chunks_are_small_and_other_tasks_run_in_between() -> None:
    body = gzip.compress(bytes(2**20))
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    async with (
        answering(message(body, "Content-Encoding: gzip")) as server,
        http_client() as http,
        http.stream("GET", server.url, timeout_seconds=TIMEOUT_SECONDS) as answer,
    ):
        ticking = asyncio.create_task(tick())
        before = ticks
        sizes = [len(chunk) async for chunk in answer.chunks()]
        ticking.cancel()
    assert sum(sizes) == 2**20
    assert max(sizes) <= 65_536
    assert ticks - before >= len(sizes) - 1 > 10


async def test_a_large_body_is_not_read_in_small_pieces() -> None:
    body = bytes(8 * 2**20)
    async with (
        answering(message(body)) as server,
        http_client(max_bytes=len(body)) as http,
        http.stream("GET", server.url, timeout_seconds=5) as answer,
    ):
        sizes = [len(chunk) async for chunk in answer.chunks()]
    assert sum(sizes) == len(body)
    assert 65_536 < max(sizes) <= READ_BYTES


async def test_a_connection_is_kept_for_the_next_request() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        with closing(writer):
            for _ in range(2):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(message(b"again"))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, http_client() as http:
        for _ in range(2):
            async with http.stream("GET", url, timeout_seconds=TIMEOUT_SECONDS) as answer:
                assert await answer.read(100) == b"again"
    assert connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        message(b"x" * 2_000),
        message(b"x" * 2_000, length=None),
        message(b"", length=10**18),
        message(gzip.compress(bytes(2_000)), "Content-Encoding: gzip"),
        message(gzip.compress(b"") * 100, "Content-Encoding: gzip"),
    ],
    ids=["plain", "chunked", "promised", "gzip bomb", "many empty gzip members"],
)
async def test_a_body_above_the_cap_is_malformed(answer: bytes) -> None:
    async with answering(answer, then="hang") as server:
        with pytest.raises(MalformedError, match="more than 1,000 bytes"):
            await fetch(server.url, max_bytes=1_000)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (message(b"<html>", "Content-Encoding: gzip"), "broken gzip"),
        (message(b"<html>", "Content-Encoding: br"), "compression nobody asked for"),
    ],
)
async def test_a_body_that_can_t_be_unpacked_is_malformed(answer: bytes, words: str) -> None:
    async with answering(answer) as server:
        with pytest.raises(MalformedError, match=words):
            await fetch(server.url)


@pytest.mark.parametrize(
    ("answer", "then"),
    [
        (b"", "close"),
        (b"", "reset"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "close"),
        (b"HTTP/1.1 200 OK\r\nContent-", "close"),
        (message(b"half", length=100), "close"),
        (message(b"half", length=100), "reset"),
        (message(b"", length=None)[:-5] + b"zz\r\n", "close"),
        (message(gzip.compress(b"text" * 99)[:-9], "Content-Encoding: gzip"), "close"),
        (message(b"x", f"X-Large: {'x' * 200_000}"), "close"),
    ],
    ids=[
        *("nothing", "reset", "not HTTP", "half a header", "half a body", "reset in the body"),
        *("broken chunk", "half a gzip", "endless header"),
    ],
)
async def test_a_broken_answer_is_unavailable(answer: bytes, then: str) -> None:
    async with answering(answer, then=then) as server:
        with pytest.raises(UnavailableError) as failure:
            await fetch(f"{server.url}/{SECRET}")
    assert not isinstance(failure.value, ConnectFailedError)
    assert "127.0.0.1:" in str(failure.value)
    assert SECRET not in str(failure.value)
    assert failure.value.__suppress_context__ or failure.value.__context__ is None


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200", message(b"half", length=100)])
async def test_one_deadline_bounds_everything(sent: bytes) -> None:
    async with answering(sent, then="hang") as server:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            with pytest.raises(UnavailableError, match="no complete answer in time"):
                await fetch(server.url, timeout_seconds=0.2)
            await server.left.wait()


async def test_a_drip_is_bounded_too() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(message(b"", length=10_000))
            while not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            with pytest.raises(UnavailableError, match="in time"):
                await fetch(url, timeout_seconds=0.3)


async def test_a_refused_connection_is_told_apart() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(ConnectFailedError, match=f"127.0.0.1:{port}: Connection refused"):
            await fetch(f"http://127.0.0.1:{port}/{SECRET}")


async def test_an_unknown_host_is_a_failed_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_such_host(*_args: object, **_options: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", no_such_host)
    with pytest.raises(ConnectFailedError, match=r"nowhere\.invalid: Name or service not known"):
        await fetch("http://nowhere.invalid/")


async def test_a_connect_that_hangs_leaves_time_for_another() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(3)]  # the queue is full: the next one hangs
        for other in waiting:
            other.setblocking(False)  # noqa: FBT003 - the socket's own signature
            other.connect_ex(address)
        with pytest.raises(ConnectFailedError, match="timed out"):
            await fetch(f"http://127.0.0.1:{address[1]}", timeout_seconds=0.4)
        for other in waiting:
            other.close()


async def test_no_secure_connection_has_a_sentence() -> None:
    async def speak_plainly(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            writer.write(b"220 plain text\r\n")

    await check_that_tls_fails(None, speak_plainly, "WRONG_VERSION_NUMBER")


async def test_a_bad_certificate_is_named() -> None:
    async def close(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(Path(__file__).parents[1] / "data" / "self_signed.pem")
    await check_that_tls_fails(context, close, "self-signed certificate")


async def check_that_tls_fails(
    context: ssl.SSLContext | None,
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    words: str,
) -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(UnavailableError) as failure:
            await fetch(f"https://127.0.0.1:{port}/{SECRET}")
    assert isinstance(failure.value, NothingSentError)
    assert not isinstance(failure.value, ConnectFailedError)
    assert f"no secure connection to 127.0.0.1:{port}: {words}" in str(failure.value)
    assert "SSL_CERT_FILE" in str(failure.value)
    assert SECRET not in str(failure.value)


async def test_tls_that_breaks_after_the_request_was_sent_is_a_broken_connection() -> None:
    async def garble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with writer.get_extra_info("socket").dup() as below:
            below.send(b"\x17\x03\x03\x00\x20" + b"x" * 32)
        writer.transport.abort()

    with pytest.raises(UnavailableError, match=r"broke: .*BAD_RECORD_MAC") as failure:
        await status_over_tls(garble)
    assert not isinstance(failure.value, NothingSentError)


async def test_without_verify_a_bad_certificate_is_good_enough() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    assert await status_over_tls(answer) == 204


async def status_over_tls(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> int:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(Path(__file__).parents[1] / "data" / "self_signed.pem")
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    client = HttpClient(user_agent="test", verify=False, **_OPTIONS)
    try:
        async with server:
            url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            async with client.stream("GET", url, timeout_seconds=TIMEOUT_SECONDS) as reply:
                return reply.status
    finally:
        await client.close()


async def test_certificates_are_read_once_and_again_for_another_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[bool] = []
    create = httpx.create_ssl_context

    def count(*, verify: bool) -> ssl.SSLContext:
        read.append(verify)
        return create(verify=verify)

    monkeypatch.setattr(httpx, "create_ssl_context", count)
    _tls.cache_clear()
    certificate = Path(__file__).parents[1] / "data" / "self_signed.pem"
    for file in (None, None, str(certificate), str(certificate)):
        if file is not None:
            monkeypatch.setenv("SSL_CERT_FILE", file)
        await HttpClient(user_agent="test", **_OPTIONS).close()
    _tls.cache_clear()

    assert read == [True, True]


@pytest.mark.parametrize(
    "url",
    [
        f"ftp://example.invalid/{SECRET}",
        f"/{SECRET}",
        f"http://127.0.0.1:port/{SECRET}",
        "http://",
    ],
)
async def test_an_unusable_address_is_not_repeated(url: str) -> None:
    with pytest.raises(UnavailableError, match="can't be sent: check its address") as failure:
        await fetch(url)
    assert SECRET not in str(failure.value)


async def test_a_header_that_can_t_be_sent_is_not_repeated() -> None:
    async with answering(message(b"")) as server:
        with pytest.raises(UnavailableError) as failure:
            await fetch(server.url, headers={"Authorization": f"{SECRET}\r\nX: y"})
    assert SECRET not in str(failure.value)
    assert failure.value.__cause__ is None


async def test_of_an_error_only_the_beginning_is_read() -> None:
    answer = message(b"x" * 500_000, status="500 Oh")
    async with (
        answering(answer) as server,
        http_client() as http,
        http.stream("GET", server.url, timeout_seconds=TIMEOUT_SECONDS) as found,
    ):
        assert await found.beginning() == b"x" * MAX_ERROR_BYTES


@pytest.mark.parametrize(
    ("answer", "then"),
    [
        (message(b"words", length=100, status="401 No"), "close"),
        (message(b"words", length=100, status="401 No"), "reset"),
        (message(b"words", "Content-Encoding: gzip", status="401 No"), "close"),
        (message(b"words", length=10**15, status="401 No"), "hang"),
    ],
)
async def test_a_broken_error_still_has_its_status(answer: bytes, then: str) -> None:
    async with (
        answering(answer, then=then) as server,
        http_client() as http,
        http.stream("GET", server.url, timeout_seconds=TIMEOUT_SECONDS) as found,
    ):
        assert found.status == 401
        assert await found.beginning() in (b"", b"words")


async def test_an_error_that_hangs_is_given_up_soon() -> None:
    answer = message(b"words", length=100, status="401 No")
    async with (
        answering(answer, then="hang") as server,
        http_client(error_body_seconds=0.1) as http,
        http.stream("GET", server.url, timeout_seconds=30) as found,
    ):
        assert await found.beginning() == b"words"


async def test_an_error_of_the_block_passes_through() -> None:
    async with answering(message(b"hello")) as server, http_client() as http:
        with pytest.raises(LookupError):
            async with http.stream("GET", server.url, timeout_seconds=TIMEOUT_SECONDS):
                raise LookupError


async def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering(message(b"by proxy")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert await fetch("http://nowhere.invalid/path") == (200, b"by proxy")
        assert proxy.requests[0].startswith(b"GET http://nowhere.invalid/path HTTP/1.1")


async def test_a_proxy_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering(message(b"", status="403 Forbidden")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(UnavailableError, match=r"proxy does not connect to nowhere\.invalid"):
            await fetch("https://nowhere.invalid/path")


@pytest.mark.parametrize("proxy", [f"http://u:{SECRET}@x:port", f"gopher://u:{SECRET}@x"])
def test_an_unusable_proxy_is_a_matter_of_configuration(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigError, match="HTTPS_PROXY") as failure:
        HttpClient(user_agent="batchbell/test", **_OPTIONS)
    assert SECRET not in str(failure.value)


async def test_nothing_of_a_request_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with answering(message(b"hello")) as server:
        await fetch(f"{server.url}/{SECRET}", headers={"Authorization": SECRET})
    assert SECRET not in caplog.text
    assert [record for record in caplog.records if record.name.startswith("http")] == []


async def test_a_request_searches_for_no_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is not installed would be searched for in all of Python's path, every time."""
    sought: list[str] = []

    class Watching(MetaPathFinder):
        def find_spec(self, fullname: str, _path: object, _target: object = None) -> None:
            sought.append(fullname)

    async with answering(message(b"{}")) as server:
        # With the first one comes what is imported when it is needed.
        await fetch(server.url)
        monkeypatch.setattr(sys, "meta_path", [Watching(), *sys.meta_path])
        await fetch(server.url)
    assert sought == []
