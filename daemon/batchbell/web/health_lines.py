"""How an account or a channel does, as one line of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.clock import SKEW_WORTH_TELLING
from batchbell.core.event import Severity
from batchbell.core.plain_text import duration
from batchbell.web.health import blindness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.store.accounts import AccountState
    from batchbell.store.overview import Backlog


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthLine:
    """What is shown of one account or channel."""

    name: str
    severity: Severity
    #: What it does, in words: `polled 12s ago`.
    state: str
    #: The time the state speaks of; None if there is none.
    since: datetime | None = None
    #: What the last failure said; '' if all is well.
    reason: str = ""
    notes: tuple[str, ...] = ()


def account_line(
    name: str, state: AccountState | None, longest: timedelta, jobs: int, now: datetime
) -> HealthLine:
    """Say when the account was last seen well, or since when and why it isn't."""
    if state is None or (state.last_good_poll_at is None and state.health.failing_since is None):
        return HealthLine(name=name, severity=Severity.INFO, state="waiting for the first poll")
    notes = tuple(_account_notes(state, jobs))
    if state.health.failing_since is not None:
        blind = blindness(state, longest, now)
        return HealthLine(
            name=name,
            severity=Severity.FAILURE if blind else Severity.WARNING,
            state=f"failing for {duration(_age(state.health.failing_since, now))}",
            since=state.health.failing_since,
            reason=state.health.last_error,
            notes=(_last_good(state, now), *notes),
        )
    late = blindness(state, longest, now)
    return HealthLine(
        name=name,
        severity=Severity.WARNING if late else Severity.SUCCESS,
        state=_last_good(state, now),
        since=state.last_good_poll_at,
        reason="no poll since, though one was due" if late else "",
        notes=notes,
    )


def channel_line(health: ChannelHealth, waiting: Backlog, now: datetime) -> HealthLine:
    """Say when the channel last delivered, or since when and why it doesn't."""
    notes = tuple(_channel_notes(waiting))
    if health.failing_since is not None:
        return HealthLine(
            name=health.channel,
            severity=Severity.FAILURE,
            state=f"failing for {duration(_age(health.failing_since, now))}",
            since=health.failing_since,
            reason=health.last_error,
            notes=notes,
        )
    if health.last_success_at is None:
        return HealthLine(
            name=health.channel, severity=Severity.INFO, state="nothing sent yet", notes=notes
        )
    return HealthLine(
        name=health.channel,
        severity=Severity.SUCCESS,
        state=f"delivered {duration(_age(health.last_success_at, now))} ago",
        since=health.last_success_at,
        notes=notes,
    )


def _last_good(state: AccountState, now: datetime) -> str:
    if state.last_good_poll_at is None:
        return "never polled well"
    return f"polled {duration(_age(state.last_good_poll_at, now))} ago"


def _account_notes(state: AccountState, jobs: int) -> Iterator[str]:
    yield f"{jobs:,} jobs" if jobs != 1 else "1 job"
    if state.health.failures:
        yield f"{state.health.failures:,} failed polls in a row"
    skew = state.skew_seconds or 0.0
    if abs(skew) > SKEW_WORTH_TELLING.total_seconds():
        yield f"this machine's clock is {duration(skew)} {'ahead' if skew > 0 else 'behind'}"
    if state.skipped_rows:
        yield f"{state.skipped_rows:,} unusable rows in the listing"
    if state.bad_fields:
        yield f"{state.bad_fields:,} unusable fields in the listing"


def _channel_notes(waiting: Backlog) -> Iterator[str]:
    if waiting.pending:
        yield f"{waiting.pending:,} waiting"
    if waiting.dead:
        yield f"{waiting.dead:,} given up"


def _age(moment: datetime, now: datetime) -> timedelta:
    """Return how long ago; a clock set right in between must not give a negative age."""
    return max(now - moment, now - now)
