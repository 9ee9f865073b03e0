"""No text of a job carries a secret any further, whatever field it stands in."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest

from batchbell.core.job import BatchJob
from batchbell.observability.redaction import Redaction
from batchbell.providers.together.cleaning import ERRORS_TOGETHER, Cleaning, ErrorRoom
from batchbell.providers.together.listing import ListingReader
from batchbell.providers.together.row import parse_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.providers.together.known_listing import KnownListing
    from batchbell.providers.together.reading import Reading

KEY = "tgp_fake_key_0123456789"
TEXTS = (
    "status",
    "user_id",
    "input_file_id",
    "endpoint",
    "model_id",
    "output_file_id",
    "error_file_id",
    "error",
)


def cleaning(*secrets: str) -> Cleaning:
    return Cleaning(Redaction(secrets))


def read(
    *rows: Mapping[str, object], known: KnownListing | None = None, tail: bytes = b""
) -> Reading:
    reader = ListingReader(known, cleaning=cleaning(KEY))
    reader.feed(json.dumps(rows).encode()[:-1] + tail + b"]")
    return reader.close()


@pytest.mark.parametrize("name", TEXTS)
def test_the_key_is_taken_out_of_every_text(name: str) -> None:
    row = {"id": "batch-1", "status": "FAILED", name: f"a {KEY} b"}
    (job,) = read(row).jobs
    assert getattr(job, name) == "a *** b"
    assert KEY not in repr(job)


def test_no_text_of_a_job_is_forgotten() -> None:
    texts = {field.name for field in fields(BatchJob) if field.type == "str | None"}
    assert texts == set(TEXTS)


def test_what_a_status_means_does_not_depend_on_anybody_s_password() -> None:
    job = BatchJob(id="batch-1", status="COMPLETED", model_id="COMPLETED")
    assert cleaning("COMPLETED").clean(job) == replace(job, model_id="***")


@pytest.mark.parametrize("job_id", [KEY, f"batch-{KEY}-1"])
@pytest.mark.parametrize("tail", [b"", b",[]"], ids=["fast", "lenient"])
def test_a_row_whose_id_holds_the_key_is_set_aside(job_id: str, tail: bytes) -> None:
    rows = ({"id": job_id, "status": "FAILED"}, {"id": "batch-2", "status": "FAILED"})
    reading = read(*rows, tail=tail)

    assert [job.id for job in reading.jobs] == ["batch-2"]
    assert list(reading.ids) == ["batch-2"]
    assert len(reading.ids) == 1
    assert reading.skipped_rows == 1 + bool(tail)


def test_it_stays_set_aside_at_the_next_listing() -> None:
    rows = ({"id": f"x{KEY}", "status": "FAILED"}, {"id": "batch-2", "status": "FAILED"})
    first = read(*rows)
    assert len(list(first.jobs)) == 1
    again = read(*rows, known=first.known_by())
    assert (list(again.jobs), list(again.ids), again.skipped_rows) == ([], ["batch-2"], 1)


def test_the_errors_of_a_listing_are_bounded_together_and_what_is_cut_says_so() -> None:
    rows = [
        {"id": f"batch-{number}", "status": "IN_PROGRESS", "error": f"{number} " + "long " * 1_999}
        for number in range(2_000)
    ]
    first = read(*rows)
    errors = [job.error or "" for job in first.jobs]

    assert sum(map(len, errors)) < ERRORS_TOGETHER + 2_000 * 400
    assert len(errors[0]) == len("0 " + "long " * 1_999)
    assert errors[-1].startswith("1999 long")
    assert errors[-1].endswith("… (cut here: the errors of this listing are too long together)")
    # What is looked at again is what was kept.
    again = [job.error or "" for job in read(*rows, known=first.known_by()).jobs]
    assert again[-1] == errors[-1]


@pytest.mark.parametrize("size", [900, 5_000, 9_000])
def test_of_a_first_listing_it_makes_no_difference_whether_rows_are_read_by_the_column(
    size: int,
) -> None:
    states = ["FAILED", "EXPIRED", "FAILED", "IN_PROGRESS", "COMPLETED"]
    rows: list[dict[str, object]] = [
        {"id": f"batch-{at}", "status": states[at % 5], "error": "x" * (size - at % 7)}
        for at in range(1_000)
    ]
    read_by_column = {job.id: job for job in read(*rows).jobs}
    by_row = parse_rows(rows)
    room = ErrorRoom()

    assert {job.id: room.bounded(job) for job in by_row} == read_by_column


def parse_rows(rows: list[dict[str, object]]) -> list[BatchJob]:
    parsed = [parse_row(row) for row in rows]
    return [row.job for row in parsed if row is not None]


def test_no_half_of_a_secret_is_left_where_an_error_is_cut() -> None:
    room = ErrorRoom(0)
    for before in range(280, 310):
        job = BatchJob(id="batch-1", error="x" * before + KEY + "y" * 500)
        error = room.bounded(cleaning(KEY).clean(job)).error
        assert error is not None
        assert KEY[:6] not in error


def test_a_short_error_is_never_cut() -> None:
    job = BatchJob(id="batch-1", error="x" * 300)
    assert ErrorRoom(0).bounded(job) is job
    assert ErrorRoom(0).bounded(BatchJob(id="batch-1")).error is None


def test_a_job_without_a_secret_is_looked_at_once_and_not_made_anew() -> None:
    looks: list[str] = []

    class Counted(Redaction):
        def is_in(self, text: str) -> bool:
            looks.append(text)
            return super().is_in(text)

    job = BatchJob(
        id="batch-1",
        status="COMPLETED",
        user_id="user-1",
        input_file_id="file-" + "a" * 36,
        endpoint="/v1/chat/completions",
        model_id="meta-llama/Llama-3.3-70B-Instruct-Turbo",
        output_file_id="file-" + "b" * 36,
    )

    assert Cleaning(Counted((KEY, "another-secret"))).clean(job) is job
    assert len(looks) == 1
