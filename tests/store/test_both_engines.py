"""What one engine takes, finds and sorts, the other one does alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from batchbell.core.file_names import KnownFile
from batchbell.core.job import BatchJob
from batchbell.core.routing import Route
from batchbell.core.snapshot import JobRecord
from batchbell.core.text import harmless_text
from batchbell.store import accounts, events, files, jobs
from tests.fakes import START

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.store.database import Database

#: In the order of their characters, which is no language's.
IDS = ["-", "A%", "B", "Z_", "_", "a", "a_b", "axb", "b\\", "ß", "ä", "\uffee", "\U0001f514"]
#: NUL, a lone surrogate, a bidi control; a character beyond 16 bits.
HOSTILE = "a\x00b\ud800c\u202ed\U0001f514\r\n'\"\\"


def record(job: BatchJob) -> JobRecord:
    return JobRecord(
        job=job,
        first_seen_at=START,
        last_seen_at=START + timedelta(microseconds=1),
        status_since=datetime(1970, 1, 1, tzinfo=UTC),
        progress_since=datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    )


def save(database: Database, several: Sequence[JobRecord]) -> None:
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        jobs.save(connection, "default", several)


def test_ids_are_sorted_by_their_characters(database: Database) -> None:
    save(database, [record(BatchJob(id=each)) for each in reversed(IDS)])
    with database.read() as connection:
        found = [each.record.job.id for each in jobs.find(connection, "")]
    assert found == sorted(IDS) == IDS


def test_a_job_is_found_by_the_name_that_its_own_account_has_for_its_file(
    database: Database,
) -> None:
    with database.write() as connection:
        for account, name in (("europe", "a.jsonl"), ("asia", "b.jsonl")):
            accounts.save(connection, accounts.load(connection, account))
            jobs.save(connection, account, [record(BatchJob(id=account, input_file_id="file-1"))])
            known = KnownFile(id="file-1", filename=name, tries=1, looked_up_at=START)
            files.save(connection, account, [known])
        found = [
            [each.record.job.id for each in jobs.with_input(connection, names, account=account)]
            for names, account in (
                (["a.jsonl"], None),
                (["a.jsonl", "b.jsonl"], None),
                (["a.jsonl"], "asia"),
                (["%"], None),
            )
        ]
    assert found == [["europe"], ["asia", "europe"], [], []]


def test_a_prefix_is_no_pattern_and_small_letters_find_large_ones(database: Database) -> None:
    save(database, [record(BatchJob(id=each)) for each in IDS])
    with database.read() as connection:
        found = {
            prefix: [each.record.job.id for each in jobs.find(connection, prefix)]
            for prefix in ("a", "a_", "%", "b\\", "Z")
        }
    assert found == {
        "a": ["a"],
        "a_": ["a_b"],
        "%": [],
        "b\\": ["b\\"],
        "Z": ["Z_"],
    }


def test_a_job_comes_back_as_it_was_to_the_microsecond(database: Database) -> None:
    text = harmless_text(HOSTILE)
    job = BatchJob(
        id="job",
        status=text,
        progress=0.1 + 0.2,
        user_id=text,
        input_file_id="",
        file_size_bytes=2**62,
        created_at=START - timedelta(microseconds=1),
        model_id=text,
        error=text * 1000,
    )
    wanted = replace(record(job), announced=frozenset({text, "end:FAILED"}))
    save(database, [wanted])
    with database.read() as connection:
        (found,) = jobs.find(connection, "job")
    assert found.record == wanted


def test_what_an_event_holds_comes_back_however_hostile(database: Database) -> None:
    event = sample(EventKind.FAILED, START)
    assert event.job is not None
    event = replace(event, job=replace(event.job, error=HOSTILE))
    with database.write() as connection:
        events.record(connection, [Route(event=event, not_told={"team": HOSTILE})])
    with database.read() as connection:
        (found,) = events.log(connection)
    assert (found.event, found.not_told) == (event, {"team": HOSTILE})


async def test_it_says_whether_this_process_writes_just_now(database: Database) -> None:
    assert not database.is_written
    with database.read():
        assert not database.is_written
    with database.write():
        assert database.is_written
    assert not database.is_written
    with pytest.raises(LookupError), database.write():
        raise LookupError
    assert not database.is_written
