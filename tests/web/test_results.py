"""What came back of jobs, on the page and in its API."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from batchbell.config.settings import AccountSettings, Settings
from batchbell.core.awaiting import awaiting_verdicts
from batchbell.core.event import Event, EventKind
from batchbell.core.job import BatchJob
from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import ResultsState
from batchbell.core.routing import Filter
from batchbell.runtime.provider import shipped
from batchbell.usecases.announce import announce
from batchbell.usecases.announce_results import announce_results
from batchbell.web.live import Changes
from batchbell.web.watching import watching
from tests.came_back import ATTACK, CAUSES, partial, put, unread
from tests.statements import watched_driver
from tests.web.api.api_site import told
from tests.web.site import HOUR, MINUTE, Site

if TYPE_CHECKING:
    from batchbell.config import LoadedConfig
    from batchbell.store.sqlite.database import SqliteDatabase

LINE = "945 of 1,000 whole · 40 failed · 10 missing · 5 empty"
ADDRESS = "/jobs/default/batch-1"


def ended(site: Site, job_id: str = "batch-1", **fields: object) -> BatchJob:
    """Put a job into the snapshot that completed an hour ago."""
    job = BatchJob(
        id=job_id,
        status="COMPLETED",
        input_file_id=f"file-in-{job_id}",
        output_file_id=f"file-out-{job_id}",
        created_at=site.ago(5 * HOUR),
        completed_at=site.ago(HOUR),
    )
    job = replace(job, **fields)  # type: ignore[arg-type]
    site.has(job)
    return job


async def test_a_number_of_the_line_of_what_came_back_does_not_stand_above_it_too(
    site: Site, database: SqliteDatabase
) -> None:
    found = partial(ended(site))
    assert found.counts is not None
    counts = replace(found.counts, succeeded=1_000, failed=0, missing=0, empty=0, truncated=91)
    put(database, replace(found, counts=counts, verdict=Verdict.COMPLETE, causes=()))
    text = (await site.seen(ADDRESS)).text
    assert "COMPLETED , 1h ago" in text
    assert "909 of 1,000 whole 91 cut" in text
    assert "91 CUT" not in text


async def test_a_job_s_page_says_first_what_came_back(site: Site, database: SqliteDatabase) -> None:
    put(database, partial(ended(site)))
    seen = await site.seen(ADDRESS)
    pieces = LINE.replace(" · ", " ")
    assert seen.text.index(pieces) < seen.text.index("Did everything come back?")
    assert "Did everything come back? ! Warning: No, not everything 945 whole" in seen.text
    assert seen.text.index("No, not everything") < seen.text.index("All about it")
    # Each number stands above and at the bar, and nowhere else.
    assert seen.text.count(pieces) == 1
    assert "PARTIAL" not in seen.text
    (bar,) = seen.all("svg", "came-bar")
    counted = "945 whole, 5 empty, 40 failed, 10 missing"
    assert bar["aria-label"] == f"Of 1,000 requests: {counted}"
    assert [part["class"] for part in seen.all("rect", "part")] == [
        "part ok",
        "part degraded",
        "part failed",
        "part missing",
    ]
    assert "429 Rate limit … for example req-1 sending it again helps" in seen.text
    assert "412,000 (400,000 in, 12,000 out)" in seen.text
    above, _, below = seen.text.partition("Did everything come back?")
    fetch = "batchbell fetch -- batch-1"
    rest = "batchbell retry --include failed,missing,empty -- batch-1"
    assert (
        f"1 Fetch files: {fetch} 2 Write a file of the rest and the empty answers: {rest}" in above
    )
    # No command stands twice.
    assert "batchbell" not in below.partition("What happened")[0]
    assert seen.all("section", "verdict")[0]["class"] == "verdict warning"


async def test_what_others_chose_is_shown_as_text(site: Site, database: SqliteDatabase) -> None:
    put(database, partial(ended(site)))
    seen = await site.seen(ADDRESS)
    assert CAUSES[1].example == ATTACK
    assert ATTACK in seen.text
    assert not seen.all("img", "x")
    assert not any("onerror" in attributes for _, attributes in seen.elements)
    assert not any("style" in attributes for _, attributes in seen.elements)


async def test_a_page_waits_for_a_verdict_in_plain_words(
    site: Site, database: SqliteDatabase
) -> None:
    waits = unread(ended(site), ResultsState.WAITING, "the output file can't be had: HTTP 503")
    put(database, waits, at=site.now, attempts=3)
    seen = await site.seen(ADDRESS)
    assert "WAITING The output file can't be had: HTTP 503." in seen.text
    assert "3 attempts so far, the next one in 7m; given up in 23h." in seen.text
    assert "results are being counted" in seen.text
    assert not seen.all("svg", "came-bar")


async def test_a_page_says_that_results_are_lost_and_the_overview_asks_for_a_look(
    site: Site, database: SqliteDatabase
) -> None:
    job = ended(site)
    put(database, unread(job, ResultsState.LOST, "the output file can't be had: HTTP 404"))
    lost = Event(
        kind=EventKind.RESULTS_LOST,
        account="default",
        job_id=job.id,
        qualifier="end:COMPLETED",
        happened_at=site.now,
        seen_at=site.now,
        job=job,
    )
    with database.write() as connection:
        announce(connection, [lost], [], site.now)
    site.polled()
    seen = await site.seen(ADDRESS)
    assert "Lost: output file can't be had The output file can't be had: HTTP 404." in seen.text
    assert f"batchbell fetch -- {job.id}" in seen.text.partition("as of")[0]
    # What can't be had is neither counted again below, nor fetched.
    assert "Count now" not in seen.text
    assert "curl" not in seen.text
    overview = await site.seen()
    assert "Needs a look 1" in overview.text
    assert "results lost: output file can't be had" in overview.text


async def test_a_job_whose_results_nobody_counts_says_why(site: Site) -> None:
    ended(site)
    seen = await site.seen(ADDRESS)
    assert "Its result files were not read when it ended." in seen.text
    assert "batchbell results -- batch-1" in seen.text


async def test_of_a_job_without_result_files_nothing_came_back(site: Site) -> None:
    ended(site, status="FAILED", output_file_id=None)
    seen = (await site.seen(ADDRESS)).text
    assert "No, nothing It ended without an output file." in seen
    assert "Count now" not in seen


def test_accounts_whose_files_are_not_read_are_known_to_the_page() -> None:
    accounts = {
        "read": AccountSettings(api_key="k" * 8),
        "off": AccountSettings(api_key="k" * 8, collect="off"),
    }
    loaded = SimpleNamespace(settings=Settings.model_construct(accounts=accounts))
    assert watching(cast("LoadedConfig", loaded), shipped()).uncounted == {"off"}


async def test_lists_have_a_line_under_each_job_that_ended(
    site: Site, database: SqliteDatabase
) -> None:
    put(database, partial(ended(site)))
    ended(site, "batch-2")
    seen = await site.seen()
    assert seen.text.count(LINE) == 1


# Its driver is what is watched.
@pytest.mark.sqlite
async def test_the_results_of_all_jobs_of_a_list_are_one_question(
    site: Site, database: SqliteDatabase
) -> None:
    put(database, *(partial(ended(site, f"batch-{number}")) for number in range(40)))
    with watched_driver(database) as driver:
        assert (await site.seen()).text.count(LINE) == 40
    # Besides, which are not whole, and when the last verdict came.
    asked = [each for each in driver.calls if "FROM results" in each and "SELECT (" not in each]
    assert sum("results.verdict NOT IN " not in each for each in asked) == 1
    assert len(asked) <= 2


async def test_a_verdict_is_news_for_open_pages(site: Site, database: SqliteDatabase) -> None:
    changes = Changes(database, site.liveness, look_every_seconds=0.0)
    job = ended(site)
    put(database, unread(job, ResultsState.WAITING))
    before = await changes.version()
    put(database, partial(job))
    verdict = await changes.version()
    put(database, partial(job, at=site.now + MINUTE))
    assert len({before, verdict, await changes.version()}) == 3


# How a query is explained is an engine's own.
@pytest.mark.sqlite
async def test_the_last_verdict_is_found_without_reading_all(database: SqliteDatabase) -> None:
    with database.read() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT max(counted_at) FROM results"
        ).all()
    assert "ix_results_counted_at" in plan[0][-1]


async def test_the_api_has_results_in_brief_in_lists_and_whole_of_one_job(
    site: Site, database: SqliteDatabase
) -> None:
    put(database, partial(ended(site)))
    ended(site, "batch-2")
    (one, other) = (await told(site, "jobs"))["jobs"]
    assert other["results"] is None
    assert (one["results"]["verdict"], one["results"]["missing"]) == ("partial", 10)
    assert "causes" not in one["results"]
    whole = await told(site, "jobs/default/batch-1")
    assert whole["job"]["results"] == one["results"]
    assert {**whole["results"], **one["results"]} == whole["results"]
    assert [cause["count"] for cause in whole["results"]["causes"]] == [30, 10]
    assert [file["kind"] for file in whole["results"]["files"]] == ["input", "output"]
    assert (await told(site, "jobs/default/batch-2"))["results"] is None


async def test_a_message_that_waits_for_its_verdict_says_until_when(
    site: Site, database: SqliteDatabase
) -> None:
    job = ended(site)
    awaited = awaiting_verdicts([_end(site, job)], 5 * MINUTE, site.now)
    with database.write() as connection:
        announce(connection, awaited, [Filter(channel="team")], site.now)
    for page in (ADDRESS, "/deliveries"):
        seen = await site.seen(page)
        assert "waits for its verdict, 5m at most" in seen.text
        assert "2026-11-23 12:05 UTC" in seen.text
    site.clock.advance(6 * MINUTE)
    assert "its verdict, " not in (await site.seen(ADDRESS)).text


async def test_the_feed_has_the_verdict_in_the_end_and_as_an_entry(
    site: Site, database: SqliteDatabase
) -> None:
    job = ended(site)
    with database.write() as connection:
        announce(connection, [_end(site, job)], [], site.now)
    before = await site.get("/feed.atom")
    with database.write() as connection:
        announce_results(connection, partial(job, at=site.now), [], site.now)
    after = await site.get("/feed.atom", **{"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert "COMPLETED, 40 FAILED: batch-1 · 945 of 1,000 whole, 10 missing" in after.text
    assert 'term="batch.results"' in after.text
    assert "Tokens: 412,000 (400,000 in, 12,000 out)" in after.text


def _end(site: Site, job: BatchJob) -> Event:
    return Event(
        kind=EventKind.COMPLETED,
        account="default",
        job_id=job.id,
        qualifier="end:COMPLETED",
        happened_at=site.now,
        seen_at=site.now,
        job=job,
    )
