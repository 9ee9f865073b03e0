from __future__ import annotations

from batchbell.core.job import API_FIELDS, BatchJob
from batchbell.json_views.jobs import batch_job_json


def test_a_job_has_every_field_of_the_api_in_its_order() -> None:
    assert tuple(batch_job_json(BatchJob(id="a"))) == API_FIELDS
