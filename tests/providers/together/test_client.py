from __future__ import annotations

import asyncio
import resource
import socket
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.errors import (
    ApiError,
    ConfigError,
    ConfigProblem,
    MalformedError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    TooLargeError,
    UnauthorizedError,
    UnavailableError,
    UsageError,
)
from batchbell.providers.api_key import ApiKey
from batchbell.providers.together.client import AsyncClient
from batchbell.providers.together.row import LONGEST_ERROR
from batchbell.simulator.rows import ABSENT
from batchbell.wire.http import HttpClient
from tests.simulator import faults
from tests.simulator.faulty import FaultySimulator
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

KEY = "tgp_fake_key_0123456789"
MEBIBYTE = 2**20


@asynccontextmanager
async def api(**options: Any) -> AsyncIterator[tuple[FaultySimulator, AsyncClient]]:
    async with (
        FaultySimulator(api_key=KEY) as simulator,
        AsyncClient(KEY, simulator.base_url, timeout_seconds=TIMEOUT_SECONDS, **options) as client,
    ):
        yield simulator, client


async def failure(call: Awaitable[object]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await call
    assert KEY not in f"{caught.value}{caught.value!r}{caught.value.text}{caught.value.__cause__}"
    return caught.value


# --- what works ---


async def test_one_job_is_fetched_with_progress_as_a_fraction() -> None:
    async with api() as (simulator, client):
        job_id = simulator.add_job(status="IN_PROGRESS", progress=71.75)
        job = await client.get_batch(job_id)
    assert (job.id, f"{job.status} {job.progress:.1%}") == (job_id, "IN_PROGRESS 71.8%")
    assert job.job_deadline is not None
    assert job.job_deadline.tzinfo is UTC
    assert simulator.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert simulator.requests[0].headers["user-agent"].startswith("batchbell/")


async def test_all_jobs_are_listed() -> None:
    async with api() as (simulator, client):
        assert await client.list_batches() == []
        ids = {simulator.add_job(status=s) for s in ("COMPLETED", "CANCELING", "NEW_STATUS")}
        assert {job.id for job in await client.list_batches()} == ids


async def test_a_job_is_cancelled() -> None:
    async with api() as (simulator, client):
        job_id = simulator.add_job(status="IN_PROGRESS")
        job = await client.cancel_batch(job_id)
        assert job.id == job_id
        assert job.status == simulator.job(job_id)["status"] != "IN_PROGRESS"
    assert simulator.requests[-1].method == "POST"


async def test_the_name_of_an_input_file_is_found() -> None:
    async with api() as (simulator, client):
        job_id = simulator.add_job(input_file_id="file-abcdefgh-1")
        file_id = str(simulator.job(job_id)["input_file_id"])
        assert await client.fetch_file_name(file_id) == "batch_abcdefgh.jsonl"
        assert simulator.requests[-1].path.endswith(f"/files/{file_id}")
        content = [piece async for piece in client.file_content(file_id, max_bytes=10**9)]
        assert await client.fetch_file_size(file_id) == sum(map(len, content))
        assert isinstance(await failure(client.fetch_file_name("file-unknown")), NotFoundError)


@pytest.mark.parametrize("file_id", ["..", "", "x" * 300])
async def test_what_can_t_be_a_file_s_id_is_never_sent(file_id: str) -> None:
    async with api() as (simulator, client):
        with pytest.raises(UsageError, match="id of a file"):
            await client.fetch_file_name(file_id)
        assert not simulator.requests


async def test_cancelling_a_job_that_has_ended_is_refused_in_the_api_s_words() -> None:
    async with api() as (simulator, client):
        error = await failure(client.cancel_batch(simulator.add_job(status="COMPLETED")))
    assert isinstance(error, RefusedError)
    assert error.status_code == 400
    assert "COMPLETED" in error.text
    assert not error.retryable


async def test_missing_and_null_fields_are_none() -> None:
    async with api() as (simulator, client):
        job_id = simulator.add_job(model_id=ABSENT, error="", progress=None, endpoint=ABSENT)
        job = await client.get_batch(job_id)
    assert (job.model_id, job.error, job.progress, job.endpoint) == (None, None, None, None)


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/"])
async def test_the_base_url_is_taken_with_and_without_v1(ending: str) -> None:
    async with FaultySimulator() as simulator:
        base_url = simulator.base_url.removesuffix("/v1") + ending
        async with AsyncClient(f" {KEY}\n", base_url) as client:
            assert await client.list_batches() == []


@pytest.mark.parametrize("job_id", ["a/b", "a?b#c", "../x", "a b", "100%", "数据", "a%2Fb", "..."])
async def test_an_id_is_quoted_in_the_path(job_id: str) -> None:
    async with api() as (simulator, client):
        simulator.add_job(id=job_id)
        assert (await client.get_batch(job_id)).id == job_id


@pytest.mark.parametrize("job_id", ["", ".", "..", "a\nb", "a\x00b", "\ud800", "x" * 300])
async def test_what_can_t_be_an_id_is_never_sent(job_id: str) -> None:
    async with api() as (simulator, client):
        for call in (client.get_batch, client.cancel_batch):
            with pytest.raises(UsageError):
                await call(job_id)
        assert simulator.requests == ()


@pytest.mark.parametrize("key", ["", " ", "a b", "a\nb", "schlüssel", "a\x00b"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(UsageError, match="the API key") as caught:
        AsyncClient(key)
    assert not key.strip() or key not in str(caught.value)


@pytest.mark.parametrize(
    "base_url", ["", "api.together.ai", "ftp://x", "https://", "https://u:p@x/v1", "http://x/v1?a"]
)
def test_an_address_that_is_none_is_refused(base_url: str) -> None:
    with pytest.raises(UsageError, match="the base URL"):
        AsyncClient(KEY, base_url)


async def test_a_client_can_come_from_the_environment() -> None:
    async with FaultySimulator(api_key=KEY) as simulator:
        environ = {"TOGETHER_API_KEY": KEY, "TOGETHER_BASE_URL": simulator.base_url}
        async with AsyncClient.from_environment(environ) as client:
            assert await client.list_batches() == []


@pytest.mark.parametrize("environ", [{}, {"TOGETHER_API_KEY": ""}])
def test_without_a_key_in_the_environment_it_says_so(environ: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="there is no API key: TOGETHER_API_KEY is not set"):
        AsyncClient.from_environment(environ)


async def test_without_arguments_it_takes_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultySimulator(api_key=KEY) as simulator:
        monkeypatch.setenv("TOGETHER_API_KEY", KEY)
        monkeypatch.setenv("TOGETHER_BASE_URL", simulator.base_url)
        async with AsyncClient() as client:
            assert await client.list_batches() == []
            assert client.elsewhere == client.base_url == simulator.base_url
    monkeypatch.delenv("TOGETHER_BASE_URL")
    async with AsyncClient() as client:
        assert (client.base_url, client.elsewhere) == ("https://api.together.ai/v1", "")


async def test_a_shared_http_client_stays_open() -> None:
    http = HttpClient(user_agent="shared/1")
    async with FaultySimulator() as simulator:
        for _ in range(2):
            async with AsyncClient(KEY, simulator.base_url, http=http) as client:
                await client.list_batches()
        assert simulator.requests[1].headers["user-agent"] == "shared/1"
    await http.close()


# --- the scale of progress ---


async def test_a_scale_that_was_found_out_holds_for_later_calls() -> None:
    async with api() as (simulator, client):
        job_id = simulator.add_job(status="IN_PROGRESS", progress=0.5)
        assert (await client.get_batch(job_id)).progress == 0.005
        simulator.add_job(id="done", status="COMPLETED", progress=1)
        assert (await client.fetch_listing()).fraction_scale
        simulator.remove_job("done")
        assert (await client.get_batch(job_id)).progress == 0.5
        simulator.update_job(job_id, progress=60)
        assert (await client.get_batch(job_id)).progress == 0.6
        assert not (await client.fetch_listing()).fraction_scale


async def test_the_scale_can_be_given() -> None:
    async with api(assume_fraction=True) as (simulator, client):
        simulator.add_job(progress=0.5)
        assert [job.progress for job in await client.list_batches()] == [0.5]
    async with api(progress_scale="percent") as (simulator, client):
        simulator.add_job(status="COMPLETED", progress=1)
        assert [job.progress for job in await client.list_batches()] == [0.01]


# --- what the API may answer instead ---


def refusal(status: int, body: bytes, *headers: tuple[str, str]) -> faults.Reply:
    return faults.Reply(status=status, body=body, headers=headers)


HTML = b"<html><head><title>Bad gateway</title></head><body><hr>nginx</body></html>"


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (refusal(400, b'{"error": "no"}'), RefusedError, "(400: no)"),
        (refusal(401, b'{"error": "Invalid key"}'), UnauthorizedError, "(401: Invalid key)"),
        (refusal(402, b'{"error": "pay"}'), RefusedError, "credit or payment"),
        (refusal(403, b""), UnauthorizedError, "(403)"),
        (
            refusal(404, b'{"error": {"message": "gone"}}'),
            NotFoundError,
            "has no such thing; check base_url (404: gone)",
        ),
        (refusal(408, b""), UnavailableError, "(408)"),
        (refusal(429, b'{"error": "slow"}'), RateLimitedError, "(429: slow)"),
        (refusal(500, b'{"error": "oh"}'), UnavailableError, "(500: oh)"),
        (refusal(502, HTML), UnavailableError, "(502: Bad gateway)"),
        (refusal(503, b""), UnavailableError, "(503)"),
        (refusal(302, b"", ("location", "/x")), UnavailableError, "redirect; check base_url"),
        (refusal(308, b"", ("location", "http://127.0.0.1:1/")), UnavailableError, "redirect"),
        (refusal(200, b""), MalformedError, "nothing instead of a list"),
        (refusal(204, b""), MalformedError, "nothing instead of a list"),
        (refusal(200, HTML), MalformedError, "HTML instead of a list"),
        (refusal(200, b"{}"), MalformedError, "an object instead of a list"),
        (refusal(200, b'{"error": "maintenance"}'), MalformedError, "an object instead"),
        (refusal(200, b"[] trailing"), MalformedError, "after the end"),
        (refusal(200, b"x", ("content-encoding", "br")), MalformedError, "compression"),
        (refusal(200, HTML, ("content-encoding", "gzip")), MalformedError, "broken gzip"),
        (faults.Truncated(), UnavailableError, "broke"),
        (faults.TruncatedJson(), MalformedError, "ends in the middle"),
        (faults.TruncatedGzip(), UnavailableError, "ends early"),
        (faults.Reset(), UnavailableError, "broke"),
        (faults.Reset(share=0.5), UnavailableError, "broke"),
        (faults.Huge(claim_length=True), TooLargeError, "more than 268,435,456 bytes"),
        (faults.Huge(opening=b'["', piece=b"e" * 65_536), MalformedError, "a row of more than"),
    ],
)
async def test_a_failing_listing_says_what_went_wrong(
    fault: faults.Fault, kind: type[ApiError], words: str
) -> None:
    async with api() as (simulator, client):
        simulator.add_job()
        simulator.fault(fault, path="/batches", times=1)
        error = await failure(client.fetch_listing())
        assert type(error) is kind
        assert words in str(error)
        assert len(simulator.requests) == 1
        # and the next call is the retry
        assert len(await client.list_batches()) == 1


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"<html>", b'{"id": 7}', b'{"id":'])
@pytest.mark.parametrize("call", [AsyncClient.get_batch, AsyncClient.cancel_batch])
async def test_what_is_no_job_is_malformed(
    call: Callable[[AsyncClient, str], Awaitable[object]], body: bytes
) -> None:
    async with api() as (simulator, client):
        simulator.fault(refusal(200, body))
        error = await failure(call(client, "job-1"))
    assert isinstance(error, MalformedError)
    assert "not a batch job" in str(error)


async def test_another_job_than_the_one_asked_for_is_malformed() -> None:
    async with api() as (simulator, client):
        simulator.fault(refusal(200, b'{"id": "job-2", "status": "COMPLETED"}'))
        error = await failure(client.get_batch("job-1"))
    assert isinstance(error, MalformedError)
    assert "another job" in str(error)


async def test_an_unknown_job_is_not_found() -> None:
    async with api() as (_, client):
        error = await failure(client.get_batch("nobody"))
    assert isinstance(error, NotFoundError)
    assert error.text == "batch job not found: nobody"


async def test_a_wrong_key_is_unauthorized_and_never_repeated() -> None:
    async with api() as (simulator, client):
        simulator.fault(refusal(401, f'{{"error": "Bearer {KEY} is wrong"}}'.encode()))
        error = await failure(client.list_batches())
    assert isinstance(error, UnauthorizedError)
    assert error.text == "Bearer *** is wrong"


class Place:
    """A file with a key, as somebody left it."""

    name = "TOGETHER_API_KEY"
    advice = ""

    def __init__(self, key: str) -> None:
        self.key = key
        self.reads = 0

    def read(self) -> str:
        self.reads += 1
        if not self.key:
            raise ConfigError(ConfigProblem("api_key", "the file is empty"))
        return f"{self.key}\n"


async def test_a_refused_key_that_has_changed_meanwhile_is_replaced_at_once() -> None:
    place = Place(KEY)
    async with FaultySimulator(api_key=KEY) as simulator:
        key = ApiKey("fake-key-of-yesterday", place=place)
        async with AsyncClient(key, simulator.base_url) as client:
            job_id = simulator.add_job(error=f"no such key: {KEY}, nor fake-key-of-yesterday")
            (job,) = await client.list_batches()
            await client.list_batches()
    assert job.id == job_id
    assert job.error == "no such key: ***, nor ***"
    assert place.reads == 1
    assert len(simulator.requests) == 3


async def test_calls_that_are_refused_together_find_the_new_key_together() -> None:
    place = Place(KEY)
    async with FaultySimulator(api_key=KEY) as simulator:
        key = ApiKey("fake-key-of-yesterday", place=place)
        async with AsyncClient(key, simulator.base_url) as client:
            answers = await asyncio.gather(*(client.list_batches() for _ in range(4)))
    assert answers == [[], [], [], []]
    assert place.reads == 1


async def test_of_a_long_error_that_was_cut_no_half_of_a_secret_is_left() -> None:
    async with api() as (simulator, client):
        simulator.add_job(error="x" * (LONGEST_ERROR - 10) + KEY)
        (job,) = await client.list_batches()
    assert job.error == "x" * (LONGEST_ERROR - 10) + "***…"


@pytest.mark.parametrize("found", ["fake-key-of-yesterday", "not printable \x1b", ""])
async def test_a_refused_key_without_a_better_one_stays_refused(found: str) -> None:
    place = Place(found)
    async with FaultySimulator(api_key=KEY) as simulator:
        key = ApiKey("fake-key-of-yesterday", place=place)
        async with AsyncClient(key, simulator.base_url) as client:
            await failure(client.list_batches())
            error = await failure(client.list_batches())
    assert isinstance(error, UnauthorizedError)
    assert place.reads == 2
    assert len(simulator.requests) == 2


async def test_a_place_that_needs_more_than_a_new_key_says_so() -> None:
    place = Place(KEY[::-1])
    place.advice = "restart the service"
    async with (
        FaultySimulator(api_key=KEY) as simulator,
        AsyncClient(ApiKey("fake-key-1", place=place), simulator.base_url) as client,
    ):
        error = await failure(client.list_batches())
        assert "refused the API key; restart the service (401: " in str(error)
        simulator.fault(refusal(503, b"later"))
        assert "restart" not in str(await failure(client.list_batches()))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], None),
        ([("retry-after", "7")], 7.0),
        ([("retry-after", "100000")], 900.0),
        ([("retry-after", "soon")], None),
        ([("retry-after", "Wed, 11 Jun 2025 09:00:20 GMT")], 0.0),
    ],
)
async def test_a_rate_limit_says_how_long_to_wait(
    headers: list[tuple[str, str]], seconds: float | None
) -> None:
    async with api() as (simulator, client):
        simulator.fault(refusal(429, b"", *headers))
        error = await failure(client.list_batches())
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_seconds == seconds
    assert error.retryable


@pytest.mark.parametrize("status", [200, 401, 500])
async def test_the_date_of_every_answer_is_observed(status: int) -> None:
    dates: list[datetime] = []
    async with api(observe_date=dates.append) as (simulator, client):
        simulator.fault(refusal(status, b"nonsense"))
        await failure(client.list_batches())
        simulator.clear_faults()
        await client.list_batches()
    now = datetime.now(UTC)
    assert [abs(date - now) < timedelta(minutes=1) for date in dates] == [True, True]


@pytest.mark.parametrize("skew", [None, timedelta(days=-365 * 50), timedelta(days=365 * 200)])
async def test_a_date_out_of_reason_is_ignored(skew: timedelta | None) -> None:
    dates: list[datetime] = []
    async with api(observe_date=dates.append) as (simulator, client):
        simulator.fault(faults.WrongDate(skew=skew))
        await client.list_batches()
    assert dates == []


# --- time and memory ---


@pytest.mark.parametrize(
    "fault",
    [faults.Hang(), faults.Drip(0.05), faults.Drip(0.05, headers_too=True), faults.Latency(600)],
)
async def test_a_call_ends_in_time(fault: faults.Fault) -> None:
    async with FaultySimulator() as simulator:
        for _ in range(10):
            simulator.add_job()
        simulator.fault(fault)
        async with AsyncClient(KEY, simulator.base_url, timeout_seconds=0.5) as client:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                error = await failure(client.list_batches())
    assert isinstance(error, UnavailableError)
    assert "in time" in str(error)


async def test_one_failed_connect_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with api() as (simulator, client):
        simulator.add_job()
        await simulator.stop_listening()

        async def listen_again(seconds: float) -> None:
            if seconds:  # 0 only lets other tasks run
                await simulator.listen()

        with monkeypatch.context() as patched:
            patched.setattr("asyncio.sleep", listen_again)
            listing = await client.fetch_listing()
    assert len(listing.ids) == 1


async def test_a_second_failed_connect_is_the_end() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        async with AsyncClient(KEY, base_url, timeout_seconds=3600) as client:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                error = await failure(client.list_batches())
    assert isinstance(error, UnavailableError)
    assert "Connection refused" in str(error)


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (faults.GzipBomb(300 * MEBIBYTE), "more than 268,435,456 bytes"),
        (faults.Huge(piece=b'{"id": "x", "error": "' + b"e" * 60_000 + b'"},'), "268,435,456"),
    ],
)
async def test_a_body_without_end_costs_no_memory(fault: faults.Fault, words: str) -> None:
    async with FaultySimulator() as simulator:
        simulator.fault(fault)
        async with AsyncClient(KEY, simulator.base_url, timeout_seconds=50) as client:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            error = await failure(client.fetch_listing())
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert isinstance(error, MalformedError)
    assert words in str(error)
    assert grown < 40 * 1024  # KiB
