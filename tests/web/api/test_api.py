from __future__ import annotations

import json
from asyncio import to_thread
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest

from batchbell.core.job import BatchJob
from batchbell.store.views import jobs as job_views
from tests.web.api import api_site
from tests.web.api.api_site import ODD_ID, error_of, told
from tests.web.site import HOUR, NO_TABLE, lose

if TYPE_CHECKING:
    from batchbell.store.database import Database
    from tests.cli.filled import Bell
    from tests.web.site import Site


def printed(bell: Bell, *command: str) -> Any:
    """Return what a command prints as JSON."""
    return json.loads(bell.run(*command, "--json").output)


def ids(document: dict[str, Any]) -> list[str]:
    return [job["id"] for job in document["jobs"]]


async def test_the_status_is_what_the_command_prints(bell: Bell, past: Site) -> None:
    answer, command = await told(past, "status"), printed(bell, "status")

    assert list(answer) == [*command, "jobs_left_out"]
    assert answer["channels"] == command["channels"]
    assert [account["name"] for account in answer["accounts"]] == ["default"]
    for one, other in zip(answer["jobs"], command["jobs"], strict=True):
        assert list(one) == list(other)
        # It goes by the moment.
        assert {**one, "forecast": None} == {**other, "forecast": None}
    assert answer["jobs_left_out"] == 0
    assert any(job["forecast"] for job in answer["jobs"])


async def test_the_status_leaves_out_what_ended_long_ago_and_says_how_much(site: Site) -> None:
    site.has(
        BatchJob(id="running", status="IN_PROGRESS"),
        BatchJob(id="new", status="FAILED", completed_at=site.ago(HOUR)),
        BatchJob(id="old", status="FAILED", completed_at=site.ago(25 * HOUR)),
    )

    answer = await told(site, "status")

    assert ids(answer) == ["new", "running"]
    assert answer["jobs_left_out"] == 1


@pytest.mark.parametrize("job_id", ["moving", "failing", ODD_ID, "done"])
async def test_a_job_is_what_explain_prints_and_its_progress_over_time(
    bell: Bell, past: Site, job_id: str
) -> None:
    answer = await told(past, f"jobs/default/{quote(job_id, safe='')}")

    samples = answer.pop("samples")
    command = printed(bell, "explain", job_id)
    for document in (answer, command):
        document["job"].pop("forecast")
    assert answer == command
    assert [round(sample["progress"], 3) for sample in samples] == {
        "moving": [0.5, 0.4, 0.5, 0.6, 0.7, 0.8],
        "failing": [0.5],
        ODD_ID: [0.5],
        "done": [],
    }[job_id]


async def test_an_id_with_slashes_may_also_stand_as_it_is(site: Site) -> None:
    site.has(BatchJob(id="a/b//c", status="IN_PROGRESS"))

    assert (await told(site, "jobs/default/a/b//c"))["job"]["id"] == "a/b//c"


async def test_a_job_that_is_not_there_is_an_error_without_control_characters(site: Site) -> None:
    site.has(BatchJob(id="mine", status="IN_PROGRESS"))

    for account, job_id in (("other", "mine"), ("default", "%ff%00%1b%5b31m"), ("default", "")):
        sentence = error_of(await site.get(f"/api/jobs/{account}/{job_id}"), 404)
        assert f"account {account} has no job" in sentence
        assert sentence.isprintable()


async def test_events_and_deliveries_are_what_the_commands_print_the_newest_first(
    bell: Bell,
    past: Site,
) -> None:
    events, deliveries = await told(past, "events"), await told(past, "deliveries")

    assert events["events"][::-1] == printed(bell, "events")
    assert deliveries["deliveries"][::-1] == printed(bell, "deliveries")
    assert len(events["events"]) > 5
    assert len(deliveries["deliveries"]) > 1


async def test_accounts_and_channels_are_those_of_the_status(past: Site) -> None:
    status = await told(past, "status")

    assert await told(past, "accounts") == {"accounts": status["accounts"]}
    assert await told(past, "channels") == {"channels": status["channels"]}
    assert {channel["name"] for channel in status["channels"]} == {"team", "pager"}


async def test_without_any_data_every_list_is_empty(site: Site) -> None:
    assert await told(site, "jobs") == {"jobs": [], "total": 0, "next_offset": None}
    assert await told(site, "events") == {"events": [], "next_cursor": None}
    assert await told(site, "deliveries") == {"deliveries": [], "next_cursor": None}
    assert await told(site, "accounts") == {"accounts": []}
    assert await told(site, "channels") == {"channels": []}
    assert await told(site, "status") == {
        "jobs": [],
        "accounts": [],
        "channels": [],
        "replicas": [],
        "jobs_left_out": 0,
    }


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
@pytest.mark.parametrize("query", ["sort=attention", "sort=created", "finished=true"])
async def test_the_parts_have_every_job_once_those_that_run_first(
    site: Site, limit: int, query: str
) -> None:
    site.has(
        *(BatchJob(id=f"run-{n}", status="IN_PROGRESS") for n in range(4)),
        *(BatchJob(id=f"end-{n}", status="FAILED") for n in range(3)),
    )
    whole = await told(site, f"jobs?{query}")

    offset, seen = 0, []
    while offset is not None:
        part = await told(site, f"jobs?{query}&limit={limit}&offset={offset}")
        assert part["total"] == whole["total"]
        assert len(part["jobs"]) <= limit
        seen += part["jobs"]
        offset = part["next_offset"]

    assert seen == whole["jobs"]
    running = [] if query == "finished=true" else [f"run-{n}" for n in range(4)]
    assert sorted(ids(whole)[: len(running)]) == running
    assert sorted(ids(whole)[len(running) :]) == ["end-0", "end-1", "end-2"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("account=other", ["there"]),
        ("account=nobody", []),
        ("status=QUEUED", ["odd"]),
        ("model=large", ["large"]),
        ("text=OVERFLOW", ["odd"]),
        ("text=%", []),
        ("finished=false", ["large", "odd", "there"]),
        ("finished=true", ["ended"]),
        ("finished=true&status=QUEUED", []),
        ("sort=model&finished=false", ["large", "odd", "there"]),
        ("offset=3", ["ended"]),
        ("offset=1000000000", []),
    ],
)
async def test_jobs_are_chosen_as_on_the_page(site: Site, query: str, found: list[str]) -> None:
    site.has(
        BatchJob(id="large", status="IN_PROGRESS", model_id="large"),
        BatchJob(id="odd", status="QUEUED", error="stack overflow"),
        BatchJob(id="ended", status="FAILED"),
    )
    site.has(BatchJob(id="there", status="IN_PROGRESS"), account="other")

    assert sorted(ids(await told(site, f"jobs?{query}"))) == sorted(found)


@pytest.mark.parametrize("address", ["events", "deliveries"])
@pytest.mark.parametrize("order", ["newest", "oldest"])
async def test_a_cursor_goes_along_the_log_from_either_end(
    past: Site, address: str, order: str
) -> None:
    number = {"events": "id", "deliveries": "notification_id"}[address]
    whole = (await told(past, f"{address}?order={order}"))[address]

    seen, cursor = [], ""
    while True:
        part = await told(past, f"{address}?order={order}&limit=1{cursor}")
        seen += part[address]
        if part["next_cursor"] is None:
            break
        assert part["next_cursor"] == part[address][-1][number]
        cursor = f"&cursor={part['next_cursor']}"

    assert seen == whole
    numbers = [entry[number] for entry in whole]
    assert numbers == sorted(numbers, reverse=order == "newest")
    assert len(numbers) > 1


async def test_who_follows_the_log_gets_only_what_is_new(bell: Bell, past: Site) -> None:
    last = (await told(past, "events?limit=1"))["events"][0]["id"]
    follow = f"events?order=oldest&cursor={last}"
    assert (await told(past, follow))["events"] == []

    await to_thread(bell.poll, bell.job("moving", "EXPIRED"), at=bell.ago(minutes=1))

    (event,) = (await told(past, follow))["events"]
    assert event["kind"] == "batch.expired"


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("job=failing", {"batch.failed"}),
        ("job=fail", set()),
        ("kind=batch.f*", {"batch.failed"}),
        ("kind=batch.f*&min_severity=failure", {"batch.failed"}),
        ("kind=batch.completed&min_severity=failure", set()),
        ("min_severity=failure", {"batch.failed", "channel.failing"}),
        ("account=other", set()),
        ("account=default&kind=account.*", {"account.watching"}),
        ("since=2100-01-01T00:00:00Z", set()),
        ("since=0001-01-01T00:00:00%2B23:59&kind=batch.failed", {"batch.failed"}),
        ("since=9999-12-31T23:59:59-23:59", set()),
    ],
)
async def test_events_are_chosen(past: Site, query: str, kinds: set[str]) -> None:
    answer = await told(past, f"events?{query}")

    assert {event["kind"] for event in answer["events"]} == kinds


@pytest.mark.parametrize(
    ("query", "channels"),
    [
        ("channel=team", {"team"}),
        ("channel=nobody", set()),
        ("state=dead", {"pager"}),
        ("failed=true", {"pager"}),
        ("failed=false", {"pager", "team"}),
        ("state=pending", {"team"}),
        ("failed=true&channel=team", set()),
    ],
)
async def test_deliveries_are_chosen(
    bell: Bell, past: Site, query: str, channels: set[str]
) -> None:
    await to_thread(bell.poll, bell.job("done", "EXPIRED"), at=bell.ago(minutes=1))

    answer = await told(past, f"deliveries?{query}")

    assert {delivery["channel"] for delivery in answer["deliveries"]} == channels


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("jobs?limit=0", 'limit is "0": give a whole number from 1 to 1000'),
        ("jobs?limit=1001", "give a whole number from 1 to 1000"),
        ("jobs?limit=-1", "give a whole number"),
        ("jobs?limit=", "give a whole number"),
        ("jobs?limit=ten", "give a whole number"),
        ("jobs?limit=1e2", "give a whole number"),
        ("jobs?limit=1_0", "give a whole number"),
        ("jobs?limit=007", "give a whole number"),
        ("jobs?limit=%C2%B2", "give a whole number"),
        (f"jobs?limit={'9' * 5000}", "give a whole number"),
        ("jobs?limit=1&limit=2", "limit is given twice"),
        ("jobs?offset=-1", "give a whole number from 0 to 1000000000"),
        ("jobs?sort=size", "give one of attention, deadline, progress, created, model"),
        ("jobs?finished=yes", "give true or false"),
        ("jobs?text=", "give 1 to 1000 characters"),
        (f"jobs?text={'x' * 1001}", "give 1 to 1000 characters"),
        ("jobs?acount=default", 'no parameter "acount" here: do you mean "account"?'),
        ("jobs?%1b%5b31m=1", "there are account, status, model, text"),
        ("status?all=true", "there are none"),
        ("jobs/default/x?limit=1", "there are none"),
        ("openapi.json?x=1", "there are none"),
        ("events?cursor=abc", "give a whole number from 0 to 9007199254740991"),
        ("events?cursor=9007199254740992", "give a whole number"),
        ("events?cursor=-1", "give a whole number"),
        ("events?order=up", "give one of newest, oldest"),
        ("events?min_severity=bad", "give one of info, success, warning, failure"),
        ("events?since=yesterday", "give a time like"),
        ("events?since=2026-13-01T00:00:00Z", "give a time like"),
        ("events?since=2026-11-23T02:14:00", "give a time like"),
        ("deliveries?state=lost", "give one of pending, sent, dead"),
    ],
)
async def test_a_wrong_question_is_told_what_is_right(
    site: Site, address: str, sentence: str
) -> None:
    error = error_of(await site.get(f"/api/{address}"), 400)

    assert sentence in error
    assert error.isprintable()


async def test_a_glob_that_no_kind_matches_is_not_an_empty_list(site: Site) -> None:
    error = error_of(await site.get("/api/events?kind=batch.faild"), 400)

    assert error == 'no kind of event is "batch.faild": do you mean "batch.failed"?'


async def test_its_first_address_answers_with_the_description(site: Site) -> None:
    assert (await site.get("/api/")).json() == (await site.get("/api/openapi.json")).json()


@pytest.mark.parametrize("address", ["jobs/", "nowhere", "status/x", "%ff"])
async def test_an_address_that_is_not_there_is_an_error_too(site: Site, address: str) -> None:
    assert "api/openapi.json" in error_of(await site.get(f"/api/{address}"), 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_the_api_can_only_be_read(site: Site, method: str) -> None:
    for place in api_site.DESCRIPTION["paths"]:
        answer = await site.ask(method, place.format(account="default", id="x"))
        assert "GET" in error_of(answer, 405)
        assert sorted(answer.headers["allow"].split(", ")) == ["GET", "HEAD"]


async def test_asked_for_its_head_an_address_answers_without_a_body(site: Site) -> None:
    answer = await site.ask("HEAD", "/api/jobs")

    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


async def test_an_unreadable_database_is_an_error_that_says_so(
    site: Site, database: Database
) -> None:
    lose(database, "batch_jobs")

    answer = await site.get("/api/jobs")

    assert NO_TABLE.search(error_of(answer, 503))
    assert "script-src" in answer.headers["content-security-policy"]


async def test_a_failure_is_json_as_well(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(job_views, "matching", fail)

    transport = httpx.ASGITransport(app=site.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/api/jobs")

    assert "its log says why" in error_of(answer, 500)
    assert "secret" not in answer.text


async def test_a_progress_that_is_no_number_is_null(site: Site) -> None:
    site.has(BatchJob(id="endless", status="IN_PROGRESS", progress=float("inf")))
    site.has(BatchJob(id="nowhere", status="IN_PROGRESS"))

    for job_id in ("endless", "nowhere"):
        assert (await told(site, f"jobs/default/{job_id}"))["job"]["progress"] is None
    assert [job["progress"] for job in (await told(site, "jobs"))["jobs"]] == [None, None]


@pytest.mark.unmeasured
async def test_ten_thousand_jobs_come_in_parts_and_as_a_whole(site: Site) -> None:
    site.has(
        *(
            BatchJob(
                id=f"{n:05}",
                status="IN_PROGRESS" if n % 2 else "COMPLETED",
                progress=0.5,
                completed_at=None if n % 2 else site.ago(HOUR),
                job_deadline=site.now + HOUR,
            )
            for n in range(10_000)
        )
    )

    first = (await site.get("/api/jobs?limit=1000")).json()
    last = (await site.get("/api/jobs?limit=1000&offset=9500")).json()
    whole = (await site.get("/api/status")).json()

    assert (len(first["jobs"]), first["total"], first["next_offset"]) == (1000, 10_000, 1000)
    assert (len(last["jobs"]), last["next_offset"]) == (500, None)
    assert (len(whole["jobs"]), whole["jobs_left_out"]) == (10_000, 0)
