"""A listing that is read against the one before, over a real connection."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from batchbell.providers.together.client import AsyncClient
from tests.raw_server import answering, message

if TYPE_CHECKING:
    from batchbell.core.job import BatchJob
    from batchbell.core.provider import ProgressScale

KEY = "tgp_fake_key_0123456789"
BODY = json.dumps(
    [
        {"id": f"job-{number}", "status": "COMPLETED", "progress": 0.5, "output_file_id": "file-1"}
        for number in range(2_000)
    ]
).encode()
PLAIN = message(BODY)
GZIP = message(gzip.compress(BODY), "Content-Encoding: gzip")


async def listed(
    answer: bytes, known: object | None, scale: ProgressScale = "auto"
) -> tuple[dict[str, BatchJob], object | None]:
    """Return the jobs to compare, by id, and what the next listing may be read against."""
    async with (
        answering(answer) as server,
        AsyncClient(KEY, server.url, progress_scale=scale) as client,
    ):
        reading = await client.fetch_listing(known)
        jobs = {job.id: job for job in reading.jobs}
        assert len(reading.ids) == 2_000
        return jobs, reading.known_by()


@pytest.mark.parametrize("first", [PLAIN, GZIP], ids=["plain", "gzip"])
@pytest.mark.parametrize("second", [PLAIN, GZIP], ids=["plain", "gzip"])
async def test_a_listing_is_known_again_whether_it_comes_packed_or_plain(
    first: bytes, second: bytes
) -> None:
    jobs, known = await listed(first, None)
    assert len(jobs) == 2_000
    again, _ = await listed(second, known)
    assert again == {}


async def test_a_reload_that_changes_the_scale_reads_every_row_again() -> None:
    jobs, known = await listed(PLAIN, None, "percent")
    assert {job.progress for job in jobs.values()} == {0.005}
    jobs, known = await listed(PLAIN, known, "fraction")
    assert len(jobs) == 2_000
    assert {job.progress for job in jobs.values()} == {0.5}
    assert (await listed(PLAIN, known, "fraction"))[0] == {}
