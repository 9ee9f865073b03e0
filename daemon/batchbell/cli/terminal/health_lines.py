"""How accounts and channels do, one sentence each."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from batchbell.cli.terminal.phrases import ago, ahead, counted, span
from batchbell.core.coverage import latest_in_words
from batchbell.core.event import Severity
from batchbell.core.plain_text import one_line, utc_time
from batchbell.store.views.overview import Backlog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from batchbell.core.account_health import AccountState
    from batchbell.core.channel_health import ChannelHealth
    from batchbell.store.views.status import Overview

#: A clock that differs less is no news.
SKEW_WORTH_TELLING = timedelta(seconds=60)
#: Without a poll for this long, nobody seems to be polling (the interval itself is not known here).
NOBODY_POLLS_AFTER = timedelta(minutes=5)


class HealthLine(NamedTuple):
    """One account or channel."""

    severity: Severity
    name: str
    text: str


def silence(overview: Overview) -> str:
    """Say that nobody seems to poll; '' while somebody does, or nobody ever did."""
    polls = [state.last_poll_at for state in overview.accounts if state.last_poll_at]
    if not polls or overview.now - max(polls) < NOBODY_POLLS_AFTER:
        return ""
    return (
        f"The last poll was {ago(max(polls), overview.now)}: is the daemon running? "
        "This is what it saw then."
    )


def account_lines(overview: Overview) -> Iterator[HealthLine]:
    """Yield one line for each account."""
    for state in overview.accounts:
        yield HealthLine(
            _account_severity(state), state.health.account, _account_text(state, overview)
        )


def channel_lines(overview: Overview) -> Iterator[HealthLine]:
    """Yield one line for each configured channel."""
    for health in overview.channels:
        backlog = overview.backlogs.get(health.channel, Backlog())
        severity = _channel_severity(health, backlog)
        yield HealthLine(severity, health.channel, _channel_text(health, backlog, overview.now))


def hold_words(health: ChannelHealth, now: datetime) -> str:
    """Say why the channel's next message waits, and until when; '' if it does not."""
    if health.held_until is None or health.held_until <= now:
        return ""
    until = f"{utc_time(health.held_until)} ({ahead(health.held_until, now)})"
    return f"{health.held_because} until {until}"


def _account_severity(state: AccountState) -> Severity:
    if state.health.failing_since is not None:
        return Severity.FAILURE
    if state.last_good_poll_at is None:
        return Severity.INFO
    return Severity.WARNING if state.skipped_rows or _skew(state) else Severity.SUCCESS


def _account_text(state: AccountState, overview: Overview) -> str:
    health, good, now = state.health, state.last_good_poll_at, overview.now
    parts = []
    if health.failing_since is not None:
        polls = counted(health.failures, "poll")
        error = one_line(health.last_error)
        parts.append(f"failing for {span(now - health.failing_since)} ({polls}): {error}")
        parts.append(f"last good poll {ago(good, now)}" if good else "no good poll yet")
    else:
        parts.append(f"polled {ago(good, now)}" if good else "not polled yet")
    if _skew(state):
        parts.append(f"this machine's clock is {_skew(state)}, the API's is used")
    if state.skipped_rows:
        parts.append(f"{counted(state.skipped_rows, 'row')} of the listing can't be used")
    if state.bad_fields:
        parts.append(f"{counted(state.bad_fields, 'field')} of the listing can't be used")
    parts += latest_in_words(overview.gaps.get(health.account, ()))
    if health.account in overview.blind:
        gap = overview.blind[health.account]
        parts.append(f"blind since {utc_time(gap.since)} ({gap.reason})")
    return "; ".join(parts)


def _skew(state: AccountState) -> str:
    skew = timedelta(seconds=state.skew_seconds or 0.0)
    if abs(skew) <= SKEW_WORTH_TELLING:
        return ""
    return f"{span(abs(skew))} {'ahead' if skew > timedelta() else 'behind'}"


def _channel_severity(health: ChannelHealth, backlog: Backlog) -> Severity:
    if health.failing_since is not None:
        return Severity.FAILURE
    if backlog.dead:
        return Severity.WARNING
    return Severity.INFO if health.last_success_at is None else Severity.SUCCESS


def _channel_text(health: ChannelHealth, backlog: Backlog, now: datetime) -> str:
    sent = health.last_success_at
    parts = []
    if health.disabled_at is not None:
        parts.append(f"disabled {ago(health.disabled_at, now)}: the receiver wants no more")
    elif health.failing_since is not None:
        error = one_line(health.last_error)
        parts.append(f"failing for {span(now - health.failing_since)}: {error}")
    parts.append(f"delivered {ago(sent, now)}" if sent else "nothing sent yet")
    if backlog.pending:
        hold = hold_words(health, now)
        parts.append(f"{backlog.pending:,} waiting{hold and f': {hold}'}")
    if backlog.dead:
        parts.append(f"{backlog.dead:,} given up (batchbell deliveries --failed)")
    return "; ".join(parts)
