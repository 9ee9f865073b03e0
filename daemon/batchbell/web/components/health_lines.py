"""How an account or a channel does, as one line of the page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchbell.clock import SKEW_WORTH_TELLING
from batchbell.core.coverage import latest_in_words
from batchbell.core.event import Severity
from batchbell.core.plain_text import duration
from batchbell.web.health import blindness

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from batchbell.core.account_health import AccountState
    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.coverage import Blind
    from batchbell.store.views.overview import Backlog


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthLine:
    """What is shown of one account or channel."""

    name: str
    severity: Severity
    #: What it does, in words: `polled 12s ago`.
    state: str
    #: The time the state speaks of; None if there is none.
    since: datetime | None = None
    #: What stands before that time.
    since_word: str = ""
    #: What the last failure said; '' if all is well.
    reason: str = ""
    notes: tuple[str, ...] = ()


def account_line(
    name: str, state: AccountState | None, longest: timedelta, jobs: int, now: datetime
) -> HealthLine:
    """Say when the account was last seen well, or since when and why it isn't.

    `longest` is how long ago its last good poll may be.
    """
    if state is None or state.last_poll_at is None:
        return HealthLine(name=name, severity=Severity.INFO, state="waiting for the first poll")
    if state.health.failing_since is not None:
        return _failing_account(state, state.health.failing_since, longest, jobs, now)
    blind = blindness(state, longest, now)
    polled = state.last_good_poll_at
    return HealthLine(
        name=name,
        severity=Severity.WARNING if blind else Severity.SUCCESS,
        state=f"polled {_since(polled, now)} ago" if polled else "not polled well yet",
        since=polled,
        reason="the next poll is overdue" if blind else "",
        notes=tuple(_account_notes(state, jobs)),
    )


def with_gaps(line: HealthLine, gaps: Sequence[Blind]) -> HealthLine:
    """Add when the account was not seen lately."""
    return replace(line, notes=(*line.notes, *latest_in_words(gaps)))


def _failing_account(
    state: AccountState, since: datetime, longest: timedelta, jobs: int, now: datetime
) -> HealthLine:
    seen = state.last_good_poll_at
    return HealthLine(
        name=state.health.account,
        # One failed poll is a hiccup; an account not seen for long is an outage.
        severity=Severity.FAILURE if blindness(state, longest, now) else Severity.WARNING,
        state=f"failing for {_since(since, now)}",
        since=since,
        since_word="since",
        reason=state.health.last_error,
        notes=(
            f"last good poll {_since(seen, now)} ago" if seen else "never polled well",
            *_account_notes(state, jobs),
        ),
    )


def channel_line(health: ChannelHealth, waiting: Backlog, now: datetime) -> HealthLine:
    """Say when the channel last delivered, or since when and why it doesn't."""
    notes = tuple(_channel_notes(health, waiting, now))
    if health.failing_since is not None:
        return HealthLine(
            name=health.channel,
            severity=Severity.FAILURE,
            state=f"failing for {_since(health.failing_since, now)}",
            since=health.failing_since,
            since_word="since",
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
        state=f"delivered {_since(health.last_success_at, now)} ago",
        since=health.last_success_at,
        notes=notes,
    )


def _account_notes(state: AccountState, jobs: int) -> Iterator[str]:
    yield _counted(jobs, "job")
    if state.health.failures:
        yield f"{_counted(state.health.failures, 'failed poll')} in a row"
    skew = state.skew_seconds or 0.0
    if abs(skew) > SKEW_WORTH_TELLING.total_seconds():
        yield f"this machine's clock is {duration(skew)} {'ahead' if skew > 0 else 'behind'}"
    if state.skipped_rows:
        yield f"{_counted(state.skipped_rows, 'unusable row')} in the listing"
    if state.bad_fields:
        yield f"{_counted(state.bad_fields, 'unusable field')} in the listing"


def _channel_notes(health: ChannelHealth, waiting: Backlog, now: datetime) -> Iterator[str]:
    if health.disabled_at is not None:
        yield f"disabled {_since(health.disabled_at, now)} ago: the receiver wants no more"
    if waiting.pending and health.held_until is not None and health.held_until > now:
        yield f"{health.held_because} for {duration(health.held_until - now)}"
    if waiting.pending:
        yield f"{waiting.pending:,} waiting"
    if waiting.dead:
        yield f"{waiting.dead:,} given up"


def _since(moment: datetime, now: datetime) -> str:
    """Return how long ago; a clock set right in between gives no negative age."""
    return duration(max(now, moment) - moment)


def _counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
