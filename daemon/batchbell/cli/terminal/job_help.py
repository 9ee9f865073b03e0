"""What helps with one job as it stands now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.emphasis import act_severity
from batchbell.cli.terminal.readers_clock import readers_zone
from batchbell.core.standing.jobs import job_standing
from batchbell.messages.deeds import deed_of
from batchbell.messages.standing_advice import what_helps
from batchbell.runtime.provider import shipped

if TYPE_CHECKING:
    from batchbell.core.event import Severity
    from batchbell.messages.standing_advice import Help
    from batchbell.store.views.job import JobHistory


def act_severity_of(history: JobHistory) -> Severity | None:
    """Return in whose colour stands what helps, as `status` has it."""
    record, results, now = history.item.record, history.results, history.now
    is_seen = record.job.finished and history.acknowledged_at is not None
    deed = deed_of(record, history.outlook, results, shipped().words, now)
    severity = job_standing(record, now, results=results).severity
    return act_severity(None if is_seen else deed, severity)


def help_with(history: JobHistory) -> Help:
    """Return what helps, for who reads it now."""
    events = (stored.event for stored in history.events)
    record, words = history.item.record, shipped().words
    return what_helps(record, history.outlook, events, words, history.now, zone=readers_zone())
