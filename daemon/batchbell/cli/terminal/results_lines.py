"""What came back of a job, for a terminal."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.event_lines import dim, painted
from batchbell.cli.terminal.grid import GAP
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.readers_clock import shown_time
from batchbell.cli.terminal.signs import COLOURS, joined
from batchbell.core.awaiting import results_facts
from batchbell.core.event import Severity
from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import ResultsState
from batchbell.core.results.masking import MASK
from batchbell.messages.plain_text import counted, one_line
from batchbell.messages.results_loss import loss_in_short
from batchbell.messages.results_words import (
    answer_words,
    cost_words,
    first_loss,
    retry_words,
    token_words,
    verdict_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from batchbell.core.results.cause import Cause
    from batchbell.core.results.job_results import JobResults

#: So many causes are shown; `--json` has them all.
_SHOWN_CAUSES = 10
#: Errors quote requests, and no more of them is shown than is an API's own.
WHAT_IS_MASKED = f"What {MASK} stands for is only in the error file"
#: The longest word before what is said of answers, tokens or files, columns.
_LABEL = len("Answers")
#: That goes on below itself.
BELOW = _LABEL + len(GAP)
_SEVERITIES = {
    Verdict.COMPLETE: Severity.SUCCESS,
    Verdict.PARTIAL: Severity.WARNING,
    Verdict.EMPTY: Severity.FAILURE,
}


def results_lines(results: JobResults) -> Iterator[str]:
    """Yield the verdict first, then causes, tokens and files."""
    return chain.from_iterable(blocks_of(results))


def blocks_of(results: JobResults) -> Iterator[list[str]]:
    """Yield lines that belong together: what came back, why not all, what it took, its files."""
    yield [*_verdict_lines(results)]
    yield [*_causes(results.causes)]
    yield [*_taken(results)]
    yield [*_files(results)]


def are_masked(causes: Iterable[Cause]) -> bool:
    """Whether causes leave out what is a request's own."""
    return any(MASK in cause.message for cause in causes)


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
    yield from (_labelled(label, words) for label, words in said if words)


def _files(results: JobResults) -> Iterator[str]:
    for file in results.files:
        size = "not read" if file.bytes is None else counted(file.bytes, "byte")
        is_said = bool(file.trouble) and file.trouble in results.reason
        state = "can't be had" if is_said else one_line(file.trouble) or size
        yield _labelled(file.kind.capitalize(), f"{one_line(file.id)}  {state}")
        if file.path:
            yield f"{' ' * BELOW}kept: {one_line(file.path)}"
    if results.counted_at is not None:
        yield _labelled("Counted", shown_time(results.counted_at))


def _labelled(label: str, words: str) -> str:
    return f"{dim(f'{label:<{_LABEL}}')}{GAP}{words}"


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
        yield click.style("Causes", bold=True)
    for cause in causes[:_SHOWN_CAUSES]:
        what = one_line(" ".join(part for part in (cause.code, cause.message) if part))
        numbers = f"  {cause.count:>7,}  {cause.share:>4.0%}  "
        first, *rest = hanging(" " * len(numbers) + (what or "without a reason"))
        yield numbers + first.lstrip()
        yield from rest
        yield " " * len(numbers) + joined(_asks(cause), f"e.g. {one_line(cause.example)}")
    if len(causes) > _SHOWN_CAUSES:
        yield f"  and {counted(len(causes) - _SHOWN_CAUSES, 'more cause')}, see --json"
    if are_masked(causes[:_SHOWN_CAUSES]):
        yield dim(f"  {WHAT_IS_MASKED}")


def _asks(cause: Cause) -> str:
    """Return what a cause asks for: what has to be repaired stands out."""
    words = retry_words(cause.retry_helps)
    return painted(words, Severity.WARNING) if cause.retry_helps is False else words
