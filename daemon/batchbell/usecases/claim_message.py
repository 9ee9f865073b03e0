"""The claim of the message whose turn it is, and what that message says from then on."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.delivery.turn import LINE_LENGTH, Send, Wait
from batchbell.messages.overtaken import jobs_that_may_be_over
from batchbell.messages.remedy import Asks
from batchbell.messages.still_to_cancel import NOTHING, StillToCancel
from batchbell.messages.urgency import asked_by, most_urgent_first
from batchbell.receivers.content import Content
from batchbell.store import events as event_log
from batchbell.store import ledger, queue, reminders
from batchbell.store.views.told_before import told_before
from batchbell.usecases.late_facts import acknowledged, seen_since

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from batchbell.core.delivery.waiting import Waiting
    from batchbell.core.event import Event
    from batchbell.messages.urgency import Urgency
    from batchbell.messages.view import View
    from batchbell.receivers.compose import Composer
    from batchbell.store.database import Transaction
    from batchbell.store.queue import Claim

logger = logging.getLogger(__name__)

#: How long to leave a message alone that another transaction is changing.
_A_MOMENT = timedelta(milliseconds=200)


class DigestPart(NamedTuple):
    """What a message tells as one of several that are sent for what did not fit into one."""

    #: The numbers of those that it has no room for: the next one of them continues it.
    left: frozenset[int] = frozenset()
    #: Which jobs it tells of, and those that it continues, as account and id.
    jobs: frozenset[tuple[str, str]] = frozenset()


#: That of a message that continues none, and that no other one continues.
NO_PART = DigestPart()


class Claimed(NamedTuple):
    """A message that is ours to send."""

    message: Waiting
    #: Idempotency key, the same on every attempt.
    key: str
    #: What it says; None if that could not be written.
    content: Content | None
    #: The claim's: what comes of it is refused once there is a later one.
    number: int
    #: What others continue it with.
    part: DigestPart = NO_PART


def claim_message(
    connection: Transaction,
    channel: str,
    turn: Send,
    composer: Composer,
    *,
    now: datetime,
    claim_for: timedelta,
    before: DigestPart = NO_PART,
) -> Claimed | Wait:
    """Claim a message, and fix what it says if nothing is fixed yet.

    `before` is what the message just sent told and left.
    """
    message = turn.message
    claim = queue.claim(connection, message.notification_id, now=now, claim_for=claim_for)
    if claim is None:
        return Wait(until=now + _A_MOMENT)
    content, part = _fixed(claim, composer), NO_PART
    if content is None:
        if not turn.all_fit:
            turn = replace(turn, pressing=_pressing(connection, channel, turn, composer, now))
        free = queue.free_of(connection, turn.takes_up)
        continued = before if message.notification_id in before.left else NO_PART
        content, part = _compose(connection, channel, turn, free, composer, now, continued)
    return Claimed(message, claim.key, content, claim.number, part)


def told_by(
    connection: Transaction, message: Waiting, others: Sequence[Waiting] = ()
) -> list[Event]:
    """Return the events of a message, with those of others that become part of it."""
    if message.is_reminder:
        return reminders.events_of(connection, message.notification_id)
    ids = [one.notification_id for one in (message, *others)]
    return [stored.event for stored in queue.events_of(connection, ids)]


def _compose(
    connection: Transaction,
    channel: str,
    turn: Send,
    takes_up: tuple[Waiting, ...],
    composer: Composer,
    now: datetime,
    continued: DigestPart,
) -> tuple[Content | None, DigestPart]:
    """Fix what a message says, and return what it tells and has no room for.

    One that can't be written takes up no other.
    """
    for others in dict.fromkeys((takes_up, ())):
        told = told_by(connection, turn.message, others)
        left, is_long = _left(turn, others), len(turn.behind) + 1 >= LINE_LENGTH
        behind = [stored.event for stored in queue.events_of(connection, left)] if left else []
        later = event_log.overtaking(connection, jobs_that_may_be_over(told))
        again, acked = seen_since(connection, told, now), acknowledged(connection, told, now)
        jobs = continued.jobs.union((event.account, event.job_id) for event in told)
        still = _still_to_cancel(connection, channel, told, jobs, turn, composer, now)
        try:
            knowing = composer.knowing(
                later,
                again,
                acked,
                still,
                left=behind,
                left_at_least=is_long,
                continues=bool(continued.left),
            )
            content = knowing.compose(told, now)
        except Exception:
            facts = {"channel": channel, "notification": turn.message.notification_id}
            logger.exception("a message could not be written", extra=facts)
            continue
        queue.take_up(connection, turn.message, others)
        ledger.fix_content(connection, turn.message.notification_id, content.to_json())
        return content, DigestPart(frozenset(left), jobs)
    return None, NO_PART


def _left(turn: Send, others: tuple[Waiting, ...]) -> list[int]:
    """Return the numbers of those behind a message that do not become part of it."""
    return [one.notification_id for one in turn.behind if one not in others]


def _still_to_cancel(
    connection: Transaction,
    channel: str,
    told: Sequence[Event],
    jobs: frozenset[tuple[str, str]],
    turn: Send,
    composer: Composer,
    now: datetime,
) -> StillToCancel:
    """Return what a digest has to add so that its count does not read as if it were all.

    It is about other jobs than the digest, and than those tell before and behind it that tell
    what does not fit into one.
    """
    if len({(event.account, event.job_id) for event in told}) < 2:  # noqa: PLR2004 - a digest tells of several
        return NOTHING
    besides = jobs.union(*turn.jobs.values())
    provider = composer.view.provider
    with _spared(connection, channel):
        return told_before(connection, channel, provider, now, besides=besides)
    return NOTHING


def _pressing(
    connection: Transaction, channel: str, turn: Send, composer: Composer, now: datetime
) -> tuple[int, ...]:
    """Return the numbers of the messages about jobs that are to be cancelled, as they stand now.

    Those of the nearest deadline go first: one that says no more than how a job came along goes
    with what says that it is to be cancelled.
    """
    with _spared(connection, channel):
        numbers = [one.notification_id for one in (turn.message, *turn.behind)]
        events = [stored.event for stored in queue.events_of(connection, numbers)]
        later = event_log.overtaking(connection, jobs_that_may_be_over(events))
        known = composer.knowing(later, seen_since(connection, events, now))
        view = replace(known.view, now=now)
        urgent = _urgencies(events, view)
        found = [
            (min(urgent[job] for job in jobs & urgent.keys()), number)
            for number, jobs in turn.jobs.items()
            if jobs & urgent.keys()
        ]
        return tuple(number for _, number in sorted(found))
    return ()


def _urgencies(events: Iterable[Event], view: View) -> dict[tuple[str, str], Urgency]:
    """Return how urgent each of those jobs is that are to be cancelled, by account and id."""
    urgent: dict[tuple[str, str], Urgency] = {}
    for event in events:
        asks, job = asked_by(view.as_told(event), view).asks, (event.account, event.job_id)
        if asks is Asks.CANCEL:
            urgency = most_urgent_first(event, asks)
            urgent[job] = min(urgency, urgent.get(job, urgency))
    return urgent


@contextmanager
def _spared(connection: Transaction, channel: str) -> Iterator[None]:
    """Let a message go without what can't be found out, rather than not at all.

    With its database gone it can't go at all: that is told as everywhere else.
    """
    try:
        # A statement that fails ends a whole transaction at PostgreSQL, but for a savepoint.
        with connection.begin_nested():
            yield
    except Exception:
        if connection.invalidated:
            raise
        logger.exception("a message goes without what it asks", extra={"channel": channel})


def _fixed(claim: Claim, composer: Composer) -> Content | None:
    """Return what the message says if that is fixed; made for another URL it means nothing."""
    if claim.content is None:
        return None
    content = Content.from_json(claim.content)
    return content if content.family == composer.family else None
