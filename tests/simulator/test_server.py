from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from batchbell.simulator.server import Simulator
from tests.e2e.waiting import wait_until
from tests.simulator.faults import Hang, Latency
from tests.simulator.faulty import FaultySimulator
from tests.simulator.thread import ThreadedSimulator, running_simulator
from tests.simulator.wire import ask
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADERS: Mapping[str, str] = {"authorization": "Bearer not-a-real-key"}


async def test_it_runs_in_an_event_loop() -> None:
    async with Simulator() as simulator:
        job_id = simulator.add_job()
        async with httpx.AsyncClient(
            headers=HEADERS, trust_env=False, timeout=TIMEOUT_SECONDS
        ) as client:
            answer = await client.get(f"{simulator.base_url}/batches/{job_id}")
        assert answer.json() == simulator.job(job_id)


async def test_it_stops_while_it_refuses_connections() -> None:
    async with FaultySimulator() as simulator:
        await simulator.stop_listening()
        address = simulator.base_url
    async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_SECONDS) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(address)


def test_a_tests_job_has_a_hundred_requests_unless_it_says_more(
    simulator: ThreadedSimulator,
) -> None:
    usual, large = simulator.add_job(), simulator.add_job(file_size_bytes=400_000)
    files = [simulator.job(job_id)["input_file_id"] for job_id in (usual, large)]
    with httpx.Client(base_url=simulator.base_url, headers=HEADERS, trust_env=False) as client:
        counts = [client.get(f"/files/{each}").json()["LineCount"] for each in files]
    assert counts == [100, 1_000]


def test_connections_are_kept_alive(simulator: ThreadedSimulator) -> None:
    host, port = simulator.base_url.removeprefix("http://").removesuffix("/v1").split(":")
    request = b"GET /v1/batches HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n"
    with socket.create_connection((host, int(port)), 5) as sock:
        for _ in range(3):
            sock.sendall(request)
            received = b""
            while not received.endswith(b"[]"):
                received += sock.recv(4096)
    assert len(simulator.requests) == 3


def test_an_old_client_gets_its_answer_and_the_connection_is_closed(
    simulator: ThreadedSimulator,
) -> None:
    request = b"GET /v1/batches HTTP/1.0\r\nAuthorization: Bearer x\r\n\r\n"
    received = ask(simulator.base_url, request=request)
    assert (received.body, received.ending) == (b"[]", "closed")


def test_what_is_not_http_is_a_bad_request(simulator: ThreadedSimulator) -> None:
    received = ask(simulator.base_url, request=b"\x16\x03\x01 hello\r\n\r\n")
    assert received.head.startswith(b"http/1.1 400")
    assert received.ending == "closed"


def test_a_client_that_says_nothing_is_fine(simulator: ThreadedSimulator) -> None:
    host, port = simulator.base_url.removeprefix("http://").removesuffix("/v1").split(":")
    socket.create_connection((host, int(port)), 5).close()
    assert ask(simulator.base_url).body == b"[]"


def test_a_head_request_has_no_body(simulator: ThreadedSimulator) -> None:
    head, get = (
        f"{method} /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n{more}\r\n"
        for method, more in (("HEAD", ""), ("GET", "Connection: close\r\n"))
    )
    received = ask(simulator.base_url, request=(head + get).encode())
    assert received.data.count(b"HTTP/1.1 404") == 2
    assert received.body.startswith(b"HTTP/1.1 404")
    assert len(simulator.requests) == 2


def test_a_listing_is_compressed_only_for_a_client_that_takes_it(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    simulator.add_job()
    packed = client.get("/batches")
    plain = client.get("/batches", headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()


def test_it_stops_at_once_whatever_its_connections_do() -> None:
    with running_simulator() as simulator:
        simulator.fault(Hang(), path="/hang")
        simulator.fault(Latency(seconds=600), path="/late")
        clients = [
            threading.Thread(
                target=ask, args=(simulator.base_url, path), kwargs={"timeout_seconds": 600}
            )
            for path in ("/v1/hang", "/v1/late")
        ]
        for client in clients:
            client.start()
        wait_until(lambda: len(simulator.requests) == 2, "both requests")
    for client in clients:
        client.join(TIMEOUT_SECONDS)
        assert not client.is_alive()


def test_jobs_are_added_from_many_threads_while_the_listing_is_read(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    def add() -> None:
        for _ in range(200):
            simulator.update_job(simulator.add_job(), progress=5)

    writers = [threading.Thread(target=add) for _ in range(4)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert client.get("/batches").status_code == 200
    assert [row["progress"] for row in client.get("/batches").json()] == [5] * 800
