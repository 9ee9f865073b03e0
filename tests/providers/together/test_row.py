from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings

from batchbell.core.job import BatchJob
from batchbell.providers.together.row import (
    LONGEST_ERROR,
    LONGEST_FIELD,
    LONGEST_ID,
    ParsedRow,
    parse_row,
    parse_time,
)
from tests.strategies import good_rows, json_values, raw_rows

TEXT_FIELDS = [
    *("status", "user_id", "input_file_id", "endpoint", "model_id"),
    *("output_file_id", "error_file_id", "error"),
]
TIME_FIELDS = ("created_at", "completed_at", "job_deadline")


def parsed(**fields: object) -> ParsedRow:
    row = parse_row({"id": "job-1", **fields})
    assert row is not None
    return row


def test_a_recorded_row_is_read_whole() -> None:
    row = parsed(
        user_id="user_789xyz012",
        input_file_id="file-9f2c",
        file_size_bytes=2237747,
        status="IN_PROGRESS",
        job_deadline="2025-06-12T06:11:22.752345Z",
        created_at="2025-06-11T06:11:22.752350Z",
        endpoint="/v1/chat/completions",
        progress=71.75,
        model_id="deepseek-ai/DeepSeek-V3",
        output_file_id=None,
        error_file_id=None,
        error=None,
        completed_at=None,
    )
    assert row.bad_fields == 0
    assert row.scaled(fraction_scale=False) == BatchJob(
        id="job-1",
        user_id="user_789xyz012",
        input_file_id="file-9f2c",
        file_size_bytes=2237747,
        status="IN_PROGRESS",
        job_deadline=datetime(2025, 6, 12, 6, 11, 22, 752345, tzinfo=UTC),
        created_at=datetime(2025, 6, 11, 6, 11, 22, 752350, tzinfo=UTC),
        endpoint="/v1/chat/completions",
        progress=0.7175,
        model_id="deepseek-ai/DeepSeek-V3",
    )


@pytest.mark.parametrize("raw", [None, True, 1, 1.5, "job-1", [], ["id"], {}])
def test_what_is_no_object_with_an_id_is_no_row(raw: object) -> None:
    assert parse_row(raw) is None


@pytest.mark.parametrize(
    "job_id",
    [
        None,
        "",
        7,
        1.0,
        True,
        [],
        {},
        "a\x00b",
        "a\nb",
        "a\ud800b",
        "a\u202eb",
        "\x1b[2J",
        "x" * 257,
    ],
)
def test_a_row_without_a_usable_id_is_none(job_id: object) -> None:
    assert parse_row({"id": job_id, "status": "COMPLETED"}) is None


@pytest.mark.parametrize("job_id", ["x", "x" * LONGEST_ID, "../../etc", "a b/c?d#e", "数据", ".."])
def test_an_id_is_opaque_text(job_id: str) -> None:
    row = parse_row({"id": job_id})
    assert row is not None
    assert row.job == BatchJob(id=job_id)


@pytest.mark.parametrize("name", [*TEXT_FIELDS, *TIME_FIELDS])
@pytest.mark.parametrize("absent", [None, ""])
def test_null_and_empty_text_mean_none_and_are_not_counted(name: str, absent: object) -> None:
    row = parsed(**{name: absent})
    assert row.job == BatchJob(id="job-1")
    assert row.bad_fields == 0


@pytest.mark.parametrize("name", TEXT_FIELDS)
@pytest.mark.parametrize("nonsense", [0, 1.5, True, [], {"message": "no"}, math.nan])
def test_text_of_another_type_is_none_and_counted(name: str, nonsense: object) -> None:
    row = parsed(**{name: nonsense})
    assert row.job == BatchJob(id="job-1")
    assert row.bad_fields == 1


def test_an_unknown_status_is_kept_as_it_came() -> None:
    job = parsed(status="Paused").job
    assert job.status == "Paused"
    assert not job.finished


def test_the_longest_field_passes_and_a_longer_one_is_bad() -> None:
    assert parsed(model_id="m" * LONGEST_FIELD).job.model_id == "m" * LONGEST_FIELD
    too_long = parsed(model_id="m" * (LONGEST_FIELD + 1))
    assert too_long.job.model_id is None
    assert too_long.bad_fields == 1


def test_a_megabyte_of_error_text_is_cut_with_an_ellipsis() -> None:
    row = parsed(error="e" * 1_000_000)
    assert row.job.error == "e" * (LONGEST_ERROR - 1) + "…"
    assert row.bad_fields == 0


def test_text_is_made_harmless() -> None:
    job = parsed(error="line 1\r\nline 2\x00\ud800\x1b[31m\u202e", model_id="a\nSubject: b").job
    assert job.error == "line 1\nline 2\ufffd\ufffd\ufffd[31m\ufffd"
    assert job.model_id == "a\ufffdSubject: b"


def test_texts_that_rows_share_are_kept_once() -> None:
    shared: dict[str, str] = {}
    rows = [parse_row(json.loads('{"id": "j", "model_id": "m/m"}'), shared) for _ in range(2)]
    models = [row.job.model_id for row in rows if row is not None]
    assert models == ["m/m", "m/m"]
    assert models[0] is models[1]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2025-06-12T06:11:22Z", datetime(2025, 6, 12, 6, 11, 22, tzinfo=UTC)),
        ("2025-06-12t06:11:22z", datetime(2025, 6, 12, 6, 11, 22, tzinfo=UTC)),
        ("2025-06-12 06:11:22.5Z", datetime(2025, 6, 12, 6, 11, 22, 500_000, tzinfo=UTC)),
        ("2025-06-12T06:11:22.123456789Z", datetime(2025, 6, 12, 6, 11, 22, 123_456, tzinfo=UTC)),
        ("2025-06-12T06:11:22+02:00", datetime(2025, 6, 12, 4, 11, 22, tzinfo=UTC)),
        ("2025-06-12T06:11:22-05:30", datetime(2025, 6, 12, 11, 41, 22, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_as_aware_utc(text: str, at: datetime) -> None:
    assert parse_time(text) == at
    row = parsed(created_at=text)
    assert row.job.created_at == at
    assert row.job.created_at.tzinfo is UTC
    assert row.bad_fields == 0


@pytest.mark.parametrize(
    "nonsense",
    [
        "tomorrow",
        "2025-06-12",
        "2025-06-12T06:11:22",
        "2025-W24-4T06:11:22Z",
        "20250612T061122Z",
        "2025-06-12T06:11:22.Z",
        "2025-06-12T06:11:22.1234567890Z",
        "2025-13-01T00:00:00Z",
        "2025-06-12T06:11:60Z",
        "2025-06-12T06:11:22+99:00",
        "1000000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-23:59",
        "٢٠٢٥-06-12T06:11:22Z",
        " 2025-06-12T06:11:22Z",
        "2025-06-12T06:11:22Z\n",
        1749708682,
        1e18,
        True,
        {},
    ],
)
@pytest.mark.parametrize("name", TIME_FIELDS)
def test_a_time_that_is_none_becomes_none_and_is_counted(name: str, nonsense: object) -> None:
    row = parsed(**{name: nonsense})
    assert row.job == BatchJob(id="job-1")
    assert row.bad_fields == 1


@pytest.mark.parametrize(
    ("value", "size"), [(0, 0), (99, 99), (1e3, 1000), (2**63 - 1, 2**63 - 1), (None, None)]
)
def test_a_size_is_a_whole_number_of_bytes(value: object, size: int | None) -> None:
    row = parsed(file_size_bytes=value)
    assert row.job.file_size_bytes == size
    assert type(row.job.file_size_bytes) is not float
    assert row.bad_fields == 0


@pytest.mark.parametrize(
    "nonsense",
    [
        -1,
        2**63,
        float(2**63),
        1.5,
        math.nan,
        math.inf,
        True,
        "99",
        "",
        [],
        pytest.param(10**5000, id="5,001 digits"),
    ],
)
def test_a_size_that_is_none_becomes_none_and_is_counted(nonsense: object) -> None:
    row = parsed(file_size_bytes=nonsense)
    assert row.job.file_size_bytes is None
    assert row.bad_fields == 1


@pytest.mark.parametrize(
    ("value", "progress"), [(0, 0.0), (-0.0, 0.0), (71.75, 71.75), (100, 100.0), (None, None)]
)
def test_progress_stays_as_sent_until_the_scale_is_known(
    value: object, progress: float | None
) -> None:
    row = parsed(progress=value)
    assert str(row.raw_progress) == str(progress)
    assert row.bad_fields == 0


@pytest.mark.parametrize(
    "nonsense", [-1, -0.001, 100.001, 101, math.nan, math.inf, -math.inf, True, "50", "", []]
)
def test_progress_out_of_range_becomes_none_and_is_counted(nonsense: object) -> None:
    row = parsed(progress=nonsense)
    assert row.raw_progress is None
    assert row.scaled(fraction_scale=False).progress is None
    assert row.bad_fields == 1


def test_progress_becomes_a_fraction_of_one() -> None:
    assert parsed(progress=50).scaled(fraction_scale=False).progress == 0.5
    assert parsed(progress=0.5).scaled(fraction_scale=True).progress == 0.5
    assert parsed(progress=1).scaled(fraction_scale=False).progress == 0.01
    assert parsed(progress=1.5).scaled(fraction_scale=True).progress is None


def test_the_sample_rows_hold_no_nonsense() -> None:
    rows = json.loads((Path(__file__).parents[2] / "data" / "recorded_batches.json").read_text())
    assert [parse_row(row) is not None for row in rows] == [True] * len(rows)
    assert sum(row.bad_fields for row in map(parse_row, rows) if row) == 0


@given(good_rows())
def test_a_good_row_has_no_bad_field(raw: dict[str, object]) -> None:
    row = parse_row(raw)
    assert row is not None
    assert row.job.id == raw["id"]
    assert row.bad_fields == 0
    assert row.job.status == raw.get("status")


@settings(max_examples=5 * settings().max_examples)
@given(raw_rows())
def test_no_row_raises_and_what_comes_out_can_be_stored(raw: object) -> None:
    row = parse_row(raw)
    if row is None:
        return
    job = row.scaled(fraction_scale=False)
    for text in (job.id, job.status, job.error, job.model_id):
        assert text is None or (text.encode() and "\x00" not in text)
    assert job.progress is None or 0 <= job.progress <= 1
    assert job.file_size_bytes is None or 0 <= job.file_size_bytes < 2**63
    for at in (job.created_at, job.completed_at, job.job_deadline):
        assert at is None or at.tzinfo is UTC


@given(json_values())
def test_any_value_in_any_field_leaves_the_row(value: object) -> None:
    names = [*TEXT_FIELDS, *TIME_FIELDS, "progress", "file_size_bytes"]
    row = parsed(**dict.fromkeys(names, value))
    assert row.job.id == "job-1"
    assert 0 <= row.bad_fields <= len(names)
