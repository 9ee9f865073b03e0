"""What was written to be sent again, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.hanging import hanging
from batchbell.core.results.retry_helps import is_of_the_account, is_of_the_model, is_passing
from batchbell.messages.advice import job_command
from batchbell.messages.event_words import ERROR_LIMIT
from batchbell.messages.plain_text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from batchbell.core.job import BatchJob
    from batchbell.core.results.cause import Cause
    from batchbell.usecases.write_retry import Written

#: So many causes are shown.
_SHOWN_CAUSES = 5


def retry_lines(
    written: Written, path: Path, causes: Sequence[Cause], *, job_id: str, skips_repair: bool
) -> Iterator[str]:
    """Yield how many there are, and which of them sending again alone does not help.

    `job_id` is of the job whose requests they are.
    """
    yield from hanging(f"{counted(written.requests, 'request')} to send again: {path}")
    count = written.need_repair
    if not count:
        return
    if skips_repair:
        yield f"{counted(count, 'request')} left out, to be repaired first:"
    else:
        verb = "needs" if count == 1 else "need"
        yield from hanging(
            f"{count:,} of them {verb} repair first (--skip-repair leaves them out):"
        )
    yield from _causes([cause for cause in causes if cause.retry_helps is False], job_id)


def whole_input_lines(written: Written, path: Path, job: BatchJob) -> Iterator[str]:
    """Yield how many there are of a job that left no files, and what it failed for."""
    requests = counted(written.requests, "request")
    yield from hanging(f"{requests} to send again, the whole input: {path}")
    yield f"Nothing came back of this job, which is {one_line(job.status or 'of no known status')}."
    helps = _by_error(one_line(job.error or "", ERROR_LIMIT))
    if helps:
        yield from hanging(helps, below=0)


def _by_error(error: str) -> str:
    """Return what to do about a job's error before all is sent again; '' for none."""
    if is_of_the_account(error):
        return f"Nothing is wrong with the input; its account needs credit first: {error}"
    if error and is_passing(error):
        return f"Nothing is wrong with the input: {error}"
    if is_of_the_model(error):
        return f"Its model takes no batches, so name another one in the file first: {error}"
    return error and f"If its error is about the input, repair that in the file first: {error}"


def _causes(causes: Sequence[Cause], job_id: str) -> Iterator[str]:
    for cause in causes[:_SHOWN_CAUSES]:
        what = one_line(" ".join(part for part in (cause.code, cause.message) if part))
        example = f", for example {one_line(cause.example)}" if cause.example else ""
        line = f"  {cause.count:>7,}  {what or 'without a reason'}{example}"
        yield from hanging(line, below=len("  1234567  "))
    command = job_command("results", job_id)
    if len(causes) > _SHOWN_CAUSES:
        more = f"and for {counted(len(causes) - _SHOWN_CAUSES, 'more cause')}"
        yield f"  {more}: {command}" if command else f"  {more}"
