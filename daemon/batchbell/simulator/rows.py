"""The rows of jobs as the API shows them, and what each status brings with it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from batchbell.simulator.clock import rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Given as a field's value: the field is left out of the row.
ABSENT = object()

#: A job's time from its creation to its deadline. Source: every recorded job.
TIME_ALLOWED = timedelta(hours=24)


def new_row(now: datetime, fields: Mapping[str, object]) -> dict[str, object]:
    """Return the row of a job: believable values for every field that is not given.

    Times may be given as datetimes; a field given as `ABSENT` is left out.
    """
    created_at = fields.get("created_at", now)
    deadline = created_at + TIME_ALLOWED if isinstance(created_at, datetime) else None
    row: dict[str, object] = {
        "id": str(uuid.uuid4()),
        "user_id": "user_789xyz012",
        "input_file_id": f"file-{uuid.uuid4()}",
        "file_size_bytes": 2_237_747,
        "status": "IN_PROGRESS",
        "job_deadline": deadline,
        "created_at": created_at,
        "endpoint": "/v1/chat/completions",
        "progress": 0,
        "model_id": "deepseek-ai/DeepSeek-V3",
        "output_file_id": None,
        "error_file_id": None,
        "error": None,
        "completed_at": None,
    }
    row.update(status_fields(fields.get("status"), now))
    row.update(fields)
    return as_json(row)


def status_fields(status: object, now: datetime) -> dict[str, object]:
    """Return what else changes in a row when its status becomes `status` at `now`."""
    if status == "COMPLETED":
        return {"progress": 100, "completed_at": now, "output_file_id": new_file_id()}
    if status == "FAILED":
        return {"error": "line 3: invalid JSON"}
    if status in {"EXPIRED", "CANCELLED"}:
        return {"output_file_id": new_file_id()}
    return {}


def new_file_id() -> str:
    """Return the id of a file nobody has seen yet."""
    return f"file-{uuid.uuid4()}"


def as_json(row: Mapping[str, object]) -> dict[str, object]:
    """Return the row with datetimes written as the API writes them and `ABSENT` left out."""
    return {
        name: rfc3339(value) if isinstance(value, datetime) else value
        for name, value in row.items()
        if value is not ABSENT
    }
