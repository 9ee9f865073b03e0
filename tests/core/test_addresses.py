from __future__ import annotations

import re

from batchbell.core.addresses import from_elsewhere, job_page
from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts
from batchbell.core.job import BatchJob
from tests.fakes import START


def event(job: BatchJob | None) -> Event:
    return Event(kind=EventKind.EXPIRED, account="prod", happened_at=START, seen_at=START, job=job)


def test_events_note_an_unusual_address() -> None:
    of_job, of_account = event(BatchJob(id="job-1")), event(None)
    assert from_elsewhere([of_job, of_account], "") == [of_job, of_account]
    noted, same = from_elsewhere([of_job, of_account], "http://127.0.0.1:1/v1")
    assert noted.facts == Facts(api="http://127.0.0.1:1/v1")
    assert same is of_account


def test_a_job_has_a_page_of_its_own() -> None:
    assert job_page("prod", "3f2a9c1e-7b4d") == "jobs/prod/3f2a9c1e-7b4d"
    odd = ('x" onclick="y', "a b", "a/b", "\ud800", "?q#f", "ä")
    pages = [job_page("prod", job_id) for job_id in odd]
    assert len(set(pages)) == len(odd)
    assert all(re.fullmatch(r"jobs/prod/[A-Za-z0-9%._-]+", page) for page in pages)
