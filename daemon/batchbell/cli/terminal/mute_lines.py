"""What `status` says of mutes and acknowledgements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.health_lines import StatusLine
from batchbell.cli.terminal.mute_words import until, whose
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
    """Yield one line for each mute, the one that ends first first."""
    for mute in status.mutes:
        yield StatusLine(Severity.INFO, until(mute.until, status.now), whose(mute))
