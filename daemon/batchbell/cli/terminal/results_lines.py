"""What came back of a job, for a terminal."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.emphasis import decided
from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.hanging import hanging, step_block
from batchbell.cli.terminal.job_fields import error_of_end
from batchbell.cli.terminal.readers_clock import readers_zone, shown_time
from batchbell.cli.terminal.signs import COLOURS, joined
from batchbell.core.awaiting import results_facts
from batchbell.core.event import COMPLETIONS, Severity, severity_of
from batchbell.core.job import BatchJob
from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import FileKind, ResultsState
from batchbell.core.standing.jobs import end_severity
from batchbell.core.transition import kind_of_status
from batchbell.messages.job_commands import after_any_end
from batchbell.messages.job_step import in_order, job_command
from batchbell.messages.plain_text import counted, one_line
from batchbell.messages.remedy import Asks
from batchbell.messages.results_loss import loss_in_short
from batchbell.messages.results_words import (
    answer_words,
    cost_words,
    first_loss,
    retry_words,
    token_words,
    verdict_words,
)
from batchbell.messages.standing_advice import remedy_after_end
from batchbell.runtime.provider import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from batchbell.core.results.cause import Cause
    from batchbell.core.results.job_results import JobResults

#: So many causes are shown; `--json` has them all.
_SHOWN_CAUSES = 10
#: What is said of a file or of tokens goes on below itself.
_BELOW = len("Output  ")
_SEVERITIES = {
    Verdict.COMPLETE: Severity.SUCCESS,
    Verdict.PARTIAL: Severity.WARNING,
    Verdict.EMPTY: Severity.FAILURE,
}


def results_lines(results: JobResults) -> Iterator[str]:
    """Yield the verdict first, then causes, tokens and files."""
    return chain.from_iterable(_blocks(results))


def _blocks(results: JobResults) -> Iterator[list[str]]:
    """Yield lines that belong together: what came back, why not all, what it took, its files."""
    yield [*_verdict_lines(results)]
    yield [*_causes(results.causes)]
    yield [*_taken(results)]
    yield [*_files(results)]


def _verdict_lines(results: JobResults) -> Iterator[str]:
    yield _verdict(results)
    reason = one_line(results.reason)
    if reason and results.state is ResultsState.COUNTED:
        yield f"Not all is known: {reason}."
    elif results.state is ResultsState.LOST and reason != loss_in_short(results.reason):
        yield f"{reason[:1].upper()}{reason[1:]}."


def _taken(results: JobResults) -> Iterator[str]:
    facts = results_facts(results)
    said = (
        ("Answers", answer_words(facts)),
        ("Tokens", token_words(facts)),
        ("Cost", cost_words(facts)),
    )
    yield from (f"{label:<7} {words}" for label, words in said if words)


def _files(results: JobResults) -> Iterator[str]:
    for file in results.files:
        size = "not read" if file.bytes is None else counted(file.bytes, "byte")
        is_said = bool(file.trouble) and file.trouble in results.reason
        state = "can't be had" if is_said else one_line(file.trouble) or size
        yield f"{file.kind.capitalize():<7} {one_line(file.id)}  {state}"
        if file.path:
            yield f"        kept: {one_line(file.path)}"
    if results.counted_at is not None:
        yield f"Counted {shown_time(results.counted_at)}"


def headed_lines(
    results: JobResults, called: str, job: BatchJob | None, now: datetime
) -> Iterator[str]:
    """Yield the same behind what its job is called, and what to do with its commands first.

    `job` is as it is known, None if it is not. A blank line sets apart what belongs together.
    """
    (verdict, *reasons), *rest = _blocks(results)
    if results.state is ResultsState.SKIPPED:
        # Its end stands before that.
        verdict = one_line(results.reason)
    ended = job if job is not None and results.is_of(job) else _as_counted(results)
    yield from hanging(f"{click.style(called, bold=True)}  {joined(_cut_short(ended), verdict)}")
    for reason in filter(None, (error_of_end(ended), *reasons)):
        yield from hanging(reason)
    yield from _helps(results, ended, now, is_known=ended is job)
    for block in filter(None, rest):
        yield ""
        for line in block:
            yield from hanging(line, below=_BELOW)


def _helps(results: JobResults, ended: BatchJob, now: datetime, *, is_known: bool) -> Iterator[str]:
    """Yield what to do, with its commands; nothing where that is not known."""
    is_lost = results.state is ResultsState.LOST
    says_something = results.state is ResultsState.COUNTED or is_lost
    if results.state is ResultsState.WAITING or not (says_something or is_known):
        return
    facts = results_facts(results)
    helps = remedy_after_end(
        ended, facts, shipped().words, now, is_lost=is_lost, zone=readers_zone()
    )
    if helps.text:
        severity = end_severity(ended, results)
        asks = max(severity, Severity.WARNING) if helps.asks <= Asks.DECIDE else None
        yield from hanging(decided(helps.text, asks), below=0)
    # Who reads this has just looked again.
    looked = job_command("results", ended.id)
    steps = after_any_end(ended, facts, helps.by_hand)
    yield from step_block(in_order(step for step in steps if step.text != looked))


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


def _verdict(results: JobResults) -> str:
    if results.state is ResultsState.LOST:
        state = results.state.value.upper()
        shown = click.style(state, fg=COLOURS[Severity.FAILURE], bold=True)
        return f"{shown}: {loss_in_short(results.reason)}"
    if results.counts is None:
        return f"{results.state.value.upper()}: {one_line(results.reason)}"
    facts, found = results_facts(results), results.verdict or Verdict.UNKNOWN
    severity, said = _SEVERITIES.get(found, Severity.WARNING), ""
    if found is Verdict.COMPLETE and facts.is_bad:
        # All came back, and not all of it is of use: the word alone would reassure.
        severity, said = Severity.WARNING, first_loss(facts)
    label = ", ".join(filter(None, (found.value, said))).upper()
    shown = click.style(label, fg=COLOURS[severity], bold=True)
    return f"{shown}: {verdict_words(facts, said=said)}"


def _causes(causes: tuple[Cause, ...]) -> Iterator[str]:
    if causes:
        yield "Causes"
    for cause in causes[:_SHOWN_CAUSES]:
        what = one_line(" ".join(part for part in (cause.code, cause.message) if part))
        numbers = f"  {cause.count:>7,}  {cause.share:>4.0%}  "
        first, *rest = hanging(" " * len(numbers) + (what or "without a reason"))
        yield numbers + first.lstrip()
        yield from rest
        more = [retry_words(cause.retry_helps), f"for example {one_line(cause.example)}"]
        yield " " * len(numbers) + ": ".join(part for part in more if part)
    if len(causes) > _SHOWN_CAUSES:
        yield f"  and {counted(len(causes) - _SHOWN_CAUSES, 'more cause')}, see --json"
