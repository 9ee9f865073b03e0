"""What came back of a job on a terminal: what it is called and what to do stand first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from batchbell.cli.terminal.emphasis import decided
from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.hanging import hanging, step_block
from batchbell.cli.terminal.job_fields import error_of_end
from batchbell.cli.terminal.readers_clock import readers_zone
from batchbell.cli.terminal.results_lines import BELOW, blocks_of
from batchbell.cli.terminal.signs import joined
from batchbell.core.awaiting import results_facts
from batchbell.core.event import COMPLETIONS, Severity, severity_of
from batchbell.core.job import BatchJob
from batchbell.core.results.job_results import FileKind, ResultsState
from batchbell.core.standing.jobs import end_severity
from batchbell.core.transition import kind_of_status
from batchbell.messages.job_commands import after_any_end, off_the_list
from batchbell.messages.job_step import in_order, job_command
from batchbell.messages.kind_words import label_of, loss_in_label
from batchbell.messages.plain_text import one_line
from batchbell.messages.remedy import Asks
from batchbell.messages.results_words import verdict_words
from batchbell.messages.standing_advice import event_of_end, remedy_after_end
from batchbell.runtime.provider import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from batchbell.core.results.job_results import JobResults


class KnownJob(NamedTuple):
    """What is known of the job that results are of."""

    #: What people call it.
    called: str
    #: None if the snapshot lacks it.
    job: BatchJob | None = None
    #: The name of its input file; '' if that is not known.
    input_file: str = ""
    #: Whether lists ask for something about it.
    asks_for_ack: bool = False


def headed_lines(results: JobResults, known: KnownJob, now: datetime) -> Iterator[str]:
    """Yield the same behind what its job is called, and what to do with its commands first.

    A blank line sets apart what belongs together.
    """
    (verdict, *reasons), *rest = blocks_of(results)
    job = known.job
    ended = job if job is not None and results.is_of(job) else _as_counted(results)
    if results.state is ResultsState.COUNTED and results.counts is not None:
        verdict = _end_and_verdict(results, ended, now)
    elif results.state is ResultsState.SKIPPED:
        # Its end stands before that.
        verdict = one_line(results.reason)
    elif results.state is ResultsState.LOST:
        # The verdict has the reason in short, and what to do names the file.
        reasons = []
    if results.state is not ResultsState.COUNTED:
        verdict = joined(_cut_short(ended), verdict)
    yield from hanging(f"{click.style(known.called, bold=True)}  {verdict}")
    for reason in filter(None, (error_of_end(ended), *reasons)):
        yield from hanging(reason)
    yield from _helps(results, ended, known, now)
    for block in filter(None, rest):
        yield ""
        for line in block:
            yield from hanging(line, below=BELOW)


def _end_and_verdict(results: JobResults, ended: BatchJob, now: datetime) -> str:
    """Return `COMPLETED, 60 MISSING: 1,240 of 1,300 ok`, as the event about that end is called."""
    facts = results_facts(results)
    event = event_of_end(ended, facts, now)
    label = click.style(painted(label_of(event), end_severity(ended, results)), bold=True)
    return f"{label}: {verdict_words(facts, said=loss_in_label(event))}"


def _helps(results: JobResults, ended: BatchJob, known: KnownJob, now: datetime) -> Iterator[str]:
    """Yield what to do, with its commands; nothing where that is not known."""
    is_lost = results.state is ResultsState.LOST
    says_something = results.state is ResultsState.COUNTED or is_lost
    if results.state is ResultsState.WAITING or not (says_something or ended is known.job):
        return
    facts = results_facts(results)
    helps = remedy_after_end(
        ended,
        facts,
        shipped().words,
        now,
        is_lost=is_lost,
        input_file=known.input_file,
        zone=readers_zone(),
    )
    if helps.text:
        severity = end_severity(ended, results)
        asks = max(severity, Severity.WARNING) if helps.asks <= Asks.DECIDE else None
        yield from hanging(decided(helps.text, asks), below=0)
    # Who reads this has just looked again.
    looked = job_command("results", ended.id)
    steps = [*after_any_end(ended, facts, helps.by_hand)]
    steps += [off_the_list(ended)] if known.asks_for_ack else []
    yield from step_block(in_order(step for step in steps if step.text not in {looked, ""}))


def _cut_short(job: BatchJob) -> str:
    """Return how a job ended, if that is why something is missing; else ''."""
    kind = kind_of_status(job)
    if not job.finished or kind in COMPLETIONS:
        return ""
    return painted(one_line(job.status or ""), severity_of(kind))


def _as_counted(results: JobResults) -> BatchJob:
    """Return as much of a job as its results tell."""
    ids = {file.kind: file.id for file in results.files}
    return BatchJob(
        id=results.job_id,
        status=results.status,
        input_file_id=ids.get(FileKind.INPUT),
        output_file_id=ids.get(FileKind.OUTPUT),
        error_file_id=ids.get(FileKind.ERRORS),
    )
