"""`BatchJob`: one batch job as the API describes it, in our units."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class BatchStatus(StrEnum):
    """The statuses batchbell knows.

    Source: Together's OpenAPI document (`BatchJob.status`); `CANCELING` is from the Python SDK 1.x.
    """

    VALIDATING = "VALIDATING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    CANCELING = "CANCELING"
    CANCELLED = "CANCELLED"


#: The statuses after which a job does not move any more.
END_STATUSES = frozenset(
    {BatchStatus.COMPLETED, BatchStatus.FAILED, BatchStatus.EXPIRED, BatchStatus.CANCELLED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """One batch job. Every field but `id` is None where the API did not say (or said nonsense)."""

    #: Opaque text; a UUID in practice.
    id: str
    #: As the API spells it; a status we don't know is kept as it came.
    status: str | None = None
    #: Fraction done, 0.0 to 1.0 (the API's 0 to 100 is divided at the boundary).
    progress: float | None = None
    user_id: str | None = None
    input_file_id: str | None = None
    #: Size of the input file, bytes.
    file_size_bytes: int | None = None
    created_at: datetime | None = None
    completed_at: datetime | None = None
    job_deadline: datetime | None = None
    endpoint: str | None = None
    model_id: str | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None
    #: The API's own words about a failure.
    error: str | None = None

    @property
    def finished(self) -> bool:
        """Whether the job has ended; an unknown status counts as not finished."""
        return self.status in END_STATUSES

    def filled_from(self, earlier: BatchJob) -> BatchJob:
        """Keep the last known value of every field this answer lacks.

        Some answers leave fields out (`model_id`, for one); that must not wipe what is known.
        """
        known = {
            field.name: getattr(earlier, field.name)
            for field in fields(self)
            if getattr(self, field.name) is None and getattr(earlier, field.name) is not None
        }
        return replace(self, **known) if known else self
