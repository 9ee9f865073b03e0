"""What `status` says of mutes and acknowledgements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.health_lines import StatusLine
from batchbell.cli.terminal.mute_words import silenced, unmute_command, until, untold, whose
from batchbell.cli.terminal.output import on_terminal
from batchbell.cli.terminal.readers_clock import shown_time
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
    """Yield one line for each mute, the one that ends first first; a pipe has what ends it too."""
    for mute in status.mutes:
        told = silenced(mute, status.jobs, status.input_file, status.now)
        command = "" if on_terminal() else unmute_command(mute)
        parts = (until(mute.until, status.now), untold(told, status.now), command)
        yield StatusLine(Severity.INFO, whose(told), "; ".join(filter(None, parts)))


def how_to_unmute(status: Status) -> str:
    """Return what ends a mute, in a line of its own; '' if nothing is muted."""
    if not status.mutes:
        return ""
    are_jobs = all(mute.job_id for mute in status.mutes)
    how = "batchbell unmute JOB_ID" if are_jobs else "see batchbell mute --list"
    return f"To end a mute: {how}"
