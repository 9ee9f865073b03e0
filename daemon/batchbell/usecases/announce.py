"""Announce: decide who is notified of events, then write events and messages; in a transaction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.core.announcement import plan, plan_named
from batchbell.core.awaiting import due_at
from batchbell.core.file_names import files_named_in, named
from batchbell.core.reminders import to_repeat
from batchbell.core.routing import Route, in_messages
from batchbell.store import acks, channels, files, mutes, notifications, queue, reminders
from batchbell.store import events as event_log

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.announcement import Digest
    from batchbell.core.event import Event, EventKey
    from batchbell.core.routing import Filter
    from batchbell.store.database import Transaction
    from batchbell.store.events import StoredEvent


#: Why a disabled channel is sent nothing.
WANTS_NO_MORE = "disabled, as its receiver said it wants no more (HTTP 410)"


def announce(
    transaction: Transaction,
    events: Sequence[Event],
    filters: Sequence[Filter],
    now: datetime,
    *,
    awaited: Collection[str] = (),
    awaited_until: datetime | None = None,
) -> list[Event]:
    """Record the events that are new, and queue each channel's messages; return the new ones.

    An event whose unique key is there was announced before. `awaited` has the ids of the input
    files whose names are being asked for: messages about them are due at `awaited_until`.
    """
    if not events:
        return []
    filters = as_they_are(transaction, filters)
    decided = plan(
        _with_known_names(transaction, events),
        filters,
        mutes=mutes.load(transaction, now),
        known=event_log.known_keys(transaction, events),
        awaited=awaited,
        now=now,
    )
    ids = event_log.record(transaction, decided.routes)
    for digest in decided.digests:
        due = digest.due_at(now, awaited_until)
        queue_digest(transaction, digest, ids, now=now, due_at=due)
    anew, repeated = to_repeat(decided.routes, filters)
    acks.forget(transaction, anew)
    reminders.watch(transaction, [(ids[key], channel) for key, channel in repeated])
    return [each.event for each in decided.routes]


def announce_named(
    transaction: Transaction,
    stored: Sequence[StoredEvent],
    names: Mapping[str, str],
    filters: Sequence[Filter],
    now: datetime,
) -> None:
    """Write the names, by file id, into recorded events, and notify whom that concerns."""
    events = {each.event.key: named(each.event, names) for each in stored}
    ids = {each.event.key: each.id for each in stored if each.event != events[each.event.key]}
    if not ids:
        return
    filters = as_they_are(transaction, filters)
    decided = plan_named(
        [
            Route(event=events[each.event.key], not_told=each.not_told)
            for each in stored
            if each.event.key in ids
        ],
        filters,
        mutes=mutes.load(transaction, now),
        now=now,
    )
    for each in decided.routes:
        event_log.rewrite(transaction, ids[each.event.key], each)
    for digest in decided.digests:
        queue_digest(transaction, digest, ids, now=now, due_at=digest.due_at(now, None))
    acked = acks.load_all(transaction)
    _, repeated = to_repeat(decided.routes, filters)
    # Whoever has seen a failure on another channel is not reminded of it on this one.
    unseen = [(ids[key], channel) for key, channel in repeated if key[:2] not in acked]
    reminders.watch(transaction, unseen)


def as_they_are(transaction: Transaction, filters: Sequence[Filter]) -> list[Filter]:
    """Close the channels whose receivers said that they want no more."""
    closed = channels.disabled(transaction)
    return [
        replace(wanted, closed=WANTS_NO_MORE) if wanted.channel in closed else wanted
        for wanted in filters
    ]


def release(
    transaction: Transaction,
    event_ids: Sequence[int],
    now: datetime,
    *,
    channel: str | None = None,
    not_before: Callable[[Sequence[Event]], datetime] | None = None,
) -> dict[str, list[Event]]:
    """Let messages about these events go that were not tried yet, if nothing is awaited of them.

    With `channel` only that channel's; with `not_before` no earlier than it says of a message's
    events. Returns by channel the events of messages that may go now.
    """
    free: defaultdict[str, list[Event]] = defaultdict(list)
    for number, to in notifications.unfixed(transaction, event_ids, channel=channel).items():
        told = [each.event for each in queue.events_of(transaction, [number])]
        severity = max(event.severity for event in told)
        until = due_at(told, now)
        if not_before is not None:
            until = max(until, not_before(told))
        notifications.let_go(transaction, number, until, severity=severity)
        if until <= now:
            free[to] += told
    return free


def announce_again(
    transaction: Transaction, channel: str, event_ids: Sequence[int], now: datetime
) -> int:
    """Queue digests that remind a channel of these events; return how many."""
    parts = in_messages(event_ids)
    for part in parts:
        notifications.queue_reminder(transaction, channel, part, now)
    return len(parts)


def queue_digest(
    transaction: Transaction,
    digest: Digest,
    ids: Mapping[EventKey, int],
    *,
    now: datetime,
    due_at: datetime,
) -> None:
    """Queue one message; `ids` has the numbers of its events."""
    numbers = [ids[event.key] for event in digest.events]
    notifications.queue_digest(transaction, digest, numbers, now=now, due_at=due_at)


def _with_known_names(transaction: Transaction, events: Sequence[Event]) -> list[Event]:
    """Note the names of jobs' input files, as far as they are known."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for event in events:
        wanted[event.account].update(files_named_in(event))
    names = {
        account: {file.id: file.filename for file in files.load(transaction, account, ids).values()}
        for account, ids in wanted.items()
    }
    return [named(event, names.get(event.account, {})) for event in events]
