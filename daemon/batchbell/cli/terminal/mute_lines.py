"""What `status` says of mutes and acknowledgements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.health_lines import StatusLine
from batchbell.cli.terminal.mute_words import silenced, unmute_command, until, untold, whose
from batchbell.cli.terminal.output import on_terminal
from batchbell.cli.terminal.readers_clock import shown_time
from batchbell.cli.terminal.short_ids import shortest_unique
from batchbell.core.event import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import Status


def mute_note(item: AccountJob, status: Status) -> str:
    """Say that a job is muted, or its failure acknowledged; '' if neither is."""
    end = status.muted_until(item)
    is_acknowledged = item.key in status.acks
    parts = (
        "acknowledged" if is_acknowledged else "",
        f"muted until {shown_time(end)}" if end else "",
    )
    return "; ".join(part for part in parts if part)


def whole_note(item: AccountJob, status: Status) -> str:
    """Say the same where no heading counts failures: of each, that nobody acknowledged it."""
    is_open = item.key in status.open_failures
    return "; ".join(filter(None, ("not acknowledged" if is_open else "", mute_note(item, status))))


def mute_lines(status: Status) -> Iterator[StatusLine]:
    """Yield one line for each mute, the one that ends first first."""
    for mute in status.mutes:
        told = silenced(mute, status.jobs, status.input_file, status.now)
        short_id = shortest_unique(mute.job_id, status.job_ids) if on_terminal() else ""
        command = unmute_command(mute, short_id=short_id)
        parts = (whose(told), untold(told, status.now), command and f"to end it: {command}")
        text = "; ".join(filter(None, parts))
        yield StatusLine(Severity.INFO, until(mute.until, status.now), text)
