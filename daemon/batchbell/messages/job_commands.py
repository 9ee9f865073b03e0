"""The commands about one job that go with what helps, to be copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.provider import JobState
from batchbell.core.results.selection import USUALLY, Include
from batchbell.messages.advice import job_command
from batchbell.messages.results_words import repair_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.core.facts import ResultsFacts
    from batchbell.core.job import BatchJob

_FETCH = "Fetch files"
_FETCH_ERRORS = "Fetch its errors"
#: `retry` submits nothing: it writes what is then submitted.
_FILE_OF = "Write a file of"
_THE_REST = f"{_FILE_OF} the rest"
_ALL_OF_IT = f"{_FILE_OF} all requests"
#: What people call answers of little use.
_CALLED = {Include.EMPTY: "empty", Include.TRUNCATED: "cut"}


def after_end(job_id: str, results: ResultsFacts) -> Iterator[tuple[str, str]]:
    """Yield what gets the files of an ended job, and what of it to send again, with labels.

    Nothing before its results are counted, or for an id that can't be copied without harm.
    """
    fetch = job_command("fetch", job_id) if results.succeeded is not None else ""
    if fetch and not results.is_nothing:
        yield _FETCH, fetch
    elif fetch and results.failed:
        yield _FETCH_ERRORS, fetch
    if fetch and _is_sent_again(results):
        yield _again(job_id, results)


def by_hand(results: ResultsFacts) -> Iterator[tuple[str, str]]:
    """Yield what is to be done with the file of what is sent again, in words, with labels."""
    if not _is_sent_again(results):
        return
    changes = "; ".join(_changes(results))
    if changes:
        yield "Repair it", changes
    yield "Submit it", "retry prints the command for it"


def _is_sent_again(results: ResultsFacts) -> bool:
    return bool(results.requests) and (_lacks(results) or results.is_degraded)


def _lacks(results: ResultsFacts) -> bool:
    return bool(results.failed or results.missing)


def _again(job_id: str, results: ResultsFacts) -> tuple[str, str]:
    """Return what writes one file of all that is to be sent again: a second one replaces it."""
    found = {Include.EMPTY: results.empty, Include.TRUNCATED: results.truncated}
    degraded = [each for each, count in found.items() if count]
    if not degraded:
        return _ALL_OF_IT if results.is_nothing else _THE_REST, job_command("retry", job_id)
    lacking = [each for each in Include if each in USUALLY and _lacks(results)]
    *first, last = [*(["rest"] if lacking else []), *(_CALLED[each] for each in degraded)]
    named = f"{', '.join(first)} and {last}" if first else last
    command = f"retry --include {','.join([*lacking, *degraded])}"
    return f"{_FILE_OF} the {named}", job_command(command, job_id)


def _changes(results: ResultsFacts) -> Iterator[str]:
    """Yield what fails again, or is cut again, as it stands in that file."""
    count, why = results.need_repair or 0, repair_words(results)
    if count:
        verb, them = ("needs", "it") if count == 1 else ("need", "them")
        wrong = f"{count:,} in it {verb} repair" + (f" ({why})" if why else "")
        # Without any other request there would be no file.
        leaves = f", --skip-repair leaves {them} out" if count < _sent_again(results) else ""
        yield wrong + leaves
    if results.truncated:
        yield f"raise max_tokens of the {results.truncated:,} cut"


def _sent_again(results: ResultsFacts) -> int:
    """Return about how many requests are sent again."""
    parts = (results.failed, results.missing, results.empty, results.truncated)
    return sum(part or 0 for part in parts)


def once_more(job: BatchJob) -> Iterator[tuple[str, str]]:
    """Yield what writes all requests of a job that ended and left no file, with a label."""
    command = job_command("retry", job.id)
    if (
        command
        and job.finished
        and job.input_file_id
        and not (job.output_file_id or job.error_file_id)
    ):
        yield _ALL_OF_IT, command


def cancel_command(job: BatchJob) -> str:
    """Return what cancels a job; '' if it does not run on, or its id can't be copied safely."""
    runs_on = not job.finished and job.state is not JobState.CANCELING
    return job_command("cancel", job.id) if runs_on else ""


def to_cancel(job: BatchJob) -> Iterator[tuple[str, str]]:
    """Yield what cancels a job and then writes what it did not do, with labels.

    Nothing if it can't be cancelled.
    """
    cancel = cancel_command(job)
    if cancel:
        yield "Cancel it", cancel
        yield _THE_REST, job_command("retry", job.id)


def as_it_stands(
    job: BatchJob, results: ResultsFacts | None, *, cancels: bool, is_open_failure: bool
) -> Iterator[tuple[str, str]]:
    """Yield the commands for what helps with a job as it stands now, with labels.

    `results` are None if nobody counts them. `cancels` is whether to cancel it is a choice. An open
    failure is acknowledged last.
    """
    found = [] if results is None else [*after_end(job.id, results)]
    if job.finished and not found and (job.output_file_id or job.error_file_id):
        found = [(_FETCH, job_command("fetch", job.id))]
    found += once_more(job)
    if cancels:
        found = [*to_cancel(job)]
    if is_open_failure:
        found.append(("Take it off the list", job_command("ack", job.id)))
    yield from ((label, command) for label, command in found if command)
