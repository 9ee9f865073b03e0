"""What came back of a job, as its page shows it: verdict, bar, causes, tokens and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.awaiting import results_facts
from batchbell.core.event import Severity
from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import ResultsState
from batchbell.core.standing.jobs import results_reason
from batchbell.core.standing.reasons import SEVERITIES
from batchbell.messages.job_step import job_command
from batchbell.messages.plain_text import counted, duration, one_line
from batchbell.messages.results_bar import ResultsBar, degraded_words, results_bar
from batchbell.messages.results_line import results_line
from batchbell.messages.results_loss import loss_in_short
from batchbell.messages.results_words import answer_words, cost_words, retry_words, token_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from batchbell.core.results.cause import Cause
    from batchbell.core.results.collecting import Collection
    from batchbell.core.results.counts import Counts
    from batchbell.core.results.job_results import JobResults, ResultFile

#: So many causes are shown; `batchbell results --json` has more.
_SHOWN_CAUSES = 10
#: Longest error, name or path that is shown, characters.
_TEXT_LIMIT = 300
_WAITS = "Its files are read as soon as they can be had; the verdict comes by itself."
_COUNT = "Count now what came back"
_IS_OFF = "The result files of this account are not read: collect is off."
_LEFT_NOTHING = "It ended without an output file."
_CAME_BEFORE = "Its result files were not read when it ended."
#: What each verdict answers to "Did everything come back?".
_ANSWERS = {
    Verdict.COMPLETE: "Yes, everything",
    Verdict.PARTIAL: "No, not everything",
    Verdict.EMPTY: "No, nothing",
    Verdict.UNKNOWN: "Not known",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseLine:
    """Why some requests failed."""

    count: int
    share: float
    #: The error's code, '' for none.
    code: str
    message: str
    #: The `custom_id` of one of the requests.
    example: str
    #: Whether it helps to send them again; '' if that is not known.
    retry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """One file of the job."""

    kind: str
    id: str
    #: Its size, or why it was not read to its end; '' if neither is known.
    size: str
    #: Where it is kept; '' if it is not.
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsPanel:
    """What came back of one job; empty texts are left out."""

    severity: Severity
    #: What the verdict answers: "No, not everything"; or how far it came: "LOST".
    verdict: str
    #: "950 ok · 40 failed · of how many is not known"; '' if the bar shows all of it.
    words: str
    #: What else there is to say of it, a sentence each.
    notes: Sequence[str]
    #: None if not all is known.
    bar: ResultsBar | None
    causes: Sequence[CauseLine]
    #: How many more causes are known.
    more_causes: int
    #: "Answers", "Tokens" and "Cost", with their values.
    facts: Sequence[tuple[str, str]]
    files: Sequence[FileLine]
    #: What to copy into a shell: what it does, and the command.
    commands: Sequence[tuple[str, str]]
    counted_at: datetime | None


def uncounted_panel(job_id: str, *, is_off: bool) -> ResultsPanel:
    """Return what to say of a job whose results nobody counts; `is_off`: as nobody shall."""
    count = (_COUNT, job_command("results", job_id))
    note = _IS_OFF if is_off else _CAME_BEFORE
    return _without_counts(Severity.INFO, "NOT COUNTED", note, _given([count]))


def nothing_panel(of_job: Severity) -> ResultsPanel:
    """Return what to say of a job that ended, as bad as `of_job` is, and left no file."""
    return _without_counts(of_job, _ANSWERS[Verdict.EMPTY], _LEFT_NOTHING, ())


def _without_counts(
    severity: Severity, verdict: str, note: str, commands: Sequence[tuple[str, str]]
) -> ResultsPanel:
    return ResultsPanel(
        severity=severity,
        verdict=verdict,
        words="",
        notes=(note,),
        bar=None,
        causes=(),
        more_causes=0,
        facts=(),
        files=(),
        commands=commands,
        counted_at=None,
    )


def results_panel(
    collection: Collection, now: datetime, *, of_job: Severity, has_prices: bool
) -> ResultsPanel:
    """Return what is known of a job's results, in words.

    `of_job` is how bad its end is: what asks for something has the same colour here. `has_prices`
    is whether anybody wrote down what tokens cost.
    """
    results = collection.results
    severity = SEVERITIES[results_reason(results)]
    is_counted = results.state is ResultsState.COUNTED
    bar = None if results.counts is None else results_bar(results.counts)
    return ResultsPanel(
        severity=max(severity, of_job) if severity >= Severity.WARNING else severity,
        verdict=_answer(results),
        words=results_line(results) if is_counted and not _shows_all(bar, results.counts) else "",
        notes=tuple(filter(None, _notes(collection, now))),
        bar=bar,
        causes=[_cause(cause) for cause in results.causes[:_SHOWN_CAUSES]],
        more_causes=max(len(results.causes) - _SHOWN_CAUSES, 0),
        facts=_given(_facts(results, has_prices=has_prices)),
        files=[_file(file, results.reason) for file in results.files],
        commands=_given(_commands(results)),
        counted_at=results.counted_at,
    )


def _answer(results: JobResults) -> str:
    short = loss_in_short(results.reason)
    # A note has the whole reason: one that is short already stands there alone.
    if results.state is ResultsState.LOST and short != results.reason:
        return f"Lost: {short}"
    is_counted = results.state is ResultsState.COUNTED
    verdict = results.verdict if is_counted else None
    if verdict is Verdict.COMPLETE and results.counts is not None and results.counts.degraded:
        return f"Yes, but {degraded_words(results.counts)}"
    return results.state.value.upper() if verdict is None else _ANSWERS[verdict]


def _shows_all(bar: ResultsBar | None, counts: Counts | None) -> bool:
    """Whether a bar says all that was counted: only then there are no lines too many."""
    if bar is None or counts is None:
        return False
    return not (counts.duplicated or counts.foreign or counts.unreadable)


def _given(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(label, text) for label, text in pairs if text]


def _notes(collection: Collection, now: datetime) -> Iterator[str]:
    results = collection.results
    reason = one_line(results.reason, _TEXT_LIMIT)
    yield f"{reason[:1].upper()}{reason[1:]}." if reason else ""
    if results.state is ResultsState.WAITING:
        yield _next_attempt(collection, now) if collection.attempts else _WAITS


def _next_attempt(collection: Collection, now: datetime) -> str:
    tries = counted(collection.attempts, "attempt")
    again, end = _ahead(collection.next_attempt_at, now), _ahead(collection.give_up_at, now)
    return f"{tries} so far, the next one {again}; given up {end}."


def _ahead(at: datetime, now: datetime) -> str:
    """Return `in 5s`: what is tried again soon is not tried now."""
    return f"in {duration(at - now)}" if at > now else "now"


def _cause(cause: Cause) -> CauseLine:
    return CauseLine(
        count=cause.count,
        share=cause.share,
        code=one_line(cause.code, _TEXT_LIMIT),
        message=one_line(cause.message, _TEXT_LIMIT),
        example=one_line(cause.example, _TEXT_LIMIT),
        retry=retry_words(cause.retry_helps),
    )


def _facts(results: JobResults, *, has_prices: bool) -> Iterator[tuple[str, str]]:
    facts = results_facts(results)
    yield "Answers", answer_words(facts)
    yield "Tokens", token_words(facts)
    cost = cost_words(facts)
    if results.tokens is not None and (cost or has_prices):
        yield "Cost", cost or "not known: the model has no price in the configuration"


def _file(file: ResultFile, reason: str) -> FileLine:
    """Return a file in words; what is wrong with it is not repeated where a `reason` says it."""
    size = "" if file.bytes is None else counted(file.bytes, "byte")
    trouble = "can't be had" if file.trouble and file.trouble in reason else file.trouble
    return FileLine(
        kind=file.kind.value,
        id=one_line(file.id, _TEXT_LIMIT),
        size=one_line(trouble, _TEXT_LIMIT) or size,
        path=one_line(file.path),
    )


def _commands(results: JobResults) -> Iterator[tuple[str, str]]:
    """Yield how to count; what is done with what was counted, or lost, stands above."""
    if results.state not in {ResultsState.COUNTED, ResultsState.LOST}:
        yield _COUNT, job_command("results", results.job_id)
