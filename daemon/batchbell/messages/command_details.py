"""The commands that a message gives: to cancel, to send after all, and to copy what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.event import ABOUT_PROSPECTS, ENDS, VERDICT_KINDS, EventKind
from batchbell.messages.advice import remedy_of
from batchbell.messages.event_words import corrects, name_text
from batchbell.messages.fact import Fact, Role, brief
from batchbell.messages.job_commands import after_any_end, after_end, to_cancel
from batchbell.messages.job_step import in_brief, job_command
from batchbell.messages.loss_steps import is_lost_to_all, once_vanished
from batchbell.messages.lost_words import to_send_lost, to_test
from batchbell.messages.overtaken import over_since
from batchbell.messages.prospect_advice import act_of, prospect_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.core.event import Event
    from batchbell.core.facts import ResultsFacts
    from batchbell.core.job import BatchJob
    from batchbell.messages.job_step import JobStep
    from batchbell.messages.view import View

#: The kinds that are told of a job that left something, or could have.
_OF_RESULTS = ENDS | VERDICT_KINDS


def closer_look(event: Event) -> str:
    """Return the command that shows more."""
    if event.kind.startswith("channel."):
        return "batchbell deliveries --failed"
    if event.kind in {EventKind.ACCOUNT_UNREACHABLE, EventKind.ACCOUNT_UNAUTHORIZED}:
        return "batchbell doctor"
    if not event.job_id:
        return "batchbell status"
    return job_command(_shows_more(event), event.job_id) or "batchbell status"


def _shows_more(event: Event) -> str:
    if event.kind in {EventKind.VANISHED, EventKind.STATUS_UNKNOWN} or corrects(event):
        return "explain"
    if event.kind is EventKind.RESULTS_LOST:
        # The first step is to look at the results again.
        return "show"
    is_about_results = event.kind in VERDICT_KINDS or event.facts.results.verdict is not None
    return "results" if is_about_results else "show"


def about_cancelling(event: Event, view: View) -> Iterator[Fact]:
    """Yield the commands that end a running job and write its rest, where that is a choice."""
    job = event.job
    if job is None or event.kind not in ABOUT_PROSPECTS or over_since(event, view) is not None:
        return
    act = act_of(prospect_at(event, job, view.now))
    steps = [*to_cancel(job, act)]
    yield from _facts(steps, in_brief(steps))


def _facts(steps: Sequence[JobStep], in_digest: Sequence[JobStep]) -> Iterator[Fact]:
    """Yield the steps, and what a digest has instead of them."""
    for step in steps:
        role = Role.COMMAND if step.is_command else Role.STEP
        yield Fact(step.label, step.text, role, is_brief=step in in_digest)
    for step in in_digest:
        if step not in steps:
            yield brief(step.label, step.text, Role.COMMAND, shown=False)


def to_send(event: Event) -> Iterator[Fact]:
    """Yield the commands that test a channel, and send after all what could not be sent."""
    if event.kind is EventKind.CHANNEL_FAILING:
        yield from (brief(*each, Role.COMMAND) for each in to_test(event))
    if event.kind is EventKind.CHANNEL_MESSAGE_LOST:
        yield from (brief(*each, Role.COMMAND) for each in to_send_lost(event))


def to_end_reminders(event: Event) -> Iterator[Fact]:
    """Yield the command after which a failure is not told again."""
    command = job_command("ack", event.job_id) if event.facts.reminder is not None else ""
    if command:
        yield Fact("End the reminders", command, Role.COMMAND)


def to_copy(event: Event, view: View) -> Iterator[Fact]:
    """Yield the commands for what an ended job left.

    Where its results are counted, or will be, and in a digest, they are short ones.
    """
    job, results = event.job, event.facts.results
    if job is None or event.kind not in _OF_RESULTS:
        return
    fetch, base_url = view.provider.fetch_command, name_text(event.facts.api)
    output, errors = (fetch(file_id, base_url) for file_id in _files(job, results))
    short = [*after_end(event.job_id, results)]
    steps = [*after_any_end(job, results, remedy_of(event, view.provider).by_hand)]
    # Of a loss a digest has only what anybody may try.
    in_digest = in_brief(steps)[:1] if is_lost_to_all(job, results) else in_brief(steps)
    yield from _facts(steps, in_digest)
    fetch_all = job_command("fetch", event.job_id)
    # What helps with a completed job whose files can't be had yet is to wait.
    is_early = results.tried_until is not None and event.kind is EventKind.COMPLETED
    if not short and (output or errors):
        fetched = brief("Fetch files", fetch_all, Role.COMMAND, shown=results.is_awaited)
        yield fetched._replace(is_brief=False, is_shown=False) if is_early else fetched
    if event.kind in ENDS:
        is_shown = not (short or (fetch_all and results.is_awaited))
        yield Fact("Fetch output", output, Role.COMMAND, is_shown=is_shown)
        yield Fact("Fetch errors", errors, Role.COMMAND, is_shown=is_shown)


def once_gone(event: Event, view: View) -> Iterator[Fact]:
    """Yield what to do about a job that the API lists no longer; a digest has the first of that."""
    if event.job is not None and event.kind is EventKind.VANISHED:
        steps = [*once_vanished(event.job, remedy_of(event, view.provider).by_hand)]
        yield from _facts(steps, in_brief(steps)[:1])


def _files(job: BatchJob, results: ResultsFacts) -> tuple[str | None, str | None]:
    """Return the ids of its output and errors; None of a completed job's that can't be had."""
    if is_lost_to_all(job, results):
        return None, None
    return job.output_file_id, job.error_file_id
