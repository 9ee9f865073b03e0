"""What helps with one job as it stands now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.emphasis import act_severity
from batchbell.cli.terminal.readers_clock import readers_zone
from batchbell.core.awaiting import results_facts
from batchbell.core.standing.jobs import job_standing
from batchbell.messages.deeds import deed_of
from batchbell.messages.job_commands import as_it_stands
from batchbell.messages.standing_advice import what_helps
from batchbell.runtime.provider import shipped

if TYPE_CHECKING:
    from batchbell.core.event import Severity
    from batchbell.messages.job_step import JobStep
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


def steps_of(history: JobHistory, helps: Help) -> list[JobStep]:
    """Return what is done one after the other, as `helps` says."""
    facts = None if history.results is None else results_facts(history.results)
    return as_it_stands(
        history.item.record.job,
        facts,
        act=helps.act,
        asks_for_ack=history.asks_for_ack,
        has_vanished=history.item.record.has_vanished,
        by_hand=helps.by_hand,
    )
