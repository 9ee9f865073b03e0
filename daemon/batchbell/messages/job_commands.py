"""What is done about one job one step after the other: commands to be copied, and what is by hand.

Messages, `show` and the job's page give the same steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.facts import ResultsFacts
from batchbell.core.provider import JobState
from batchbell.core.results.selection import Include
from batchbell.messages.job_step import (
    SUBMIT,
    JobStep,
    first_by_hand,
    in_order,
    job_command,
    then_by_hand,
)
from batchbell.messages.loss_steps import after_loss, is_lost_to_all, once_vanished
from batchbell.messages.plain_text import counted
from batchbell.messages.prospect_decision import CANCELLING, Act
from batchbell.messages.remedy import NOTHING, ByHand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.core.job import BatchJob


_FETCH = "Fetch files"
_FETCH_ERRORS = "Fetch its errors"
_FETCH_DONE = "Fetch what is done"
#: `retry` submits nothing: it writes what is then submitted.
_FILE_OF = "Write a file of"
_THE_REST = f"{_FILE_OF} the rest"
_ALL_OF_IT = f"{_FILE_OF} all requests"
_CANCEL_LATER = "Only if it has not moved by then, cancel it"
#: What is still running has no file yet.
_ONCE_CANCELLED = "once it is cancelled"
#: How what fails again as it stands is kept out of the file: `retry` prints that command whole.
_LEAVING = "with the command that retry prints"
#: What people call answers of little use.
_CALLED = {Include.EMPTY: "the empty answers", Include.TRUNCATED: "the cut answers"}


def after_end(job_id: str, results: ResultsFacts) -> Iterator[JobStep]:
    """Yield what gets the files of an ended job, and what of it is sent again.

    Nothing before its results are counted, or for an id that can't be copied without harm.
    """
    fetch = job_command("fetch", job_id) if results.succeeded is not None else ""
    if fetch and not results.is_nothing:
        yield JobStep(_FETCH, fetch)
    elif fetch and results.failed:
        yield JobStep(_FETCH_ERRORS, fetch)
    if fetch and _is_sent_again(results):
        yield _again(job_id, results)
        yield from then_by_hand("; ".join(_changes(results)))


def _is_sent_again(results: ResultsFacts) -> bool:
    return bool(results.requests) and bool(_lacking(results) or results.is_degraded)


def _lacking(results: ResultsFacts) -> list[Include]:
    """Return what has no answer."""
    found = {Include.FAILED: results.failed, Include.MISSING: results.missing}
    return [each for each, count in found.items() if count]


def _again(job_id: str, results: ResultsFacts) -> JobStep:
    """Return what writes one file of all that is to be sent again: a second one replaces it."""
    found = {Include.EMPTY: results.empty, Include.TRUNCATED: results.truncated}
    degraded = [each for each, count in found.items() if count]
    if not degraded:
        return JobStep(
            _ALL_OF_IT if results.is_nothing else _THE_REST, job_command("retry", job_id)
        )
    lacking = _lacking(results)
    *first, last = [*(["the rest"] if lacking else []), *(_CALLED[each] for each in degraded)]
    named = f"{', '.join(first)} and {last}" if first else last
    command = f"retry --include {','.join([*lacking, *degraded])}"
    return JobStep(f"{_FILE_OF} {named}", job_command(command, job_id))


def _changes(results: ResultsFacts) -> Iterator[str]:
    """Yield what fails again, or is cut again, as it stands in that file."""
    count = results.need_repair or 0
    if count:
        # Without any other request there would be no file. What is wrong with them is said above.
        them = "it" if count == 1 else "them"
        may_leave = f", or leave {them} out {_LEAVING}" if count < results.sent_again else ""
        yield f"{counted(count, 'request')} of it{may_leave}"
    if results.truncated:
        yield f"raise max_tokens of the {counted(results.truncated, 'cut answer')}"


def once_more(job: BatchJob, by_hand: ByHand = NOTHING) -> Iterator[JobStep]:
    """Yield how to send again all requests of a job that ended and left no file.

    What people have to do before stands where it is done.
    """
    command = job_command("retry", job.id)
    if (
        command
        and job.finished
        and job.input_file_id
        and not (job.output_file_id or job.error_file_id)
    ):
        yield from first_by_hand(by_hand)
        yield JobStep(_ALL_OF_IT, command)
        yield from then_by_hand(by_hand.repair)


def after_any_end(job: BatchJob, results: ResultsFacts, by_hand: ByHand) -> Iterator[JobStep]:
    """Yield what to do about a job that ended, by what is known of what it left."""
    if is_lost_to_all(job, results):
        yield from after_loss(job, by_hand)
    else:
        yield from after_end(job.id, results)
        yield from once_more(job, by_hand)


def cancel_command(job: BatchJob) -> str:
    """Return what cancels a job; '' if it does not run on, or its id can't be copied safely."""
    runs_on = not job.finished and job.state is not JobState.CANCELING
    return job_command("cancel", job.id) if runs_on else ""


def to_cancel(job: BatchJob, act: Act) -> Iterator[JobStep]:
    """Yield how to cancel a job, and to send again what it did not do; nothing if it can't be.

    Where that is for later no more than its command: who follows numbers must not be led to it.
    """
    cancel, again = cancel_command(job), job_command("retry", job.id)
    if not cancel or act not in CANCELLING:
        return
    if act is Act.CANCEL_LATER:
        yield JobStep(_CANCEL_LATER, cancel)
        return
    yield JobStep("Cancel it", cancel)
    if job.progress == 0:
        yield JobStep(f"{_ALL_OF_IT}, {_ONCE_CANCELLED}", again)
    else:
        yield JobStep(f"{_FETCH_DONE}, {_ONCE_CANCELLED}", job_command("fetch", job.id))
        yield JobStep(_THE_REST, again)
    yield SUBMIT


def off_the_list(job: BatchJob) -> JobStep:
    """Return how lists stop asking for anything about an end."""
    return JobStep("Take it off the list", job_command("ack", job.id))


def as_it_stands(
    job: BatchJob,
    results: ResultsFacts | None,
    *,
    act: Act,
    asks_for_ack: bool,
    has_vanished: bool = False,
    by_hand: ByHand = NOTHING,
) -> list[JobStep]:
    """Return the steps for what helps with a job as it stands now, with their numbers.

    `results` are None if nobody counts them. `act` is what to do with it while it runs,
    `by_hand` what to do before it is sent again. What lists ask for is acknowledged last, and so is
    the end of a job that is to be cancelled: whoever cancelled one knows of it.
    """
    found = [*after_any_end(job, results or ResultsFacts(), by_hand)]
    if job.finished and not found and (job.output_file_id or job.error_file_id):
        found = [JobStep(_FETCH, job_command("fetch", job.id))]
    if has_vanished and not job.finished:
        found = [*once_vanished(job, by_hand)]
    if act in CANCELLING:
        found = [*to_cancel(job, act)]
    if asks_for_ack or (found and act is Act.CANCEL_NOW):
        found.append(off_the_list(job))
    return in_order(step for step in found if step.text)
