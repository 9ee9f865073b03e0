"""When an account was not seen, and why: the time from one good poll to the next, if it is long."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.gap import Gap

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from batchbell.core.event import Event

#: An account counts as not seen once this many polls in a row brought nothing.
GRACE_INTERVALS = 3
#: A reason for less than this share of a gap is not worth a word.
WORTH_NAMING = 0.1
#: Gaps are shown for this long.
SHOWN_FOR = timedelta(hours=24)
#: A machine that slept this share of a gap is the reason for it, whatever failed on waking up.
MOSTLY = 0.5

DAEMON_DOWN = "daemon down"
MACHINE_ASLEEP = "machine asleep"
PROCESS_PAUSED = "process paused"
NOT_RECORDED = "database unwritable"


def grace_period(poll_interval: timedelta, request_timeout: timedelta) -> timedelta:
    """Return how long after a good poll the next one may come before it is late."""
    return GRACE_INTERVALS * poll_interval + request_timeout


def polled_in_time(last: datetime, now: datetime, *, grace_period: timedelta) -> bool:
    """Whether no poll is late now: the next may come a `grace_period` after the `last`."""
    return now - last <= grace_period


def gap_now(
    last_good_poll_at: datetime | None,
    now: datetime,
    *,
    grace_period: timedelta,
    running_since: datetime | None = None,
    polled_before: datetime | None = None,
    failing_since: datetime | None = None,
    trouble: str = "",
    asleep: timedelta = timedelta(),
) -> Gap | None:
    """Return the gap that a good poll now ends, or that lasts still; None if it comes in time.

    `running_since` is when this process started and `polled_before` the last poll of the process
    before it, good or not; `failing_since` is the first failed poll since the good one and
    `trouble` what failed; `asleep` is how long the machine slept since. An account without a good
    poll has no gap.
    """
    if last_good_poll_at is None or polled_in_time(
        last_good_poll_at, now, grace_period=grace_period
    ):
        return None
    gap = now - last_good_poll_at
    if asleep >= MOSTLY * gap:
        return Gap(since=last_good_poll_at, until=now, reason=MACHINE_ASLEEP)
    stopped = max(polled_before or last_good_poll_at, last_good_poll_at)
    down = max((running_since or stopped) - stopped, timedelta())
    failing = now - failing_since if failing_since else timedelta()
    parts = [(DAEMON_DOWN, down), (trouble, failing)]
    if failing_since is not None and failing_since <= stopped:
        parts = [(trouble, failing - down), (DAEMON_DOWN, down)]
    reasons = [reason for reason, length in parts if length > WORTH_NAMING * gap]
    reason = ", then ".join(reasons) or PROCESS_PAUSED
    return Gap(since=last_good_poll_at, until=now, reason=reason)


def seen_late(events: Iterable[Event], gap: Gap | None) -> tuple[Event, ...]:
    """Return the events with the gap after which they were seen; of jobs only."""
    if gap is None:
        return tuple(events)
    return tuple(
        replace(event, facts=replace(event.facts, gap=gap)) if event.job_id else event
        for event in events
    )
