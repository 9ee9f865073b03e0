"""Mutes in words, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.phrases import ahead
from batchbell.cli.terminal.readers_clock import shown_time
from batchbell.core.routing import ANYTHING
from batchbell.json_views.writing import time_text

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.mute import Mute


def whose(mute: Mute) -> str:
    """Say which jobs a mute is about."""
    if mute.job_id:
        return f"job {mute.job_id} of account {mute.account}"
    jobs = "all jobs" if mute.model == ANYTHING else f"jobs on models {mute.model}"
    return jobs if mute.account == ANYTHING else f"{jobs} of account {mute.account}"


def until(moment: datetime, now: datetime) -> str:
    """Say when a mute ends."""
    return f"until {shown_time(moment)} ({ahead(moment, now)})"


def mute_json(mute: Mute) -> dict[str, object]:
    """Return a mute; null where it does not choose."""
    return {
        "account": None if mute.account == ANYTHING else mute.account,
        "model": None if mute.model == ANYTHING else mute.model,
        "job_id": mute.job_id or None,
        "muted_at": time_text(mute.muted_at),
        "until": time_text(mute.until),
    }
