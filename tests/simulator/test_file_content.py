from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from batchbell.simulator.fate import Mix
from tests.simulator.faults import Stalled
from tests.simulator.file_faults import CONTENTS, FAILING_DOWNLOADS, GARBAGE, file_of, redirect
from tests.simulator.wire import Received, ask

if TYPE_CHECKING:
    import httpx

    from tests.simulator.thread import ThreadedSimulator


def output_of(simulator: ThreadedSimulator) -> str:
    """Add a job that completed and return the address of its output."""
    mix, size = Mix(missing=10), 2_240_000
    job_id = simulator.add_mixed_job(mix, status="COMPLETED", file_size_bytes=size)
    return f"/files/{simulator.job(job_id)['output_file_id']}/content"


def is_whole(received: Received) -> bool:
    is_there = received.ending == "closed" and received.head.startswith(b"http/1.1 200")
    lines = received.body.split(b"\n")
    return is_there and lines[-1] == b"" and len(lines) > 5000


def test_a_plain_file_comes_with_its_length(simulator: ThreadedSimulator) -> None:
    received = ask(simulator.base_url, "/v1" + output_of(simulator))
    assert received.content_length == len(received.body) > 1_000_000
    assert is_whole(received)


def test_a_client_that_takes_gzip_gets_the_same_packed(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    path = output_of(simulator)
    with client.stream("GET", path) as answer:
        packed = b"".join(answer.iter_raw())
    plain = client.get(path, headers={"accept-encoding": "identity"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "content-length" not in answer.headers
    assert gzip.decompress(packed) == plain.content
    assert len(packed) < len(plain.content) / 4


def test_a_file_may_be_missing_at_first(simulator: ThreadedSimulator, client: httpx.Client) -> None:
    path = output_of(simulator)
    simulator.fault(FAILING_DOWNLOADS["not_found"], path=CONTENTS, times=2)
    assert [client.get(path).status_code for _ in range(3)] == [404, 404, 200]
    assert client.get(path.removesuffix("/content")).status_code == 200


def test_a_file_may_stop_in_the_middle_and_keep_the_connection(
    simulator: ThreadedSimulator,
) -> None:
    path = "/v1" + output_of(simulator)
    whole = ask(simulator.base_url, path)
    simulator.fault(Stalled(share=0.25), path=CONTENTS)
    sent = len(whole.head) + len(b"\r\n\r\n") + whole.content_length // 4
    received = ask(simulator.base_url, path, timeout_seconds=0.2, surely=sent)
    assert received.ending == "silent"
    assert len(received.body) == received.content_length // 4


def test_a_file_may_be_somewhere_else(simulator: ThreadedSimulator, client: httpx.Client) -> None:
    simulator.fault(redirect("http://127.0.0.1:9/signed?key=1"), path=CONTENTS)
    answer = client.get(output_of(simulator))
    assert (answer.status_code, answer.headers["location"]) == (
        302,
        "http://127.0.0.1:9/signed?key=1",
    )


def test_a_file_may_be_anything(simulator: ThreadedSimulator, client: httpx.Client) -> None:
    path = output_of(simulator)
    simulator.fault(file_of(b"\xef\xbb\xbf{}\r\n"), path=CONTENTS)
    assert client.get(path).content == b"\xef\xbb\xbf{}\r\n"


@pytest.mark.parametrize("name", sorted({**FAILING_DOWNLOADS, **GARBAGE}))
def test_each_named_fault_spoils_a_download(simulator: ThreadedSimulator, name: str) -> None:
    path = "/v1" + output_of(simulator)
    simulator.fault({**FAILING_DOWNLOADS, **GARBAGE}[name], path=CONTENTS)
    received = ask(simulator.base_url, path, stop_after=300_000, timeout_seconds=0.2)
    assert not is_whole(received)
