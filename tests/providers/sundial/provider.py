"""Sundial as a provider: the whole of what a new one has to bring."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from batchbell.core.job import BatchJob
from batchbell.core.listing import Listing
from batchbell.core.provider import Capabilities, JobState, ProviderWords
from batchbell.core.results.lines import ResultLine
from batchbell.errors import NotFoundError
from batchbell.providers.submitting import Submitting
from batchbell.wire.http import HttpClient
from batchbell.wire.refusal import answered_at, error_for

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from batchbell.core.provider import ProgressScale
    from batchbell.providers.api_key import ApiKey
    from batchbell.providers.submitting import SubmitWay
    from batchbell.wire.answer import Answer

WORDS = ProviderWords(
    name="Sundial",
    full_name="Sundial Noon",
    base_url="https://api.sundial.example/dial",
    fetch="sundial get {file_id} --from {base_url}",
    advice={"batch.failed": "ask the gnomon"},
)
STATES = {
    "queued": JobState.VALIDATING,
    "busy": JobState.IN_PROGRESS,
    "halting": JobState.CANCELING,
    "done": JobState.COMPLETED,
    "broken": JobState.FAILED,
    "late": JobState.EXPIRED,
    "halted": JobState.CANCELLED,
}


class Sundial:
    """Fills in `providers.port.Provider`."""

    words = WORDS
    capabilities = Capabilities(progress=False)

    def input_id(self, line: bytes) -> str | None:
        return line.decode() or None

    def result_line(self, line: bytes) -> ResultLine | None:
        return ResultLine(line.decode(), ok=True)

    def submit_commands(
        self, path: str, endpoint: str | None, base_url: str, key: str, way: SubmitWay
    ) -> Submitting:
        del endpoint, way
        return Submitting("sundial", [f"sundial put {path} --to {base_url} --key {key}"])

    def address(self, base_url: str) -> str:
        return base_url.rstrip("/")

    def client(
        self,
        key: ApiKey,
        base_url: str,
        *,
        timeout_seconds: float,
        progress_scale: ProgressScale = "auto",
        assume_fraction: bool = False,
        observe_date: Callable[[datetime], None] | None = None,
    ) -> SundialClient:
        del progress_scale, assume_fraction
        return SundialClient(key, self.address(base_url), timeout_seconds, observe_date)


class SundialClient:
    """Fills in `providers.port.ProviderClient`."""

    def __init__(
        self,
        key: ApiKey,
        base_url: str,
        timeout_seconds: float,
        observe_date: Callable[[datetime], None] | None,
    ) -> None:
        self._key = key
        self._base_url = base_url
        self._timeout_seconds = timeout_seconds
        self._observe_date = observe_date or (lambda _: None)
        self._http = HttpClient(user_agent="batchbell-test")

    @property
    def elsewhere(self) -> str:
        return "" if self._base_url == WORDS.base_url else self._base_url

    async def fetch_listing(self, known: object | None = None) -> Listing:
        del known
        jobs: list[BatchJob] = []
        cursor: str | None = "0"
        while cursor is not None:
            page = await self._call("GET", f"/jobs?cursor={cursor}")
            jobs += map(job_of, page["items"])
            cursor = page["next"]
        return Listing(jobs=tuple(jobs), ids=frozenset(job.id for job in jobs))

    async def get_batch(self, batch_job_id: str) -> BatchJob:
        return job_of(await self._call("GET", f"/jobs/{batch_job_id}"))

    async def cancel_batch(self, batch_job_id: str) -> BatchJob:
        return job_of(await self._call("POST", f"/jobs/{batch_job_id}/halt"))

    async def fetch_file_name(self, file_id: str) -> str:
        raise NotFoundError(f"Sundial's files have no names, {file_id} neither")

    async def fetch_file_size(self, file_id: str) -> int | None:
        raise NotFoundError(f"no file {file_id}")

    async def file_content(self, file_id: str, *, max_bytes: int) -> AsyncGenerator[bytes]:
        raise NotFoundError(f"no file {file_id} of {max_bytes} bytes")
        yield b""

    async def close(self) -> None:
        await self._http.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    async def _call(self, method: str, path: str) -> Any:
        async with self._answer(method, path) as answer:
            at = answered_at(answer.headers)
            if at is not None:
                self._observe_date(at)
            body = await answer.read(2**20)
            if answer.status == 200:
                return json.loads(body)
            raise error_for(
                answer.status,
                answer.headers,
                body,
                host=answer.host,
                redact=self._key.redact,
                now=datetime.now(UTC),
            )

    @asynccontextmanager
    async def _answer(self, method: str, path: str) -> AsyncIterator[Answer]:
        headers = {"X-Sundial-Key": self._key.value}
        async with self._http.stream(
            method, self._base_url + path, headers=headers, timeout_seconds=self._timeout_seconds
        ) as answer:
            yield answer


def job_of(row: dict[str, Any]) -> BatchJob:
    """Return what a row says; it knows neither progress nor deadlines."""
    phase = row["phase"]
    return BatchJob(
        id=row["ref"],
        status=phase,
        meaning=STATES.get(phase, JobState.UNKNOWN),
        model_id=row.get("engine"),
        created_at=_time(row.get("born")),
        completed_at=_time(row.get("over")),
        output_file_id=row.get("result"),
        error=row.get("why"),
    )


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
