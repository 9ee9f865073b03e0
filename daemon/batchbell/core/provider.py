"""What batchbell has to know of a provider: what its jobs' statuses mean."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """How far a job is, whichever word its provider has for it; decisions go by this alone."""

    VALIDATING = "VALIDATING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    CANCELING = "CANCELING"
    CANCELLED = "CANCELLED"
    #: The provider says nothing, or a word that nobody knows.
    UNKNOWN = "UNKNOWN"


#: The states after which a job does not move any more.
END_STATES = frozenset({JobState.COMPLETED, JobState.FAILED, JobState.EXPIRED, JobState.CANCELLED})
_BY_NAME: dict[str | None, JobState] = {state.value: state for state in JobState}


def state_of(status: str | None, meaning: JobState | None = None) -> JobState:
    """Return what a status means: what its provider says of it, or else the state of that name."""
    return _BY_NAME.get(meaning or status, JobState.UNKNOWN)
