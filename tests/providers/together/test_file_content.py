"""A file's bytes come whole, or it is said that they did not; and the key stays with the API."""

from __future__ import annotations

import gzip
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from batchbell.errors import (
    ApiError,
    NotFoundError,
    RateLimitedError,
    TooLargeError,
    UnavailableError,
    UsageError,
)
from batchbell.providers.together.client import AsyncClient
from batchbell.providers.together.file_content import longest_seconds, pieces, redirected
from batchbell.wire.http import HttpClient
from tests.raw_server import answering, message
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.raw_server import RawServer

KEY = "tgp_fake_key_0123456789"
LINES = b'{"custom_id": "a"}\n' * 30_000


@asynccontextmanager
async def api(answer: bytes) -> AsyncIterator[tuple[RawServer, AsyncClient]]:
    async with answering(answer) as server, AsyncClient(KEY, server.url) as client:
        yield server, client


async def content(client: AsyncClient, *, max_bytes: int = 2**20) -> bytes:
    async with aclosing(client.file_content("file-1", max_bytes=max_bytes)) as some:
        return b"".join([piece async for piece in some])


async def failure(client: AsyncClient, *, max_bytes: int = 2**20) -> ApiError:
    with pytest.raises(ApiError) as raised:
        await content(client, max_bytes=max_bytes)
    assert KEY not in str(raised.value)
    return raised.value


async def test_a_file_comes_whole_plain_and_packed() -> None:
    packed = message(gzip.compress(LINES), "Content-Encoding: gzip")
    for answer in (message(LINES), message(LINES, length=None), packed):
        async with api(answer) as (server, client):
            assert await content(client) == LINES
            assert server.requests[0].startswith(b"GET /v1/files/file-1/content ")
            assert f"Bearer {KEY}".encode() in server.requests[0]


async def test_an_empty_file_has_no_bytes() -> None:
    async with api(message(b"")) as (_, client):
        assert await content(client) == b""


@pytest.mark.parametrize("cut", [1, len(LINES) // 2])
async def test_a_file_that_is_cut_is_no_file(cut: int) -> None:
    packed = gzip.compress(LINES)
    answers = (
        message(LINES[:-cut], length=len(LINES)),
        message(packed[: -min(cut, 40)], "Content-Encoding: gzip"),
    )
    for answer in answers:
        async with api(answer) as (_, client):
            assert isinstance(await failure(client), UnavailableError)


async def test_a_file_that_is_too_large_is_not_read_to_its_end() -> None:
    bomb = message(gzip.compress(b"0" * 2**22), "Content-Encoding: gzip")
    for answer in (message(LINES), message(LINES, length=None), bomb):
        async with api(answer) as (_, client):
            error = await failure(client, max_bytes=100_000)
            assert isinstance(error, TooLargeError)
            assert "100,000 bytes" in str(error)


async def test_a_file_as_large_as_may_be_is_read() -> None:
    async with api(message(LINES)) as (_, client):
        assert await content(client, max_bytes=len(LINES)) == LINES


async def test_a_file_that_stands_still_is_given_up() -> None:
    http = HttpClient(user_agent="batchbell/test")
    answer = message(LINES[:1000], length=len(LINES))
    try:
        async with answering(answer, then="hang") as server:
            stream = http.stream("GET", server.url, timeout_seconds=TIMEOUT_SECONDS)
            async with stream as answered:
                some = pieces(answered, max_bytes=2**20, stall_seconds=0.1)
                assert await anext(some) == LINES[:1000]
                with pytest.raises(UnavailableError, match="does not come on"):
                    await anext(some)
    finally:
        await http.close()


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect"])
async def test_a_redirect_is_followed_without_the_key(status: str) -> None:
    async with answering(message(LINES)) as storage:
        moved = message(b"", f"Location: {storage.url}/bucket?signature=abc", status=status)
        async with api(moved) as (_, client):
            assert await content(client) == LINES
        (request,) = storage.requests
        assert request.startswith(b"GET /bucket?signature=abc ")
        assert KEY.encode() not in request
        assert b"authorization" not in request.lower()


async def test_redirects_in_circles_end() -> None:
    async with api(message(b"", "Location: /v1/elsewhere", status="302 Found")) as (server, client):
        assert "circles" in str(await failure(client))
        assert len(server.requests) == 4


@pytest.mark.parametrize(
    "location",
    [
        "",
        "http://192.0.2.1/file",
        "http://storage.example/file",
        "ftp://127.0.0.1/file",
        "file:///etc/passwd",
        "https://user:word@storage.example/",
        "https://[",
        "//storage.example/file",
    ],
)
def test_a_file_travels_encrypted_or_on_this_machine(location: str) -> None:
    with pytest.raises(UnavailableError, match="redirects a file to"):
        redirected("http://127.0.0.1:1/v1/files/file-1/content", location)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://storage.example/a?b=c", "https://storage.example/a?b=c"),
        ("http://localhost:9/a", "http://localhost:9/a"),
        ("http://[::1]:9/a", "http://[::1]:9/a"),
        ("/other", "http://127.0.0.1:1/other"),
    ],
)
def test_where_a_redirect_may_lead(location: str, target: str) -> None:
    assert redirected("http://127.0.0.1:1/v1/files", location) == target


async def test_what_the_api_refuses_is_told_as_of_any_call() -> None:
    gone = message(b"", status="404 Not Found")
    busy = message(b"", "Retry-After: 7", status="429 Too Many Requests")
    async with api(gone) as (_, client):
        assert isinstance(await failure(client), NotFoundError)
    async with api(busy) as (_, client):
        error = await failure(client)
        assert isinstance(error, RateLimitedError)
        assert error.retry_after_seconds == 7


async def test_what_can_t_be_a_file_s_id_is_never_sent() -> None:
    async with api(message(b"")) as (server, client):
        with pytest.raises(UsageError):
            await anext(client.file_content("..", max_bytes=10))
        assert not server.requests


def test_a_larger_file_may_take_longer() -> None:
    assert longest_seconds(0) == 60
    assert longest_seconds(100_000_000) == 560


async def test_an_api_that_does_not_answer_is_left_as_at_any_call() -> None:
    async with (
        answering(b"", then="hang") as server,
        AsyncClient(KEY, server.url, timeout_seconds=0.2) as client,
    ):
        assert "in time" in str(await failure(client))


async def test_what_another_place_refuses_is_no_refusal_of_the_key() -> None:
    refused = message(b"signature of-this has expired", status="403 Forbidden")
    async with answering(refused) as storage:
        there = f"Location: {storage.url}/file?signature=of-this"
        async with api(message(b"", there, status="302 Found")) as (_, client):
            error = await failure(client)
    assert type(error) is UnavailableError
    assert "(403)" in str(error)
    assert "of-this" not in str(error)
