"""How accounts and channels do, one sentence each."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from batchbell.cli.terminal.phrases import ago, ahead, span
from batchbell.cli.terminal.readers_clock import readers_zone, shown_time
from batchbell.core.event import Severity
from batchbell.core.standing.reasons import Reason
from batchbell.messages.delivery_words import hold_of
from batchbell.messages.gap_words import latest_in_words
from batchbell.messages.plain_text import counted, one_line, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.store.views.accounts import AccountView
    from batchbell.store.views.channels import ChannelView
    from batchbell.store.views.replicas import ReplicaView
    from batchbell.store.views.status import Status


#: So many accounts or channels of a replica are named in its line.
_MOST_NAMES = 8


class StatusLine(NamedTuple):
    """One account or channel."""

    severity: Severity
    name: str
    text: str
    #: Whether it says more than when it was last heard of.
    says_more: bool = False


def silence(status: Status) -> str:
    """Say that nobody seems to poll; '' while somebody does, or nobody ever did."""
    since = status.left_alone_since
    if since is None:
        return ""
    return (
        f"The last poll was {ago(since, status.now)}: is the daemon running? "
        "This is what it saw then."
    )


def account_lines(status: Status) -> Iterator[StatusLine]:
    """Yield one line for each account."""
    for view in status.accounts:
        yield _line(view, [*_account_parts(view, status.now)])


def channel_lines(status: Status) -> Iterator[StatusLine]:
    """Yield one line for each configured channel."""
    for view in status.channels:
        yield _line(view, [*_channel_parts(view, status.now)])


def _line(view: AccountView | ChannelView, parts: Sequence[str]) -> StatusLine:
    return StatusLine(view.standing.severity, view.name, "; ".join(parts), says_more=len(parts) > 1)


def how_many_are_fine(thing: str, lines: Sequence[StatusLine]) -> str:
    """Return `7 of 8 channels are fine`, `2 accounts are fine`; '' for none."""
    how_many = how_many_fine(thing, lines)
    fine = sum(line.severity < Severity.WARNING for line in lines)
    return how_many and f"{how_many} {'is' if fine == 1 else 'are'} fine"


def how_many_fine(thing: str, lines: Sequence[StatusLine]) -> str:
    """Return `7 of 8 channels`, `2 accounts`; '' for none."""
    fine = sum(line.severity < Severity.WARNING for line in lines)
    part = f"{fine} of " if fine < len(lines) else ""
    return f"{part}{counted(len(lines), thing)}" if lines else ""


def kept_lines(status: Status) -> Iterator[StatusLine]:
    """Yield how much of jobs' results is kept on the disk, if any is."""
    kept = status.kept
    if kept.jobs:
        text = f"{size(kept.bytes)} of {counted(kept.jobs, 'job')}"
        yield StatusLine(Severity.INFO, "kept files", text)


def replica_lines(status: Status) -> Iterator[StatusLine]:
    """Yield one line for each daemon that shares the database, if several may."""
    for view in status.replicas:
        is_well = view.is_alive and not view.differs
        severity = Severity.INFO if is_well else Severity.WARNING
        yield StatusLine(severity, view.replica.name, replica_words(view))


def replica_words(view: ReplicaView) -> str:
    """Say how one of several daemons does, what it polls, and what it delivers to."""
    version, since = view.replica.version, shown_time(view.replica.started_at)
    if not view.is_alive:
        silent = f"no sign of life for {span(view.silent_for)}: others have its accounts"
        return f"{silent}; batchbell {version}; since {since}"
    parts = [
        f"polls {_names(view.accounts) or 'no account'}",
        f"delivers to {_names(view.channels) or 'no channel'}",
        f"batchbell {version}",
        f"since {since}",
        f"last sign of life {span(view.silent_for)} ago",
    ]
    if view.differs:
        parts.append("its configuration is another one than the others'")
    return "; ".join(parts)


def _names(names: Sequence[str]) -> str:
    """Return names in a line; of a hundred accounts the first ones."""
    left = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {left} more" if left > 0 else "")


def hold_words(health: ChannelHealth, now: datetime) -> str:
    """Return `digest at 04:02 CET (in 46m)`, for which a channel waits; '' if it does not."""
    hold = hold_of(health, now, readers_zone())
    return "" if hold is None else f"{hold.words} ({ahead(hold.until, now)})"


def _account_parts(view: AccountView, now: datetime) -> Iterator[str]:
    state, standing = view.state, view.standing
    health, good = state.health, state.last_good_poll_at
    if standing.has(Reason.NOT_WATCHED):
        yield "no longer watched"
    if standing.has(Reason.POLL_FAILED, Reason.OUTAGE_TOLD) and health.failing_since is not None:
        polls = counted(health.failures, "poll")
        error = one_line(health.last_error)
        yield f"failing for {span(now - health.failing_since)} ({polls}): {error}"
        yield f"last good poll {ago(good, now)}" if good else "no good poll yet"
        yield "to look into it: batchbell doctor"
    else:
        yield f"polled {ago(good, now)}" if good else "not polled yet"
    if standing.has(Reason.CLOCK_OFF):
        skew = timedelta(seconds=state.skew_seconds or 0.0)
        direction = "ahead" if skew > timedelta() else "behind"
        yield f"this machine's clock is {span(abs(skew))} {direction}, the API's is used"
    if state.skipped_rows:
        yield f"{counted(state.skipped_rows, 'row')} of the listing can't be used"
    if state.bad_fields:
        yield f"{counted(state.bad_fields, 'field')} of the listing can't be used"
    yield from latest_in_words(view.gaps, readers_zone())
    if view.open_gap is not None:
        yield f"blind since {shown_time(view.open_gap.since)} ({view.open_gap.reason})"


def failing_words(view: ChannelView, now: datetime) -> str:
    """Return `failing for 8h 2m: HTTP 503 Service Unavailable`; '' of a channel that delivers."""
    health, standing = view.health, view.standing
    if standing.has(Reason.DISABLED) and health.disabled_at is not None:
        return f"disabled {ago(health.disabled_at, now)}: the receiver wants no more"
    if standing.has(Reason.SEND_FAILED, Reason.FAILURE_TOLD) and health.failing_since is not None:
        return f"failing for {span(now - health.failing_since)}: {one_line(health.last_error)}"
    return ""


def _channel_parts(view: ChannelView, now: datetime) -> Iterator[str]:
    health, backlog, standing = view.health, view.backlog, view.standing
    sent = health.last_success_at
    fails = failing_words(view, now)
    if fails:
        yield fails
    yield f"delivered {ago(sent, now)}" if sent else "nothing sent yet"
    if backlog.pending:
        hold = hold_words(health, now)
        yield f"{backlog.pending:,} waiting{hold and f': {hold}'}"
    if backlog.dead:
        yield f"{backlog.dead:,} given up (batchbell deliveries --failed)"
    if standing.has(Reason.DISABLED, Reason.SEND_FAILED, Reason.FAILURE_TOLD):
        yield f"to test it: batchbell notify-test {view.name}"
