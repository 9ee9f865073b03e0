"""What helps with one job as it stands now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.readers_clock import readers_zone
from batchbell.messages.standing_advice import what_helps
from batchbell.runtime.provider import shipped

if TYPE_CHECKING:
    from batchbell.messages.standing_advice import Help
    from batchbell.store.views.job import JobHistory


def help_with(history: JobHistory) -> Help:
    """Return what helps, for who reads it now."""
    events = (stored.event for stored in history.events)
    record, words = history.item.record, shipped().words
    return what_helps(record, history.outlook, events, words, history.now, zone=readers_zone())
