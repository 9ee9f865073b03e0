from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from batchbell.simulator.plan import CANCELING_FOR
from tests.simulator.thread import ThreadedSimulator, running_simulator

if TYPE_CHECKING:
    from collections.abc import Mapping

RECORDED_FIELDS = {
    "id", "user_id", "input_file_id", "file_size_bytes", "status", "job_deadline", "created_at",
    "endpoint", "progress", "model_id", "output_file_id", "error_file_id", "error", "completed_at",
}  # fmt: skip


def test_the_listing_is_a_bare_array_of_recorded_shape(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    job_id = simulator.add_job(progress=71.75)
    answer = client.get("/batches")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["date"] == "Wed, 11 Jun 2025 06:11:22 GMT"
    (row,) = answer.json()
    assert set(row) == RECORDED_FIELDS
    assert (row["id"], row["progress"], row["error"]) == (job_id, 71.75, None)
    assert row["created_at"] == "2025-06-11T06:11:22.752350Z"


def test_one_job_comes_without_a_wrapper(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    job_id = simulator.add_job()
    assert client.get(f"/batches/{job_id}").json() == simulator.job(job_id)
    assert client.get("/batches").json() == simulator.jobs()


def test_a_recorded_row_is_served_as_it_is(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    recorded = {"id": "c3b1a9d2", "status": "CANCELING", "progress": 12, "error_file_id": ""}
    assert simulator.add_row(recorded) == "c3b1a9d2"
    assert client.get("/batches").json() == [recorded]


def test_a_removed_job_has_vanished(simulator: ThreadedSimulator, client: httpx.Client) -> None:
    job_id, other_id = simulator.add_job(), simulator.add_job()
    simulator.remove_job(job_id)
    assert [row["id"] for row in client.get("/batches").json()] == [other_id]
    assert client.get(f"/batches/{job_id}").status_code == 404


def test_an_id_is_unquoted_from_the_path(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    simulator.add_job(id="odd/../id ü")
    answer = client.get("/batches/odd%2F..%2Fid%20%C3%BC")
    assert answer.json()["id"] == "odd/../id ü"


def test_the_routes_work_without_v1_too(simulator: ThreadedSimulator, client: httpx.Client) -> None:
    simulator.add_job()
    address = simulator.base_url.removesuffix("/v1")
    assert client.get(f"{address}/batches?limit=5").json() == client.get("/batches").json()


def test_a_running_job_is_canceling_and_then_cancelled(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    job_id = simulator.add_job(progress=12)
    answer = client.post(f"/batches/{job_id}/cancel")
    assert answer.status_code == 200
    assert answer.json()["status"] == "CANCELING"
    assert client.post(f"/batches/{job_id}/cancel").status_code == 400
    simulator.clock.advance(CANCELING_FOR)
    row = client.get(f"/batches/{job_id}").json()
    assert row["status"] == "CANCELLED"
    assert client.get(f"/files/{row['output_file_id']}").status_code == 200


def test_a_finished_job_can_not_be_cancelled(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    job_id = simulator.add_job(status="COMPLETED")
    answer = client.post(f"/batches/{job_id}/cancel", content=b"{}")
    assert answer.status_code == 400
    assert answer.json() == {"error": "batch job can't be cancelled: its status is COMPLETED"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_job_is_404_with_a_plain_error(client: httpx.Client, method: str) -> None:
    path = "/batches/nope" if method == "GET" else "/batches/nope/cancel"
    answer = client.request(method, path)
    assert answer.status_code == 404
    assert answer.json() == {"error": "batch job not found: nope"}


def test_files_are_described_and_downloaded(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    job_id = simulator.add_job(status="COMPLETED", file_size_bytes=2_000_000)
    file_id = simulator.job(job_id)["output_file_id"]
    said = client.get(f"/files/{file_id}").json()
    content = client.get(f"/files/{file_id}/content")
    assert len(content.content) == said["bytes"] > 500_000
    assert len(content.text.splitlines()) == said["LineCount"]
    assert "response" in json.loads(content.text.splitlines()[0])


def test_an_unknown_file_is_404_with_a_wrapped_error(client: httpx.Client) -> None:
    for path in ("/files/nope", "/files/nope/content"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"] == {
            "message": "file not found: nope",
            "type": "invalid_request_error",
            "param": None,
            "code": "not_found",
        }


def test_another_route_is_404(client: httpx.Client) -> None:
    assert client.delete("/batches/x").status_code == 404
    assert client.get("/models").json() == {"error": "no such route: GET /models"}


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer"}, {"authorization": "Basic abc"}, {"authorization": "abc"}],
)
def test_without_a_bearer_key_it_is_401(
    simulator: ThreadedSimulator, headers: Mapping[str, str]
) -> None:
    answer = httpx.get(f"{simulator.base_url}/batches", headers=headers, trust_env=False)
    assert answer.status_code == 401
    assert answer.json() == {"error": "Invalid API key provided"}


def test_another_key_than_the_right_one_is_401() -> None:
    with running_simulator(api_key="right-fake-key") as simulator:
        statuses = [
            httpx.get(
                f"{simulator.base_url}/files/x",
                headers={"authorization": f"Bearer {key}"},
                trust_env=False,
            ).status_code
            for key in ("wrong-fake-key", "right-fake-key")
        ]
    assert statuses == [401, 404]


def test_the_date_header_follows_the_simulated_clock(
    simulator: ThreadedSimulator, client: httpx.Client
) -> None:
    simulator.clock.advance(timedelta(days=1))
    assert client.get("/batches").headers["date"] == "Thu, 12 Jun 2025 06:11:22 GMT"


def test_the_requests_are_remembered(simulator: ThreadedSimulator, client: httpx.Client) -> None:
    client.get("/batches", params={"a": "b"})
    client.post("/batches/x%20y/cancel")
    listing, cancel = simulator.requests
    assert (listing.method, listing.target, listing.path) == (
        "GET",
        "/v1/batches?a=b",
        "/batches",
    )
    assert listing.headers["authorization"] == "Bearer not-a-real-key"
    assert listing.received_at == simulator.clock.start
    assert cancel.parts == ("batches", "x y", "cancel")
