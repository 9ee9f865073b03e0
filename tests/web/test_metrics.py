from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.job import BatchJob
from batchbell.core.results.job_results import ResultsState
from batchbell.errors import DatabaseError
from tests.came_back import put, unread
from tests.web.site import HOUR

if TYPE_CHECKING:
    import pytest

    from tests.web.site import Site


async def test_the_jobs_are_counted_by_the_database(site: Site) -> None:
    site.has(
        BatchJob(id="1", status="IN_PROGRESS", model_id="m"),
        BatchJob(id="2", status="IN_PROGRESS", model_id="m"),
        BatchJob(id="3", status="PAUSED"),
    )
    answer = await site.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'batchbell_jobs{account="default",model="m",status="IN_PROGRESS"} 2.0' in answer.text
    assert 'batchbell_jobs{account="default",model="none",status="other"} 1.0' in answer.text
    assert 'batchbell_notifications_pending{channel="team"} 0.0' in answer.text
    assert 'batchbell_results_pending{account="default"} 0.0' in answer.text


async def test_jobs_whose_files_are_to_be_read_are_counted(site: Site) -> None:
    job = BatchJob(id="1", status="COMPLETED", output_file_id="file-out")
    site.has(job)
    put(site.database, unread(job, ResultsState.WAITING), at=site.ago(HOUR))
    answer = await site.get("/metrics")
    assert 'batchbell_results_pending{account="default"} 1.0' in answer.text
    assert 'batchbell_results_oldest_age_seconds{account="default"} 3600.0' in answer.text


async def test_a_database_that_fails_is_told_and_the_rest_is_shown(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **_options: object) -> None:
        raise DatabaseError("locked")

    monkeypatch.setattr("batchbell.web.scrapes.read_gauges", fail)
    site.liveness.said = ["locked"]
    answer = await site.get("/metrics")
    assert answer.status_code == 200
    assert "batchbell_database_readable 0.0" in answer.text
    assert "batchbell_healthy 0.0" in answer.text
    assert "batchbell_events_total" in answer.text
