"""How an account or a channel does, as one line of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.delivery.given_up import is_refused
from batchbell.core.event import EventKind, Severity
from batchbell.core.provider import ANY_PROVIDER
from batchbell.core.standing.reasons import Reason
from batchbell.messages.advice import helps_with
from batchbell.messages.gap_words import latest_in_words
from batchbell.messages.given_up_words import (
    again_words,
    given_up_words,
    repair_words,
    retry_command,
)
from batchbell.messages.plain_text import counted, duration
from batchbell.messages.subject import job_name_of
from batchbell.web.components.overall import SILENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from batchbell.core.account_health import AccountState
    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.standing.verdict import Standing
    from batchbell.store.views.accounts import AccountView
    from batchbell.store.views.channels import ChannelView

#: So many jobs are named of which a channel was not told.
_NAMED = 3


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
    #: What it asks for, in a few words; '' if it asks for nothing.
    deed: str = ""
    #: What the last failure said; '' if all is well.
    reason: str = ""
    #: What has to be done before anything is typed; '' for nothing.
    advice: str = ""
    notes: tuple[str, ...] = ()
    #: What the messages tell that it gave up: `about contract-clauses`; '' if that is too much.
    about: str = ""
    #: What to type: what it does, and the command.
    commands: tuple[tuple[str, str], ...] = ()


def account_line(view: AccountView, jobs: int, now: datetime) -> HealthLine:
    """Say when the account was last seen well, or since when and why it isn't."""
    state, standing = view.state, view.standing
    seen, failing_since = state.last_good_poll_at, state.health.failing_since
    notes = (*_account_notes(state, standing, jobs), *latest_in_words(view.gaps))
    if standing.has(Reason.NOT_WATCHED) or failing_since is None:
        return HealthLine(
            name=view.name,
            severity=standing.severity,
            state=f"polled {_since(seen, now)} ago" if seen else "waiting for the first poll",
            since=seen,
            reason="the next poll is overdue" if standing.has(Reason.NOT_SEEN) else "",
            notes=notes if seen else (),
        )
    return HealthLine(
        name=view.name,
        severity=standing.severity,
        state=f"failing for {_since(failing_since, now)}",
        since=failing_since,
        since_word="since",
        deed="Look why it can't be polled",
        reason=state.health.last_error,
        commands=(("look why", "batchbell doctor"),),
        notes=(f"last good poll {_since(seen, now)} ago" if seen else "never polled well", *notes),
    )


def channel_line(view: ChannelView, now: datetime) -> HealthLine:
    """Say when the channel last delivered, or since when and why it doesn't."""
    health, severity = view.health, view.standing.severity
    notes = tuple(_channel_notes(view, now))
    commands = tuple(_channel_commands(view))
    if health.failing_since is not None:
        return HealthLine(
            name=view.name,
            severity=severity,
            state=f"failing for {_since(health.failing_since, now)}",
            since=health.failing_since,
            since_word="since",
            deed=_deed(view),
            reason=health.last_error,
            advice=channel_advice(view),
            notes=notes,
            about=_about(view),
            commands=commands,
        )
    sent, delivered = health.last_success_at, last_delivered(health, now)
    given_up = given_up_words(view.given_up, health.last_error)
    return HealthLine(
        name=view.name,
        severity=severity,
        # When it took others says nothing of when these were given up.
        state=given_up or delivered,
        since=None if given_up else sent,
        deed=_deed(view),
        advice=channel_advice(view),
        notes=(*_given_up_notes(view, now), *notes) if given_up else notes,
        about=_about(view),
        commands=commands,
    )


def channel_advice(view: ChannelView) -> str:
    """Return what helps first with a channel, in a sentence; '' if nothing is to do."""
    if view.standing.has(*SILENT):
        return helps_with(EventKind.CHANNEL_FAILING, ANY_PROVIDER)
    return repair_words(view.given_up)


def last_delivered(health: ChannelHealth, now: datetime) -> str:
    """Return when a channel last delivered, in words."""
    sent = health.last_success_at
    return f"delivered {_since(sent, now)} ago" if sent else "nothing sent yet"


def troubled_channels(views: Iterable[ChannelView], now: datetime) -> list[HealthLine]:
    """Return the channels in trouble, the worst first."""
    lines = [channel_line(view, now) for view in views]
    troubled = [line for line in lines if line.severity >= Severity.WARNING]
    return sorted(troubled, key=lambda line: line.severity, reverse=True)


def _account_notes(state: AccountState, standing: Standing, jobs: int) -> Iterator[str]:
    yield counted(jobs, "job")
    if state.health.failures:
        yield f"{counted(state.health.failures, 'failed poll')} in a row"
    skew = state.skew_seconds or 0.0
    if standing.has(Reason.CLOCK_OFF):
        yield f"this machine's clock is {duration(skew)} {'ahead' if skew > 0 else 'behind'}"
    if state.skipped_rows:
        yield f"{counted(state.skipped_rows, 'unusable row')} in the listing"
    if state.bad_fields:
        yield f"{counted(state.bad_fields, 'unusable field')} in the listing"


def _channel_notes(view: ChannelView, now: datetime) -> Iterator[str]:
    health, waiting = view.health, view.backlog
    if health.disabled_at is not None:
        yield f"disabled {_since(health.disabled_at, now)} ago: the receiver wants no more"
    if waiting.pending and health.held_until is not None and health.held_until > now:
        yield f"{health.held_because} for {duration(health.held_until - now)}"
    if waiting.pending:
        yield f"{waiting.pending:,} waiting"
    if view.given_up and health.failing_since is not None:
        yield given_up_words(view.given_up, health.last_error)


def _given_up_notes(view: ChannelView, now: datetime) -> Iterator[str]:
    about = _about(view)
    if about:
        yield about
    if view.given_up_at is not None:
        last = "" if sum(view.given_up.values()) == 1 else "the last "
        yield f"{last}{_since(view.given_up_at, now)} ago"
    delivered = last_delivered(view.health, now)
    yield f"others {delivered}" if view.health.last_success_at else delivered


def _about(view: ChannelView) -> str:
    """Name the few jobs that the messages tell of which it gave up."""
    names = dict.fromkeys(job_name_of(event) for event in view.told_given_up if event.job_id)
    return f"about {', '.join(names)}" if 0 < len(names) <= _NAMED else ""


def _deed(view: ChannelView) -> str:
    if view.standing.has(*SILENT):
        return "Repair it: it delivers nothing"
    if any(map(is_refused, view.given_up)):
        return "Repair what it refuses, then send it again"
    return "Send again what it gave up" if view.given_up else ""


def _channel_commands(view: ChannelView) -> Iterator[tuple[str, str]]:
    if view.standing.has(*SILENT):
        yield "test it", f"batchbell notify-test {view.name}"
    if view.given_up:
        several = sum(view.given_up.values()) > 1
        words = again_words(view.given_up, several=several)
        yield words, retry_command(view.numbers_given_up)


def _since(moment: datetime, now: datetime) -> str:
    """Return how long ago; a clock set right in between gives no negative age."""
    return duration(max(now, moment) - moment)
