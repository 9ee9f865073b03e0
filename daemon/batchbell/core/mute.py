"""Mutes: jobs that stay silent until a moment; what happens to them is recorded all the same.

A mute covers jobs only. That an account can't be polled, or a channel not be reached, is sent
whatever is muted: it says that batchbell itself is blind or dumb.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.routing import ANYTHING, matches
from batchbell.core.times import utc_minute

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from batchbell.core.event import Event

#: A mute ends by itself: these are its shortest and longest.
SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Silence for the jobs that match all of account, model and id."""

    #: Globs; `*` matches a job without that field too.
    account: str = ANYTHING
    model: str = ANYTHING
    #: A whole id; '' for any job.
    job_id: str = ""
    muted_at: datetime
    until: datetime

    def covers(self, *, account: str, job_id: str, model: str | None) -> bool:
        """Whether it is about this job, at whatever time."""
        return (
            (not self.job_id or self.job_id == job_id)
            and matches(account, (self.account,))
            and matches(model, (self.model,))
        )


def muted_until(
    mutes: Iterable[Mute], now: datetime, *, account: str, job_id: str, model: str | None
) -> datetime | None:
    """Return until when a job is muted, by the mute that lasts longest; None if it is not."""
    ends = (
        mute.until
        for mute in mutes
        if now < mute.until and mute.covers(account=account, job_id=job_id, model=model)
    )
    return max(ends, default=None)


def why_muted(event: Event, mutes: Iterable[Mute], now: datetime) -> str | None:
    """Return "muted until 2026-11-23 18:00 UTC", None if the event is to be sent.

    Events of accounts and channels are never muted.
    """
    if not event.job_id:
        return None
    model = event.job.model_id if event.job else None
    until = muted_until(mutes, now, account=event.account, job_id=event.job_id, model=model)
    return None if until is None else f"muted until {utc_minute(until)}"
