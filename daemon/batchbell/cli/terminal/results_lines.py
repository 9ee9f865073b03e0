"""What came back of a job, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import ResultsState
from batchbell.messages.plain_text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.core.results.cause import Cause
    from batchbell.core.results.counts import Counts
    from batchbell.core.results.job_results import JobResults

#: So many causes are shown; `--json` has them all.
_SHOWN_CAUSES = 10
_RETRY = {True: "sending it again helps", False: "repair it first", None: ""}
_COLORS = {Verdict.COMPLETE: "green", Verdict.PARTIAL: "yellow", Verdict.EMPTY: "red"}


def results_lines(results: JobResults) -> Iterator[str]:
    """Yield the verdict first, then causes, tokens and files."""
    yield _verdict(results)
    if results.reason and results.state is ResultsState.COUNTED:
        yield f"Not all is known: {one_line(results.reason)}."
    if results.counts is not None:
        yield from _besides(results.counts)
    yield from _causes(results.causes)
    if results.tokens is not None:
        tokens = results.tokens
        yield f"Tokens  {tokens.total:,} ({tokens.prompt:,} in, {tokens.completion:,} out)"
    for file in results.files:
        size = file.trouble or counted(file.bytes or 0, "byte")
        yield f"{file.kind.capitalize():<7} {one_line(file.id)}  {one_line(size)}"


def _verdict(results: JobResults) -> str:
    if results.counts is None:
        return f"{results.state.value.upper()}: {one_line(results.reason)}"
    verdict = (results.verdict or Verdict.UNKNOWN).value.upper()
    painted = click.style(verdict, fg=_COLORS.get(results.verdict or Verdict.UNKNOWN), bold=True)
    return f"{painted}: {count_words(results.counts)}"


def count_words(counts: Counts) -> str:
    """Return `950 of 1,000 ok · 40 failed · 10 missing`."""
    whole = "" if counts.requests is None else f" of {counts.requests:,}"
    parts = [f"{counts.succeeded:,}{whole} ok"]
    parts += [
        f"{count:,} {what}"
        for count, what in ((counts.failed, "failed"), (counts.missing, "missing"))
        if count
    ]
    if counts.missing is None:
        parts.append("how many are missing is not known")
    return " · ".join(parts)


def _besides(counts: Counts) -> Iterator[str]:
    found = (
        (counts.duplicated, "answered more than once"),
        (counts.empty, "answers are empty"),
        (counts.truncated, "answers are cut at their token limit"),
        (counts.foreign, "lines are of other requests"),
        (counts.unreadable, "lines can't be read"),
    )
    words = [f"{count:,} {what}" for count, what in found if count]
    if words:
        yield "Besides " + " · ".join(words)


def _causes(causes: tuple[Cause, ...]) -> Iterator[str]:
    if causes:
        yield "Causes"
    for cause in causes[:_SHOWN_CAUSES]:
        what = one_line(" ".join(part for part in (cause.code, cause.message) if part), 100)
        yield f"  {cause.count:>7,}  {cause.share:>4.0%}  {what or 'without a reason'}"
        more = [f"for example {one_line(cause.example)}", _RETRY[cause.retry_helps]]
        yield " " * 17 + "; ".join(part for part in more if part)
    if len(causes) > _SHOWN_CAUSES:
        yield f"  and {counted(len(causes) - _SHOWN_CAUSES, 'more cause')}, see --json"
