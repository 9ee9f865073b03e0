"""`BatchJob`: one batch job as the API describes it, in our units."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from batchbell.core.provider import END_STATES, JobState, state_of

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """One batch job. Every field but `id` is None where the API did not say (or said nonsense)."""

    #: Opaque text; a UUID in practice.
    id: str
    #: As the API spells it; a status we don't know is kept as it came.
    status: str | None = None
    #: What the provider says its status means; None where that is the name of a `JobState`.
    meaning: JobState | None = None
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
    def state(self) -> JobState:
        """What its status means."""
        return state_of(self.status, self.meaning)

    @property
    def finished(self) -> bool:
        """Whether the job has ended; an unknown status counts as not finished."""
        # Not by way of `state`: this is asked of 100,000 jobs at every poll.
        return (self.meaning or self.status) in END_STATES

    def filled_from(self, earlier: BatchJob) -> BatchJob:
        """Keep the last known value of every field this answer lacks.

        Some answers leave fields out (`model_id`, for one); that must not wipe what is known.
        """
        known = {
            name: getattr(earlier, name)
            for name in API_FIELDS
            if getattr(self, name) is None and getattr(earlier, name) is not None
        }
        if "status" in known:
            known["meaning"] = earlier.meaning
        return replace(self, **known) if known else self


#: The fields that the API has too, by its names: what programs and templates get of a job.
API_FIELDS = tuple(field.name for field in fields(BatchJob) if field.name != "meaning")
