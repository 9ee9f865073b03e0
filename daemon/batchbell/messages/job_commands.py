"""What is done about one job one step after the other: commands to be copied, and what is by hand.

Messages, `show` and the job's page give the same steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.provider import JobState
from batchbell.core.results.selection import Include
from batchbell.core.text import is_plain_word
from batchbell.messages.event_words import name_text
from batchbell.messages.plain_text import counted
from batchbell.messages.prospect_decision import CANCELLING, Act
from batchbell.messages.results_loss import lost_file
from batchbell.messages.results_words import repair_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from batchbell.core.facts import ResultsFacts
    from batchbell.core.job import BatchJob


class JobStep(NamedTuple):
    """One thing to do."""

    #: What it does.
    label: str
    #: The command; of what is done by hand what that takes, in words.
    text: str
    is_command: bool = True


_FETCH = "Fetch files"
_FETCH_ERRORS = "Fetch its errors"
_FETCH_DONE = "Fetch what is done"
#: `retry` submits nothing: it writes what is then submitted.
_FILE_OF = "Write a file of"
_THE_REST = f"{_FILE_OF} the rest"
_ALL_OF_IT = f"{_FILE_OF} all requests"
_FETCH_LATER = "Fetch its files, once they are there again"
_CANCEL_LATER = "Only if it has not moved by then, cancel it"
#: What is still running has no file yet.
_ONCE_CANCELLED = "once it is cancelled"
#: The last step: what `retry` wrote has another name each time, so it says how.
_SUBMIT = JobStep("Submit it", "retry prints the command for it", is_command=False)
#: What people call answers of little use.
_CALLED = {Include.EMPTY: "the empty answers", Include.TRUNCATED: "the cut answers"}


def job_command(command: str, job_id: str) -> str:
    """Return a command about a job; '' if its id can't be copied into a shell without harm."""
    return f"batchbell {command} -- {job_id}" if is_plain_word(job_id) else ""


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
        yield from _by_hand("; ".join(_changes(results)))


def _by_hand(changes: str) -> Iterator[JobStep]:
    """Yield what is to be done with the file of what is sent again."""
    if changes:
        yield JobStep("Repair it", changes, is_command=False)
    yield _SUBMIT


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
    count, why = results.need_repair or 0, repair_words(results)
    if count:
        verb, them = ("needs", "it") if count == 1 else ("need", "them")
        wrong = f"{count:,} in it {verb} repair" + (f" ({why})" if why else "")
        # Without any other request there would be no file.
        leaves = f", --skip-repair leaves {them} out" if count < _sent_again(results) else ""
        yield wrong + leaves
    if results.truncated:
        yield f"raise max_tokens of the {counted(results.truncated, 'cut answer')}"


def _sent_again(results: ResultsFacts) -> int:
    """Return about how many requests are sent again."""
    parts = (results.failed, results.missing, results.empty, results.truncated)
    return sum(part or 0 for part in parts)


def once_more(job: BatchJob, repair: str = "") -> Iterator[JobStep]:
    """Yield how to send again all requests of a job that ended and left no file.

    `repair` is what to change in them before.
    """
    command = job_command("retry", job.id)
    if (
        command
        and job.finished
        and job.input_file_id
        and not (job.output_file_id or job.error_file_id)
    ):
        yield JobStep(_ALL_OF_IT, command)
        yield from _by_hand(repair)


def after_loss(job: BatchJob, results: ResultsFacts) -> Iterator[JobStep]:
    """Yield what gets the files of a completed job once they can be had again."""
    fetch = job_command("fetch", job.id)
    if fetch and results.is_lost and job.state is JobState.COMPLETED:
        yield JobStep(_FETCH_LATER, fetch)


def of_lost(job: BatchJob, results: ResultsFacts) -> Iterator[JobStep]:
    """Yield all that is done about a completed job whose files could not be had.

    `retry` can't say what of it to send again: all of it is, with the file that it was made of.
    """
    later = [*after_loss(job, results)]
    file = lost_file(job, results.reason) if later else ""
    if file:
        yield JobStep("Ask for it", file, is_command=False)
    yield from later
    if later and job.input_file_id:
        again = f"its input is {name_text(job.input_file_id)}"
        yield JobStep("If it can't be had, submit all of it again", again, is_command=False)


def once_vanished(job: BatchJob) -> Iterator[JobStep]:
    """Yield how to hear no more of a job that the API lists no longer: nothing else ends that."""
    yield JobStep("Once that is known, silence it", job_command("mute --for 2d", job.id))


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
    yield _SUBMIT


def as_it_stands(
    job: BatchJob,
    results: ResultsFacts | None,
    *,
    act: Act,
    is_open_failure: bool,
    has_vanished: bool = False,
    repair: str = "",
) -> list[JobStep]:
    """Return the steps for what helps with a job as it stands now, with their numbers.

    `results` are None if nobody counts them. `act` is what to do with it while it runs,
    `repair` what to change in it. An open failure is acknowledged last.
    """
    found = [] if results is None else [*after_end(job.id, results)]
    found += [] if results is None else of_lost(job, results)
    if job.finished and not found and (job.output_file_id or job.error_file_id):
        found = [JobStep(_FETCH, job_command("fetch", job.id))]
    found += once_more(job, repair)
    if has_vanished and not job.finished:
        found = [*once_vanished(job)]
    if act in CANCELLING:
        found = [*to_cancel(job, act)]
    if is_open_failure:
        found.append(JobStep("Take it off the list", job_command("ack", job.id)))
    return in_order(step for step in found if step.text)


def in_brief(steps: Iterable[JobStep]) -> list[JobStep]:
    """Return only the commands, the last one with what is done by hand after it.

    `Write a file of the rest, then repair it and submit it`: that takes no line of its own.
    """
    found = [*steps]
    commands = [step for step in found if step.is_command]
    then = " and ".join(_within(step.label) for step in found if not step.is_command)
    if not commands or not then:
        return commands
    *first, last = commands
    return [*first, last._replace(label=f"{last.label}, then {then}")]


def _within(label: str) -> str:
    """Return a label as it stands within a sentence."""
    return f"{label[0].lower()}{label[1:]}"


def in_order(steps: Iterable[JobStep]) -> list[JobStep]:
    """Return the steps with their numbers, where they go beyond commands."""
    found = [*steps]
    if all(step.is_command for step in found):
        return found
    return [step._replace(label=f"{n} {step.label}") for n, step in enumerate(found, start=1)]
