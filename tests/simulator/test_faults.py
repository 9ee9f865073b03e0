from __future__ import annotations

import gzip
import json
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.simulator.bad_rows import BAD_ROWS
from tests.simulator.faults import (
    MEBIBYTE,
    Drip,
    GzipBomb,
    Hang,
    Huge,
    Latency,
    Reply,
    Reset,
    Truncated,
    TruncatedGzip,
    TruncatedJson,
    WrongDate,
)
from tests.simulator.named_faults import FAILING_POLLS, MISSING_ROWS, refusal
from tests.simulator.row_faults import BadRows, ShortListing
from tests.simulator.wire import Received, ask

if TYPE_CHECKING:
    from tests.simulator.thread import ThreadedSimulator


def test_any_answer_can_be_given(simulator: ThreadedSimulator, client: httpx.Client) -> None:
    simulator.fault(Reply(503, b"<h1>down</h1>", "text/html", (("retry-after", "7"),)))
    answer = client.get("/batches")
    assert answer.status_code == 503
    assert answer.text == "<h1>down</h1>"
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["retry-after"] == "7"


def test_a_refusal_has_the_apis_shape(simulator: ThreadedSimulator, client: httpx.Client) -> None:
    simulator.fault(refusal(429, "too many requests", retry_after="2"))
    answer = client.get("/batches")
    assert (answer.status_code, answer.json()) == (429, {"error": "too many requests"})
    assert answer.headers["retry-after"] == "2"


def test_a_fault_holds_for_so_many_requests(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    simulator.fault(Reply(500), times=2)
    assert [client.get("/batches").status_code for _ in range(3)] == [500, 500, 200]


def test_a_fault_holds_for_its_path_until_cleared(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    job_id = simulator.add_job()
    simulator.fault(Reply(500), path="/batches/*/cancel")
    assert client.get("/batches").status_code == 200
    assert client.post(f"/batches/{job_id}/cancel").status_code == 500
    assert simulator.job(job_id)["status"] == "IN_PROGRESS"
    simulator.clear_faults()
    assert client.post(f"/batches/{job_id}/cancel").status_code == 200


def test_a_lost_answer_does_not_undo_the_call(simulator: ThreadedSimulator) -> None:
    job_id = simulator.add_job()
    simulator.fault(Reset())
    path = f"/v1/batches/{job_id}/cancel"
    request = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n".encode()
    assert ask(simulator.base_url, request=request).ending == "reset"
    assert simulator.job(job_id)["status"] == "CANCELING"


def test_a_hang_says_nothing_and_keeps_the_connection(simulator: ThreadedSimulator) -> None:
    simulator.fault(Hang())
    received = ask(simulator.base_url, timeout_seconds=0.2)
    assert (received.data, received.ending) == (b"", "silent")


def test_a_drip_comes_byte_by_byte_after_the_headers(simulator: ThreadedSimulator) -> None:
    simulator.fault(Reply(body=b"[" + b" " * 18 + b"]"), Drip(seconds_per_byte=0.01))
    received = ask(simulator.base_url)
    assert received.body == b"[" + b" " * 18 + b"]"
    assert received.seconds >= 0.2
    assert received.reads > 1


def test_a_drip_may_begin_with_the_first_byte(simulator: ThreadedSimulator) -> None:
    simulator.fault(Drip(seconds_per_byte=0.01, headers_too=True))
    received = ask(simulator.base_url, stop_after=20)
    assert received.data.startswith(b"HTTP/1.1 200")
    assert received.seconds >= 0.15


def test_a_client_that_leaves_during_a_drip_or_a_hang_harms_nobody(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    simulator.fault(Drip(seconds_per_byte=0.001), times=1)
    simulator.fault(Reply(body=b" " * 1000), times=1)
    ask(simulator.base_url, stop_after=1)
    simulator.fault(Hang(), times=1)
    ask(simulator.base_url, timeout_seconds=0.05)
    assert client.get("/batches").json() == []


def test_a_truncated_body_is_shorter_than_promised(simulator: ThreadedSimulator) -> None:
    simulator.add_job()
    simulator.fault(Truncated())
    received = ask(simulator.base_url)
    assert received.ending == "closed"
    assert len(received.body) == received.content_length // 2 > 100


def test_truncated_json_is_a_complete_message(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    simulator.add_job()
    simulator.fault(TruncatedJson())
    answer = client.get("/batches")
    assert answer.text.startswith('[{"id":')
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_a_truncated_gzip_is_a_complete_message(simulator: ThreadedSimulator) -> None:
    simulator.add_job()
    simulator.fault(TruncatedGzip())
    received = ask(simulator.base_url)
    assert b"content-encoding: gzip" in received.head
    assert len(received.body) == received.content_length
    with pytest.raises(EOFError):
        gzip.decompress(received.body)


@pytest.mark.parametrize("share", [None, 0.5])
def test_a_reset_comes_before_or_within_the_answer(
    simulator: ThreadedSimulator, share: float | None
) -> None:
    simulator.add_job()
    simulator.fault(Reset(share))
    received = ask(simulator.base_url)
    assert received.ending == "reset"


def test_a_refused_connection_comes_back_on_the_same_port(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    client.get("/batches")
    simulator.refuse()
    with pytest.raises(httpx.TransportError):
        client.get("/batches")
    with pytest.raises(httpx.ConnectError):
        client.get("/batches")
    simulator.accept()
    assert client.get("/batches").json() == []


def test_a_huge_body_goes_on_in_chunks(simulator: ThreadedSimulator) -> None:
    simulator.fault(Huge(opening=b'[{"id":"', piece=b"x" * 1000))
    received = ask(simulator.base_url, stop_after=2_000_000)
    assert received.ending == "enough"
    assert b"transfer-encoding: chunked" in received.head
    assert b'[{"id":"' in received.body[:100]


def test_a_huge_body_may_claim_its_length(simulator: ThreadedSimulator) -> None:
    simulator.fault(Huge(claim_length=True))
    received = ask(simulator.base_url, stop_after=200_000)
    assert received.content_length == 1 << 40
    assert received.body.startswith(b"[    ")


def test_a_huge_body_of_a_size_ends(simulator: ThreadedSimulator, client: httpx.Client) -> None:
    simulator.fault(Huge(size_bytes=100_000, claim_length=True))
    assert len(client.get("/batches").content) == 100_000


def test_a_gzip_bomb_is_small_until_unpacked(simulator: ThreadedSimulator) -> None:
    simulator.fault(GzipBomb(size_bytes=20_000_000))
    received = ask(simulator.base_url)
    assert b"content-encoding: gzip" in received.head
    assert len(received.body) < 40_000
    unpacked = zlib.decompress(received.body, 31)
    assert len(unpacked) == 20_000_000
    assert json.loads(unpacked) == []


def test_the_date_header_may_be_wrong_or_missing(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    simulator.fault(WrongDate(timedelta(hours=-2)), times=1)
    assert client.get("/batches").headers["date"] == "Wed, 11 Jun 2025 04:11:22 GMT"
    simulator.fault(WrongDate())
    assert "date" not in client.get("/batches").headers


def test_an_answer_may_be_late(simulator: ThreadedSimulator) -> None:
    simulator.fault(Latency(seconds=0.2))
    assert ask(simulator.base_url).seconds >= 0.2


def test_faults_combine(simulator: ThreadedSimulator, client: httpx.Client) -> None:
    simulator.fault(refusal(500, "oops"), WrongDate(), times=1)
    answer = client.get("/batches")
    assert answer.status_code == 500
    assert "date" not in answer.headers


def test_a_short_listing_has_every_second_row(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    for _ in range(5):
        simulator.add_job()
    simulator.fault(ShortListing(), times=1)
    assert client.get("/batches").json() == simulator.jobs()[::2]


def test_row_faults_leave_other_answers_alone(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    job_id = simulator.add_job()
    simulator.fault(ShortListing(), BadRows((b"null",)))
    assert client.get(f"/batches/{job_id}").json() == simulator.job(job_id)


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_bad_rows_stand_among_the_good_ones(
    simulator: ThreadedSimulator, client: httpx.Client, count: int
) -> None:
    for _ in range(count):
        simulator.add_job()
    simulator.fault(BadRows((b"1", b"2")))
    rows = client.get("/batches").json()
    assert [row for row in rows if isinstance(row, dict)] == simulator.jobs()
    assert [row for row in rows if isinstance(row, int)] == [1, 2]
    if count == 7:
        assert (rows[2], rows[5]) == (1, 2)


@pytest.mark.parametrize("name", BAD_ROWS)
def test_each_named_bad_row_arrives_as_it_is(
    simulator: ThreadedSimulator, client: httpx.Client, name: str
) -> None:
    simulator.add_job()
    simulator.fault(BadRows((BAD_ROWS[name],)))
    assert BAD_ROWS[name] in client.get("/batches").content


@pytest.mark.parametrize("name", sorted(BAD_ROWS.keys() - {"huge_number", "deep_nesting"}))
def test_named_bad_rows_are_json_for_a_lenient_reader(name: str) -> None:
    rows = json.loads(b"[" + BAD_ROWS[name] + b"]")
    named = [row for row in rows if isinstance(row, dict) and row.get("id") == f"bad-{name}"]
    assert bool(named) == (name not in {"no_id", "null_id", "not_an_object"})


def test_rows_too_hard_for_the_standard_parser_are_so() -> None:
    with pytest.raises(ValueError, match="Exceeds the limit"):
        json.loads(BAD_ROWS["huge_number"])
    with pytest.raises(RecursionError):
        json.loads(BAD_ROWS["deep_nesting"])


def is_listing(received: Received) -> bool:
    if received.ending != "closed" or not received.head.startswith(b"http/1.1 200"):
        return False
    try:
        return isinstance(json.loads(received.body), list)
    except ValueError:
        return False


@pytest.mark.parametrize("name", sorted(FAILING_POLLS.keys() - {"gzip_bomb"}))
def test_each_named_fault_spoils_a_listing(simulator: ThreadedSimulator, name: str) -> None:
    for _ in range(3):
        simulator.add_job()
    assert is_listing(ask(simulator.base_url))
    simulator.fault(FAILING_POLLS[name])
    assert not is_listing(ask(simulator.base_url, stop_after=300_000, timeout_seconds=0.1))


@pytest.mark.unmeasured
def test_the_named_bomb_is_a_listing_above_the_usual_cap(simulator: ThreadedSimulator) -> None:
    simulator.fault(FAILING_POLLS["gzip_bomb"])
    unpacked = zlib.decompress(ask(simulator.base_url).body, 31)
    assert len(unpacked) > 256 * MEBIBYTE
    assert (unpacked[:2], unpacked[-2:]) == (b"[ ", b" ]")


@pytest.mark.parametrize("name", MISSING_ROWS)
def test_each_named_shortage_is_a_readable_listing(
    simulator: ThreadedSimulator, client: httpx.Client, name: str
) -> None:
    ids = {simulator.add_job() for _ in range(4)}
    simulator.fault(MISSING_ROWS[name])
    rows = client.get("/batches").json() or []
    assert {row["id"] for row in rows} < ids
