"""A channel that lacks messages, as the deliveries page begins with it: why, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from batchbell.core.delivery.given_up import is_refused
from batchbell.messages.delivery_words import next_attempt_words
from batchbell.messages.given_up_words import (
    again_words,
    answers_words,
    given_up_count,
    given_up_words,
    repair_words,
    retry_command,
)
from batchbell.messages.plain_text import counted, relative
from batchbell.store.views import deliveries
from batchbell.store.views.deliveries import DeliveryFilter
from batchbell.store.views.old_news import old_news
from batchbell.store.views.told_alike import told_alike
from batchbell.web.components.health_lines import channel_advice, channel_line, last_delivered
from batchbell.web.components.message_line import message_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.core.event import Severity
    from batchbell.store.database import Transaction
    from batchbell.store.views.deliveries import LedgerEntry
    from batchbell.store.views.troubles import ChannelTrouble
    from batchbell.web.components.message_line import MessageLine

#: Messages that its fold shows.
SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LackingChannel:
    """What is shown of a channel that lacks messages."""

    name: str
    severity: Severity
    #: How it stands: `failing for 7h 21m`.
    state: str
    #: Since when; None if that is not known.
    since: datetime | None
    #: What it lacks, and when its receiver is asked again.
    lacks: Sequence[str]
    #: Why its receiver takes nothing, or what it answered where it takes others.
    reason: str
    #: What has to be done before anything is tested or sent again; '' for nothing.
    advice: str
    #: What to type: what it does, and the command.
    commands: Sequence[tuple[str, str]]
    #: What the last messages tell that it lacks, how many these are, of how many, and where all of
    #: them are shown.
    messages: Sequence[MessageLine]
    shown: int
    count: int
    address: str


def lacking_channel(
    connection: Transaction, trouble: ChannelTrouble, now: datetime, *, with_messages: bool
) -> LackingChannel:
    """Read what a channel lacks, `with_messages` the last of these too."""
    wanted = DeliveryFilter(channel=trouble.name, failed=not trouble.fails, unsent=True)
    entries = deliveries.part(connection, wanted, behind=None, oldest_first=False, limit=SHOWN)
    line = None if trouble.view is None else channel_line(trouble.view, now)
    said = line.reason if line is not None else ""
    reason = said or answers_words(trouble.given_up)
    return LackingChannel(
        name=trouble.name,
        severity=trouble.severity,
        state=_state_of(trouble, entries, now),
        since=line.since if line is not None and trouble.fails else None,
        lacks=[*_lacks(trouble, now), *_lost(trouble, entries, reason, now)],
        reason=reason,
        advice=repair_words(trouble.given_up)
        if trouble.view is None
        else channel_advice(trouble.view),
        commands=[*_commands(trouble, _still_news(connection, entries, now))],
        messages=message_lines(
            connection, told_alike(connection, entries if with_messages else (), wanted), now
        ),
        shown=len(entries),
        count=trouble.waiting + sum(trouble.given_up.values()),
        address=f"?{urlencode({'channel': trouble.name, 'state': _state(trouble)})}",
    )


def _state_of(trouble: ChannelTrouble, entries: Sequence[LedgerEntry], now: datetime) -> str:
    """Say that it fails, or what it gave up and when: when it took others says nothing of that."""
    if trouble.view is None:
        return "not configured any more"
    if trouble.fails:
        return channel_line(trouble.view, now).state
    if trouble.given_up:
        return " ".join((given_up_count(trouble.given_up), *_when_given_up(entries, now)))
    return last_delivered(trouble.view.health, now)


def in_short(trouble: ChannelTrouble) -> str:
    """Return what is wrong with a channel in a few words: `pager doesn't deliver`."""
    if trouble.fails:
        return f"{trouble.name} doesn't deliver"
    count = trouble.waiting + sum(trouble.given_up.values())
    is_clear = not trouble.waiting and all(map(is_refused, trouble.given_up))
    return f"{trouble.name} {'refused' if is_clear else 'lacks'} {counted(count, 'message')}"


def _lacks(trouble: ChannelTrouble, now: datetime) -> Iterator[str]:
    refused = 0 if trouble.fails else trouble.refused
    if refused:
        yield f"{counted(refused, 'message')} refused {counted(trouble.refusals, 'time')}"
    waiting = trouble.waiting - refused
    if waiting:
        wait = "waits" if waiting == 1 else "wait"
        until = " until it delivers" if trouble.fails else ""
        yield f"{counted(waiting, 'message')} {wait}{until}"
    if trouble.next_attempt_at is not None:
        yield next_attempt_words(trouble.next_attempt_at, now)


def _lost(
    trouble: ChannelTrouble, entries: Sequence[LedgerEntry], said: str, now: datetime
) -> Iterator[str]:
    """Yield what was given up, or of a channel that delivers when it took others."""
    if not trouble.given_up:
        return
    if trouble.view is None or trouble.fails:
        yield given_up_words(trouble.given_up, said)
        yield from (f"given up {when}" for when in _when_given_up(entries, now))
    elif trouble.view.health.last_success_at:
        yield f"others {last_delivered(trouble.view.health, now)}"


def _when_given_up(entries: Sequence[LedgerEntry], now: datetime) -> Iterator[str]:
    """Yield `12h ago`, of several messages `12h ago at last`: it may be long ago."""
    ends = [each.delivery.ended_at for each in entries if each.delivery.state == "dead"]
    ended = max((at for at in ends if at is not None), default=None)
    if ended is not None:
        ago = relative(ended, now)
        yield ago if len(ends) == 1 else f"{ago} at last"


def _commands(trouble: ChannelTrouble, again: Sequence[LedgerEntry]) -> Iterator[tuple[str, str]]:
    if trouble.fails:
        yield "test it", f"batchbell notify-test {trouble.name}"
    if not again or trouble.view is None:
        return
    given_up = sum(trouble.given_up.values())
    # Of more not all were looked at.
    named = again if given_up <= SHOWN else ()
    words = again_words(trouble.given_up, several=given_up > 1)
    yield words, retry_command([each.delivery.notification_id for each in named])


def _still_news(
    connection: Transaction, entries: Sequence[LedgerEntry], now: datetime
) -> list[LedgerEntry]:
    """Return those given up that tell more than what is over and don't come again anyway."""
    dead = [
        each for each in entries if each.delivery.state == "dead" and not each.delivery.is_reminder
    ]
    old = old_news(connection, (each.delivery.notification_id for each in dead), now)
    return [each for each in dead if each.delivery.notification_id not in old]


def _state(trouble: ChannelTrouble) -> str:
    """Return what to choose in the form to see all of it."""
    if trouble.waiting and trouble.given_up:
        return "unsent"
    return "pending" if trouble.waiting else "dead"
