from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from batchbell.simulator.plan import JobPlan, Step
from batchbell.simulator.rows import ABSENT
from batchbell.simulator.state import JobBook, NotCancellableError, UnknownJobError

START = datetime(2025, 6, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_job_gets_believable_values_for_what_is_not_given() -> None:
    book = JobBook()
    job_id = book.add_job(START, {"progress": 71.75, "model_id": ABSENT})
    row = book.row(START, job_id)
    assert row["id"] == job_id
    assert row["status"] == "IN_PROGRESS"
    assert row["progress"] == 71.75
    assert row["created_at"] == "2025-06-11T00:00:00.000000Z"
    assert row["job_deadline"] == "2025-06-12T00:00:00.000000Z"
    assert row["output_file_id"] is None
    assert "model_id" not in row


def test_a_creation_time_in_the_apis_words_stays_as_it_is() -> None:
    book = JobBook()
    row = book.row(START, book.add_job(START, {"created_at": "long ago"}))
    assert row["created_at"] == "long ago"
    assert row["job_deadline"] is None


@pytest.mark.parametrize(
    ("status", "field"),
    [
        ("COMPLETED", "completed_at"),
        ("COMPLETED", "output_file_id"),
        ("EXPIRED", "output_file_id"),
        ("CANCELLED", "output_file_id"),
        ("FAILED", "error"),
    ],
)
def test_a_new_status_brings_what_belongs_to_it(status: str, field: str) -> None:
    book = JobBook()
    job_id = book.add_job(START, {})
    book.update_job(START, job_id, {"status": status})
    assert book.row(START, job_id)[field]
    assert book.row(START, book.add_job(START, {"status": status}))[field]


def test_what_is_given_wins_over_what_the_status_brings() -> None:
    book = JobBook()
    job_id = book.add_job(START, {})
    book.update_job(START, job_id, {"status": "COMPLETED", "output_file_id": None})
    row = book.row(START, job_id)
    assert (row["status"], row["progress"], row["output_file_id"]) == ("COMPLETED", 100, None)


def test_the_same_status_again_changes_nothing_else() -> None:
    book = JobBook()
    job_id = book.add_job(START, {"status": "COMPLETED"})
    before = book.row(START, job_id)
    book.update_job(START, job_id, {"status": "COMPLETED"})
    assert book.row(START, job_id) == before


def test_unknown_jobs_are_errors() -> None:
    book = JobBook()
    with pytest.raises(UnknownJobError):
        book.row(START, "nope")
    with pytest.raises(UnknownJobError):
        book.update_job(START, "nope", {})
    with pytest.raises(UnknownJobError):
        book.cancel(START, "nope")
    book.remove_job("nope")


def test_a_finished_job_is_not_cancelled() -> None:
    book = JobBook()
    job_id = book.add_job(START, {"status": "FAILED"})
    with pytest.raises(NotCancellableError, match="FAILED"):
        book.cancel(START, job_id)


def test_a_removed_job_is_gone_with_its_files() -> None:
    book = JobBook()
    job_id = book.add_job(START, {"input_file_id": "file-in"})
    assert book.file(START, "file-in") is not None
    book.remove_job(job_id)
    assert book.file(START, "file-in") is None
    assert book.listing(START) == b"[]"


def test_the_listing_is_the_same_object_while_nothing_changes() -> None:
    book = JobBook()
    first, second = book.add_job(START, {}), book.add_job(START, {})
    listing = book.listing(START)
    assert book.listing(START + HOUR) is listing
    book.update_job(START, second, {"progress": 1})
    changed = {row["id"]: row["progress"] for row in json.loads(book.listing(START))}
    assert changed == {first: 0, second: 1}


def test_the_listing_changes_when_a_step_is_due_and_when_time_goes_back() -> None:
    step = Step(at=START + HOUR, changes={"progress": 5})
    book = JobBook([JobPlan(job_id="a", first={"id": "a", "progress": 0}, steps=(step,))])
    before = book.listing(START)
    assert book.listing(START + HOUR) == b'[{"id":"a","progress":5}]'
    assert book.listing(START) == before


def test_the_listing_is_not_sorted_but_its_order_stays() -> None:
    book = JobBook()
    ids = [book.add_job(START, {"id": f"job-{number:02}"}) for number in range(30)]
    order = [row["id"] for row in json.loads(book.listing(START))]
    assert sorted(order) == ids
    assert order != ids
    assert [row["id"] for row in book.rows(START)] == order


def test_planned_jobs_appear_in_time_and_are_forgotten_when_gone() -> None:
    def endless() -> list[JobPlan]:
        return [
            JobPlan(
                job_id=str(hour),
                first={"id": str(hour), "input_file_id": f"file-{hour}"},
                appears_at=START + hour * HOUR,
                gone_at=START + (hour + 3) * HOUR,
            )
            for hour in range(100)
        ]

    book = JobBook(endless())
    assert json.loads(book.listing(START - HOUR)) == []
    assert {row["id"] for row in book.rows(START + HOUR)} == {"0", "1"}
    listed = json.loads(book.listing(START + 50 * HOUR))
    assert {row["id"] for row in listed} == {"48", "49", "50"}
    assert len(book._plans) == len(book._rows) == len(book._file_owners) == 3
    with pytest.raises(UnknownJobError):
        book.row(START + 50 * HOUR, "47")


def test_a_file_is_there_only_once_its_job_names_it() -> None:
    step = Step(at=START + HOUR, changes={"output_file_id": "file-out"})
    book = JobBook([JobPlan(job_id="a", first={"id": "a"}, steps=(step,))])
    book.listing(START)
    assert book.file(START, "file-out") is None
    found = book.file(START + HOUR, "file-out")
    assert found is not None
    assert found.role == "output_file_id"
