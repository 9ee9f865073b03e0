"""Values made by the column are those made one by one."""

from __future__ import annotations

import pytest

from batchbell.core.by_column import made_by_column
from batchbell.core.job import API_FIELDS, BatchJob


def test_jobs_made_by_the_column_are_those_made_one_by_one() -> None:
    columns = {name: [f"{name} of {number}" for number in range(3)] for name in API_FIELDS}
    made = made_by_column(BatchJob, columns, 3)
    one_by_one = [
        BatchJob(**{name: values[number] for name, values in columns.items()})  # type: ignore[arg-type]
        for number in range(3)
    ]
    assert made == one_by_one
    assert [hash(job) for job in made] == [hash(job) for job in one_by_one]


def test_a_field_that_no_column_has_is_at_its_default_and_no_job_can_be_changed() -> None:
    (job,) = made_by_column(BatchJob, {"id": ["job-1"]}, 1)
    assert job == BatchJob(id="job-1")
    with pytest.raises(AttributeError):
        job.status = "FAILED"  # type: ignore[misc]


def test_a_field_without_a_default_has_to_be_given() -> None:
    with pytest.raises(KeyError, match="id"):
        made_by_column(BatchJob, {"status": ["FAILED"]}, 1)
