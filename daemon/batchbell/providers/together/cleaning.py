"""What a job says, without the secrets that an answer may repeat."""

from __future__ import annotations

from dataclasses import replace
from itertools import compress
from typing import TYPE_CHECKING

from batchbell.core.provider import JobState, state_of
from batchbell.providers.together.row import LONGEST_ERROR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from batchbell.core.job import BatchJob
    from batchbell.observability.redaction import Redaction
    from batchbell.providers.together.row import ParsedRow

#: The errors of one listing are kept in full up to this many characters together.
ERRORS_TOGETHER = 4_000_000
#: What is kept of each one after that, characters; messages have 200.
SHORT_ERROR = 300
_CUT_HERE = "… (cut here: the errors of this listing are too long together)"


class ErrorRoom:
    """How much room is left for the errors of one listing."""

    def __init__(self, characters: int = ERRORS_TOGETHER) -> None:
        self._left = characters

    def take(self, lengths: Sequence[int], mask: Sequence[bool]) -> bool:
        """Take the room of those errors that are marked, if there is room for all; whether it is.

        If not, what is cut depends on their order: `bounded` has to look at each.
        """
        if self._left < sum(lengths):
            return False
        self._left -= sum(compress(lengths, mask))
        return True

    def bounded(self, job: BatchJob) -> BatchJob:
        """Return the job with as much of its error as there is room for; what is cut says so."""
        error = job.error
        if error is None:
            return job
        self._left -= len(error)
        if self._left >= 0 or len(error) <= SHORT_ERROR + len(_CUT_HERE):
            return job
        return replace(job, error=error[:SHORT_ERROR] + _CUT_HERE)


class Cleaning:
    """Takes secrets out of jobs."""

    def __init__(self, redact: Redaction) -> None:
        """`redact` knows the secrets; it may learn more."""
        self._redact = redact

    def is_usable_id(self, job_id: str) -> bool:
        """Whether an id may be kept: without the secret in it, it would be another job's."""
        return not self._redact.is_in(job_id)

    def is_clean(self, texts: Iterable[str]) -> bool:
        """Whether there is nothing to take out of several texts."""
        return not self._redact.is_in("\n".join(texts))

    def clean_row(self, row: ParsedRow) -> ParsedRow:
        """Return the row without secrets in any text of its job."""
        job = self.clean(row.job)
        return row if job is row.job else row._replace(job=job)

    def clean(self, job: BatchJob) -> BatchJob:
        """Return the job without secrets in any text."""
        error = job.error or ""
        was_cut = len(error) >= LONGEST_ERROR
        # One look at all texts together: nearly no job has any.
        if not was_cut and self.is_clean(_texts(job)):
            return job
        # What a status means must not depend on anybody's password.
        is_known = state_of(job.status) is not JobState.UNKNOWN
        return replace(
            job,
            status=job.status if is_known else self._line(job.status),
            user_id=self._line(job.user_id),
            input_file_id=self._line(job.input_file_id),
            endpoint=self._line(job.endpoint),
            model_id=self._line(job.model_id),
            output_file_id=self._line(job.output_file_id),
            error_file_id=self._line(job.error_file_id),
            error=self._redact.of_cut(error) if was_cut else self._line(job.error),
        )

    def _line(self, text: str | None) -> str | None:
        return None if text is None else self._redact(text)


def _texts(job: BatchJob) -> list[str]:
    texts = (
        job.status,
        job.user_id,
        job.input_file_id,
        job.endpoint,
        job.model_id,
        job.output_file_id,
        job.error_file_id,
        job.error,
    )
    return [text for text in texts if text]
