from __future__ import annotations

import re

import pytest

from batchbell.core.addresses import (
    DEFAULT_BASE_URL,
    fetch_command,
    from_elsewhere,
    job_page,
    with_version,
)
from batchbell.core.event import Event, EventKind
from batchbell.core.job import BatchJob
from tests.fakes import START


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://api.together.ai", "https://api.together.ai/v1"),
        ("https://api.together.ai/", "https://api.together.ai/v1"),
        ("https://api.together.ai/v1/", "https://api.together.ai/v1"),
        ("http://127.0.0.1:8000/proxy", "http://127.0.0.1:8000/proxy/v1"),
        ("http://127.0.0.1:8000/proxy/v1", "http://127.0.0.1:8000/proxy/v1"),
        ("https://v1", "https://v1/v1"),
    ],
)
def test_both_forms_of_an_address_are_one(given: str, expected: str) -> None:
    assert with_version(given) == expected


def test_a_file_is_fetched_with_the_key_from_the_environment() -> None:
    assert fetch_command("file-1a") == (
        'curl -fsS -H "Authorization: Bearer $TOGETHER_API_KEY" -o file-1a.jsonl '
        '"https://api.together.ai/v1/files/file-1a/content"'
    )


@pytest.mark.parametrize("file_id", ["", "a b", "a;reboot", '"', "-o", "../x", "$(x)", "ä"])
def test_an_id_that_is_live_in_a_shell_makes_no_command(file_id: str) -> None:
    assert fetch_command(file_id) == ""


def event(job: BatchJob | None) -> Event:
    return Event(kind=EventKind.EXPIRED, account="prod", happened_at=START, seen_at=START, job=job)


def test_events_note_an_unusual_address() -> None:
    of_job, of_account = event(BatchJob(id="job-1")), event(None)
    assert from_elsewhere([of_job, of_account], DEFAULT_BASE_URL + "/") == [of_job, of_account]
    noted, same = from_elsewhere([of_job, of_account], "http://127.0.0.1:1")
    assert noted.facts == {"api": "http://127.0.0.1:1/v1"}
    assert same is of_account


def test_a_job_has_a_page_of_its_own() -> None:
    assert job_page("prod", "3f2a9c1e-7b4d") == "jobs/prod/3f2a9c1e-7b4d"
    odd = ('x" onclick="y', "a b", "a/b", "\ud800", "?q#f", "ä")
    pages = [job_page("prod", job_id) for job_id in odd]
    assert len(set(pages)) == len(odd)
    assert all(re.fullmatch(r"jobs/prod/[A-Za-z0-9%._-]+", page) for page in pages)
