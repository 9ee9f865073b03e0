"""What a reader can do about an event: in words, and the command that shows more."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.messages.event_words import corrects, name_text

if TYPE_CHECKING:
    from batchbell.core.event import Event
    from batchbell.core.provider import ProviderWords

#: What can be done about these is done with what the job leaves, if it does.
_WITH_OUTPUT = frozenset({EventKind.EXPIRED, EventKind.CANCELLED})
_WITH_ERRORS = frozenset({EventKind.COMPLETED_WITH_ERRORS, EventKind.COMPLETED_EMPTY})


def advice(event: Event) -> str:
    """Return what to do next, as a command; '' if there is nothing to do."""
    if event.kind.startswith("channel."):
        return "batchbell deliveries --failed"
    if event.kind in {EventKind.ACCOUNT_UNREACHABLE, EventKind.ACCOUNT_UNAUTHORIZED}:
        return "batchbell doctor"
    job_id = name_text(event.job_id)
    if not job_id:
        return "batchbell status"
    asks_why = event.kind in {EventKind.VANISHED, EventKind.STATUS_UNKNOWN} or corrects(event)
    return f"batchbell {'explain' if asks_why else 'show'} {shlex.quote(job_id)}"


def what_to_do(event: Event, provider: ProviderWords) -> str:
    """Return what helps, as a sentence; '' if nothing is known to."""
    job, kind = event.job, event.kind
    if kind in _WITH_OUTPUT and not (job and job.output_file_id):
        return ""
    if kind in _WITH_ERRORS and not (job and job.error_file_id):
        return ""
    return provider.advice.get(kind, "")
