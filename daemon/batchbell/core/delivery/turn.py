"""Whose turn it is on a channel: which message is sent next, or what it waits for.

A channel that fails is asked with its oldest message, by the channel's backoff. A failure that may
be the message's own (a 5xx, a time-out) leaves that open; so after three of them one of the next
messages has the oldest's turn. If that is taken, the oldest was at fault, and is set aside.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.delivery.backoff import LONGEST_DELAY, delay_after, is_flaky
from batchbell.core.delivery.joining import all_fit, joined
from batchbell.core.delivery.pacing import AT_ONCE, Hold, digest_hold, quiet_hold, rate_hold
from batchbell.core.delivery.waiting import TRIES_BEFORE_NEXT, in_line
from batchbell.core.routing import EVENTS_PER_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.core.delivery.joining import JobsTold
    from batchbell.core.delivery.pacing import Pacing
    from batchbell.core.delivery.waiting import Waiting
    from batchbell.core.event import Severity

#: A claim not renewed for this long is nobody's: its owner died.
CLAIM = timedelta(seconds=20)
#: So many messages behind the oldest have such turns: what waits behind them still merges.
STAND_INS = 3
#: Who queues a message and who sends it look at the clock beside each other: one that is so much
#: younger than now was queued just now.
CROSSING = timedelta(seconds=20)
#: So many messages full of events are looked through for what tells of one job.
_PARTS = 5
#: Messages in line that have to be known to decide. Fewer could be tried or taken up; but what
#: tells of one job goes together, and goes before others if it presses, so that has to be known.
LINE_LENGTH = 1 + STAND_INS + _PARTS * EVENTS_PER_MESSAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """What a channel's turn depends on besides what waits."""

    #: When its last round of digests began.
    round_at: datetime | None = None
    #: When the oldest attempt began that the limit of its rate counts; None while there are fewer.
    counted_attempt_at: datetime | None = None
    #: When it last took a message after a failure.
    recovered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A message's turn has come."""

    message: Waiting
    #: The fresh ones behind it, of which those that fit become part of it.
    behind: tuple[Waiting, ...] = ()
    #: Whether a round of digests begins with it.
    begins_round: bool = False
    #: Which jobs these tell of: it matters where not all fit.
    jobs: JobsTold = field(default_factory=dict)
    #: The numbers of those that ask for something now, the most urgent first: they go first.
    pressing: tuple[int, ...] = ()

    @property
    def all_fit(self) -> bool:
        """Whether nothing stays behind."""
        return all_fit(self.message, self.behind)

    @property
    def takes_up(self) -> tuple[Waiting, ...]:
        """Those that become part of it."""
        return joined(self.message, self.behind, self.jobs, self.pressing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing may be sent before `until`."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What to do next on a channel."""

    #: None if nothing waits.
    action: Send | Wait | None
    #: Why its pacing holds messages, for those who look; None if it holds none.
    hold: Hold | None = None


def first_from(pacing: Pacing, now: datetime) -> Severity | None:
    """Return which severities have to be known first, as others may not pass; None for no order."""
    return pacing.quiet_except if quiet_hold(pacing, now) else None


def next_turn(
    waiting: Sequence[Waiting],
    *,
    now: datetime,
    pacing: Pacing = AT_ONCE,
    lately: Lately | None = None,
) -> Turn:
    """Decide what to do next.

    `waiting` has of those in line the oldest `LINE_LENGTH` that may pass now, and of those that are
    set aside at least the first and the last to be due.
    """
    early = [one.next_attempt_at for one in waiting if _is_early(one, now)]
    turn = _turn_of(
        [one for one in waiting if not _is_early(one, now)], pacing, lately or Lately(), now
    )
    if not early or isinstance(turn.action, Send):
        return turn
    until = early if turn.action is None else [*early, turn.action.until]
    return replace(turn, action=Wait(until=min(until)))


def _is_early(message: Waiting, now: datetime) -> bool:
    """Whether it was never tried and is not to be yet: others overtake it and don't take it up.

    One that is younger than now, and not just by a moment, was queued before the clock was stepped
    back, and is not parked.
    """
    is_believed = message.created_at <= now + CROSSING
    is_held = message.next_attempt_at > max(now, message.created_at)
    return message.is_fresh and is_believed and is_held


def _turn_of(waiting: Sequence[Waiting], pacing: Pacing, lately: Lately, now: datetime) -> Turn:
    if not waiting:
        return Turn(action=None)
    quiet = quiet_hold(pacing, now)
    passing = [one for one in waiting if quiet is None or _passes(one, pacing)]
    holds = [_digest_hold(one, pacing, lately, now) for one in passing]
    of_round = [one for one, hold in zip(passing, holds, strict=True) if hold is None]
    hold = rate_hold(pacing, attempt_at=lately.counted_attempt_at, now=now)
    if not of_round:
        hold = holds[0] if holds else quiet
    if hold is not None:
        return Turn(action=Wait(until=hold.until), hold=hold)
    message, due = _next(of_round, lately, now)
    claims = [one.locked_until for one in waiting if one.locked_until is not None]
    due = max([due, *(until for until in claims if until <= now + CLAIM)])
    if due > now:
        return Turn(action=Wait(until=due), hold=quiet)
    return Turn(
        action=Send(
            message=message,
            behind=_fresh_behind(message, passing),
            begins_round=_begins_round(message, pacing, lately, now),
        ),
        hold=quiet,
    )


def _passes(message: Waiting, pacing: Pacing) -> bool:
    """Whether quiet hours let it through."""
    return pacing.quiet_except is not None and message.severity >= pacing.quiet_except


def _next(candidates: Sequence[Waiting], lately: Lately, now: datetime) -> tuple[Waiting, datetime]:
    """Return the message that is tried next, and when it may be."""
    line = in_line(candidates)
    if not line:
        return _next_set_aside(candidates, now)
    oldest, stand_ins = line[0], line[1 : 1 + STAND_INS]
    if not oldest.attempts:
        return oldest, now
    slot = max(_believed(one.next_attempt_at, now) for one in line if one.attempts)
    if oldest.is_doubted and stand_ins:
        left_one_out = oldest.was_doubted_at_once and oldest.attempts > TRIES_BEFORE_NEXT
        stand_in = min(stand_ins, key=lambda one: (one.attempts, one.notification_id))
        return stand_in, now if left_one_out else slot
    if (
        oldest.was_doubted_at_once
        and oldest.attempts == TRIES_BEFORE_NEXT
        and not is_flaky(lately.recovered_at, now)
    ):
        # Alone, it leaves one turn out: whatever comes later may then be tried at once, without
        # that the channel is asked more often.
        slot += delay_after(TRIES_BEFORE_NEXT + 1, jitter=0.0)
    return oldest, slot


def _next_set_aside(messages: Sequence[Waiting], now: datetime) -> tuple[Waiting, datetime]:
    """Take the first to be due, once all are: many of them ask no more often than one does."""
    first = min(messages, key=lambda one: (one.next_attempt_at, one.notification_id))
    return first, max(_believed(one.next_attempt_at, now) for one in messages)


def _fresh_behind(message: Waiting, passing: Sequence[Waiting]) -> tuple[Waiting, ...]:
    """Return the fresh ones behind a fresh message, in order."""
    if not message.is_fresh:
        return ()
    return tuple(
        one
        for one in in_line(passing)
        if one.notification_id > message.notification_id and one.is_fresh
    )


def _begins_round(message: Waiting, pacing: Pacing, lately: Lately, now: datetime) -> bool:
    """Whether a message begins a round of digests, not belonging to the last one."""
    if pacing.digest_every is None:
        return False
    return lately.round_at is None or not message.created_at <= lately.round_at <= now


def _digest_hold(message: Waiting, pacing: Pacing, lately: Lately, now: datetime) -> Hold | None:
    return digest_hold(pacing, created_at=message.created_at, round_at=lately.round_at, now=now)


def _believed(moment: datetime, now: datetime) -> datetime:
    """Return a moment unless it is further ahead than it can honestly be.

    Then it was written before the clock was stepped back; it must not park the queue.
    """
    return moment if moment <= now + LONGEST_DELAY else now
