"""What messages about ended jobs wait for: the verdict on their results."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.core.event import VERDICT_KINDS
from batchbell.core.facts import CauseFacts, ResultsFacts
from batchbell.core.results.job_results import FileKind, ResultsState
from batchbell.core.snapshot import END_MARK

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from batchbell.core.event import Event
    from batchbell.core.results.cause import Cause
    from batchbell.core.results.job_results import JobResults

#: Causes that a message names: first those that need repair, each the most frequent first. One more
#: is named too: "others" would take as much room.
CAUSES_TOLD = 3
#: Why a channel is not told of a verdict that the end's message carries.
IN_END = "the message about the job's end says it"


def awaiting_verdicts(events: Iterable[Event], wait: timedelta, now: datetime) -> list[Event]:
    """Return the events, those of ends with files waiting for their verdict until `now` + `wait`.

    Without a wait none does.
    """
    return [
        _with_awaited(each, now + wait) if wait and _has_files(each) else each for each in events
    ]


def freed(event: Event, *, tried_until: datetime | None = None, reason: str = "") -> Event:
    """Return an event that no longer waits for a verdict.

    Files that could not be had, for a `reason`, are asked for again until `tried_until`.
    """
    free = _with_awaited(event, None)
    results = replace(free.facts.results, tried_until=tried_until, reason=reason)
    return replace(free, facts=replace(free.facts, results=results))


def due_at(events: Iterable[Event], now: datetime) -> datetime:
    """Return when a message about these events may go: when none of them is awaited any more."""
    waits = (event.facts.results.awaited_until for event in events)
    return max([now, *(until for until in waits if until is not None)])


def awaited_until(event: Event, now: datetime) -> datetime | None:
    """Return until when a message about an event waits for its verdict; None if it does not."""
    until = event.facts.results.awaited_until
    return until if until is not None and until > now else None


def with_results(event: Event, results: JobResults) -> Event:
    """Return an end with what is known of its results, waiting for nothing more.

    Its job has the files that were read: an id may have come after the end was told.
    """
    ids = {file.kind: file.id for file in results.files}
    job = event.job and replace(
        event.job,
        output_file_id=ids.get(FileKind.OUTPUT, event.job.output_file_id),
        error_file_id=ids.get(FileKind.ERRORS, event.job.error_file_id),
    )
    return replace(event, job=job, facts=replace(event.facts, results=results_facts(results)))


def end_of(events: Iterable[Event], status: str) -> Event | None:
    """Return which of a job's events tells the end with this status; None if none does."""
    qualifier = END_MARK + status
    ends = (each for each in events if each.kind not in VERDICT_KINDS)
    return next((each for each in ends if each.qualifier == qualifier), None)


def results_facts(results: JobResults) -> ResultsFacts:
    """Return what messages say of a job's results."""
    counts, tokens = results.counts, results.tokens
    most = CAUSES_TOLD + (len(results.causes) == CAUSES_TOLD + 1)
    causes = sorted(results.causes, key=_needs_no_repair)[:most]
    known = ResultsFacts(
        verdict=None if results.state is ResultsState.SKIPPED else results.verdict,
        prompt_tokens=None if tokens is None else tokens.prompt,
        completion_tokens=None if tokens is None else tokens.completion,
        total_tokens=None if tokens is None else tokens.total,
        cost="" if results.cost is None else f"{results.cost:f}",
        causes=tuple(
            CauseFacts(count=cause.count, code=cause.code, message=cause.message)
            for cause in causes
        ),
        causes_to_repair=sum(not _needs_no_repair(each) for each in causes) if causes else None,
        resend_helps=_failed_by_causes(results, retry_helps=True),
        need_repair=_failed_by_causes(results, retry_helps=False),
        reason=results.reason,
    )
    if counts is None:
        return known
    return replace(
        known,
        requests=counts.requests,
        succeeded=counts.succeeded,
        failed=counts.failed,
        missing=counts.missing,
        duplicated=counts.duplicated,
        foreign=counts.foreign,
        unreadable=counts.unreadable,
        empty=counts.empty,
        truncated=counts.truncated,
    )


def _needs_no_repair(cause: Cause) -> bool:
    return cause.retry_helps is not False


def _failed_by_causes(results: JobResults, *, retry_helps: bool) -> int | None:
    """Return how many requests failed for causes of which that is known; None without any cause."""
    if not results.causes:
        return None
    return sum(cause.count for cause in results.causes if cause.retry_helps is retry_helps)


def _has_files(event: Event) -> bool:
    job = event.job
    is_end = event.qualifier.startswith(END_MARK) and job is not None and job.finished
    return is_end and job is not None and bool(job.output_file_id or job.error_file_id)


def _with_awaited(event: Event, until: datetime | None) -> Event:
    results = replace(event.facts.results, awaited_until=until)
    return replace(event, facts=replace(event.facts, results=results))
