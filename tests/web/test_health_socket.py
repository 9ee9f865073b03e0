"""The health check's own socket."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from batchbell.web.health_socket import HealthSocket
from batchbell.web.plain_server import answer_until
from batchbell.web.reports import Reports
from batchbell.web.watching import Watching
from tests.fakes import eventually
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.web.site import Site


def socket_of(site: Site, path: Path) -> HealthSocket:
    reports = Reports(
        site.database, site.liveness, lambda: Watching(accounts=("default",)), site.clock.now
    )
    return HealthSocket(reports, path, site.stop)


@asynccontextmanager
async def serving(site: Site, path: Path) -> AsyncIterator[httpx.AsyncClient]:
    task = asyncio.create_task(socket_of(site, path).serve())
    transport = httpx.AsyncHTTPTransport(uds=str(path))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", timeout=TIMEOUT_SECONDS
    ) as client:
        await eventually(path.is_socket)
        yield client
    site.stop.set()
    await task


async def test_it_tells_all_and_only_to_its_owner(site: Site, tmp_path: Path) -> None:
    site.liveness.said = ["poll of default: no sign of life"]
    path = tmp_path / "bell.db.health"
    async with serving(site, path) as client:
        assert path.stat().st_mode & 0o777 == 0o600
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.json()["complaints"]) == (503, site.liveness.said)
        assert "not polled yet" in (await client.get("/readyz")).text
        assert (await client.get("/")).status_code == 404
        assert (await client.post("/healthz")).status_code == 405
    assert not path.exists()


async def test_what_a_killed_daemon_left_is_replaced(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "bell.db.health"
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(path))
    async with serving(site, path) as client:
        # The old one may be seen first.
        await eventually(lambda: path.stat().st_mode & 0o777 == 0o600)
        assert (await client.get("/healthz")).status_code == 200


async def test_another_daemon_s_is_left_alone(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "batchbell.health"
    async with serving(site, path) as client:
        with caplog.at_level(logging.INFO, logger="batchbell.web"):
            await socket_of(site, path).serve()
        assert "another daemon of this database answers there" in caplog.text
        assert (await client.get("/healthz")).status_code == 200


async def test_one_that_is_cut_off_says_so(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "batchbell.health"
    seen = Watching(accounts=("default",), cut_off="cut off from the database")
    reports = Reports(site.database, site.liveness, lambda: seen, site.clock.now)
    task = asyncio.create_task(HealthSocket(reports, path, site.stop).serve())
    transport = httpx.AsyncHTTPTransport(uds=str(path))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", timeout=TIMEOUT_SECONDS
    ) as client:
        await eventually(path.is_socket)
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "cut off from the database")
    site.stop.set()
    await task


async def test_without_room_for_it_there_is_none_and_the_log_says_so(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken, long = tmp_path / "taken", tmp_path / ("long" * 40)
    taken.write_text("somebody's notes")
    with caplog.at_level(logging.INFO, logger="batchbell.web"):
        await socket_of(site, taken).serve()
        await socket_of(site, long).serve()
    for record, path, why in zip(
        caplog.records, (taken, long), ("Address already in use", "path too long"), strict=True
    ):
        assert record.getMessage().startswith(f"no health socket at {path}: ")
        assert why in record.getMessage()
    assert taken.read_text() == "somebody's notes"


@pytest.mark.parametrize("said", [b"", b"GET /healthz", b"x" * 20_000, b"\r\n\r\n"])
async def test_who_asks_nothing_sensible_is_no_trouble(
    site: Site, tmp_path: Path, said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "batchbell.health"
    async with serving(site, path) as client:
        for _ in range(3):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(said)
            writer.write_eof()
            assert b" 200 " not in await reader.read()
            writer.close()
        assert (await client.get("/healthz")).status_code == 200
    assert caplog.text == ""


async def test_who_comes_when_there_are_too_many_is_hung_up_on(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batchbell.web.plain_server._MOST", 0)
    async with serving(site, tmp_path / "batchbell.health") as client:
        with pytest.raises(httpx.TransportError):
            await client.get("/healthz")


async def test_who_says_nothing_is_hung_up_on(tmp_path: Path) -> None:
    stop, path = asyncio.Event(), tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))
        serving_it = asyncio.create_task(answer_until(stop, bound, {}, idle_seconds=0.01))
        await asyncio.sleep(0)
        reader, writer = await asyncio.open_unix_connection(path)
        assert await reader.read() == b""
        writer.close()
        # One that still may ask holds up no stop.
        _, other = await asyncio.open_unix_connection(path)
        stop.set()
        await asyncio.wait_for(serving_it, 10)
        other.close()
