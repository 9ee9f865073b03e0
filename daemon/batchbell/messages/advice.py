"""What a reader can do about an event: in words, and the command that shows more."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.core.plain_text import one_line
from batchbell.messages.fact_words import NAME_LIMIT
from batchbell.messages.headline import corrects

if TYPE_CHECKING:
    from batchbell.core.event import Event

_PLAN = (
    "plan for a part: what is done by then stays in the output file, and is billed; submit the "
    "rest again"
)
_REST = "fetch what is done, which is billed, and submit the rest again"
_WHY = "the error file says of each request that failed why it did; submit those again"
#: What helps. Source: Together's batch overview: 24 h are best effort; an expired or cancelled job
#: keeps, and bills, what was done; the error file has a line for each request that failed.
_WHAT_TO_DO = {
    EventKind.DEADLINE_APPROACHING: _PLAN,
    EventKind.AT_RISK: _PLAN,
    EventKind.DEADLINE_MISSED: (
        "wait, as deadlines are best effort, or cancel it: what is done stays in the output file, "
        "and is billed"
    ),
    EventKind.STALLED: (
        "wait, or cancel it and submit the rest again: what is done stays in the output file, and "
        "is billed"
    ),
}


def advice(event: Event) -> str:
    """Return what to do next, as a command; '' if there is nothing to do."""
    if event.kind in {EventKind.CHANNEL_FAILING, EventKind.CHANNEL_RECOVERED}:
        return "batchbell deliveries --failed"
    if event.kind in {EventKind.ACCOUNT_UNREACHABLE, EventKind.ACCOUNT_UNAUTHORIZED}:
        return "batchbell doctor"
    job_id = one_line(event.job_id, NAME_LIMIT)
    if not job_id:
        return "batchbell status"
    asks_why = event.kind in {EventKind.VANISHED, EventKind.STATUS_UNKNOWN} or corrects(event)
    return f"batchbell {'explain' if asks_why else 'show'} {shlex.quote(job_id)}"


def what_to_do(event: Event) -> str:
    """Return what helps, as a sentence; '' if nothing is known to."""
    job = event.job
    if event.kind in {EventKind.EXPIRED, EventKind.CANCELLED}:
        return _REST if job is not None and job.output_file_id else ""
    if event.kind in {EventKind.COMPLETED_WITH_ERRORS, EventKind.COMPLETED_EMPTY}:
        return _WHY if job is not None and job.error_file_id else ""
    return _WHAT_TO_DO.get(event.kind, "")
