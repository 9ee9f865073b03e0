"""`JobResults`: what is known of the results of a job's end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from batchbell.core.job import BatchJob
    from batchbell.core.results.cause import Cause
    from batchbell.core.results.counts import Counts, Verdict
    from batchbell.core.results.lines import Tokens


class ResultsState(StrEnum):
    """How far the results of an end are; the names are a contract."""

    #: Its files are to be read, or are being read.
    WAITING = "waiting"
    #: They were read; the verdict is there.
    COUNTED = "counted"
    #: A result file could not be had until it was given up.
    LOST = "lost"
    #: There is no result file, or none that is read.
    SKIPPED = "skipped"


class FileKind(StrEnum):
    """Which of a job's files it is, in the order in which they are read."""

    INPUT = "input"
    OUTPUT = "output"
    ERRORS = "errors"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFile:
    """One file of a job."""

    kind: FileKind
    #: The provider's id of it.
    id: str
    #: Its decoded size, bytes; None if it was not read to its end.
    bytes: int | None = None
    #: Of these bytes, in hex digits; '' if it was not read to its end.
    sha256: str = ""
    #: Where it is kept, an absolute path; '' if it is not.
    path: str = ""
    #: Why it was not read to its end, in one line without secrets; '' if it was.
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResults:
    """What is known of the results of one end of a job.

    (`account`, `job_id`, `status`) is its key; another file id replaces it.
    """

    account: str
    job_id: str
    #: The end: the job's status as the API spells it.
    status: str
    state: ResultsState
    #: None until it is counted; `UNKNOWN` if a file was lost or too large.
    verdict: Verdict | None = None
    #: None if nothing was counted.
    counts: Counts | None = None
    #: None if no answer said how many.
    tokens: Tokens | None = None
    #: In the user's currency; None if the model has no price or the tokens are not known.
    cost: Decimal | None = None
    #: The most frequent first.
    causes: tuple[Cause, ...] = ()
    #: In the order of `FileKind`.
    files: tuple[ResultFile, ...] = ()
    #: Why it is what it is (skipped, lost, unknown), in one line without secrets; '' for no reason.
    reason: str = ""
    #: None until it is counted.
    counted_at: datetime | None = None

    def is_of(self, job: BatchJob) -> bool:
        """Whether they are of the end that the job has now; it may have ended anew, or run on."""
        return job.finished and self.status == (job.status or "")
