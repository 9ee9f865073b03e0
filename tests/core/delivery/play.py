"""A channel in virtual time, without a database: what waits, what is sent when, what is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.channel_health import ChannelHealth
from batchbell.core.delivery.follow_up import follow_up
from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.core.delivery.pacing import AT_ONCE
from batchbell.core.delivery.turn import LINE_LENGTH, STAND_INS, Lately, Send, Wait, next_turn
from batchbell.core.delivery.waiting import Waiting, in_line
from batchbell.core.event import Severity
from tests.fakes import START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from batchbell.core.delivery.pacing import Pacing
    from batchbell.core.event import Event

TAKEN = Outcome(delivered=True, reason="")
BUSY = Outcome(delivered=False, reason="HTTP 503", fault=Fault.UNKNOWN)
AWAY = Outcome(delivered=False, reason="connection refused", fault=Fault.CHANNEL)
NOT_FOUND = Outcome(delivered=False, reason="HTTP 404", permanent=True, fault=Fault.CHANNEL)
INVALID = Outcome(delivered=False, reason="HTTP 400", permanent=True, fault=Fault.MESSAGE)
BROKEN = Outcome(delivered=False, reason="the send broke off", fault=Fault.MESSAGE)

#: A message of as many events as one may have: nothing merges with it.
FULL = 20


def message(number: int, **changes: object) -> Waiting:
    """Return a full message, created at the start unless said otherwise."""
    blank = Waiting(
        notification_id=number,
        created_at=START,
        next_attempt_at=START,
        severity=Severity.FAILURE,
        events=FULL,
    )
    return blank._replace(**changes)  # type: ignore[arg-type]  # fields of several types


@dataclass
class Play:
    """One channel; `answer` says how the receiver takes a message."""

    answer: Callable[[int], Outcome]
    pacing: Pacing = AT_ONCE
    now: datetime = START
    waiting: dict[int, Waiting] = field(default_factory=dict)
    health: ChannelHealth = field(default_factory=lambda: ChannelHealth(channel="team"))
    #: (seconds from the start, id) of every attempt.
    attempts: list[tuple[float, int]] = field(default_factory=list)
    #: (seconds from the start, id) of what was taken, in order.
    sent: list[tuple[float, int]] = field(default_factory=list)
    given_up: dict[int, str] = field(default_factory=dict)
    #: Ids of the messages that the other channels hear of, in order.
    lost: list[tuple[float, int]] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)
    jitter: Callable[[], float] = lambda: 0.0

    def put(self, number: int, **changes: object) -> None:
        """Let a message wait from now on."""
        new = {"created_at": self.now, "next_attempt_at": self.now, **changes}
        self.waiting[number] = message(number, **new)

    def run(self, seconds: float, arrivals: Iterable[tuple[float, int]] = ()) -> None:
        """Let so much time pass; messages arrive at these seconds from the start."""
        end = self.now + timedelta(seconds=seconds)
        coming = sorted(arrivals)
        while self.now <= end:
            while coming and START + timedelta(seconds=coming[0][0]) <= self.now:
                self.put(coming.pop(0)[1])
            until = self._step()
            if until is None:
                continue
            if coming:
                until = min(until, START + timedelta(seconds=coming[0][0]))
            if until > end:
                break
            self.now = until
        self.now = end

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return (self.now - START).total_seconds()

    def order(self) -> list[int]:
        """Return the ids of what was taken."""
        return [number for _, number in self.sent]

    def known(self) -> list[Waiting]:
        """Return what a decision is given, as narrow as it may be."""
        aside = sorted(
            (one for one in self.waiting.values() if one.set_aside),
            key=lambda one: (one.next_attempt_at, one.notification_id),
        )
        return in_line(self.waiting.values())[:LINE_LENGTH] + aside[:1] + aside[1:][-1:]

    def _step(self) -> datetime | None:
        """Send what is due; return what to wait for, None to look again at once."""
        action = next_turn(
            self.known(),
            pacing=self.pacing,
            lately=Lately(recovered_at=self.health.recovered_at),
            now=self.now,
        ).action
        if isinstance(action, Send):
            self._send(action)
            return None
        return action.until if isinstance(action, Wait) else self.now + timedelta(days=9)

    def _send(self, action: Send) -> None:
        number = action.message.notification_id
        older = [one for one in in_line(self.waiting.values()) if one.notification_id < number]
        if older and not action.message.set_aside:
            # Others have a turn only while the oldest is in doubt, and only the next few.
            assert older[0].is_doubted
            assert len(older) <= STAND_INS
        for one in action.takes_up:
            del self.waiting[one.notification_id]
        outcome = self.answer(number)
        self.attempts.append((self.seconds, number))
        followed = follow_up(
            action.message,
            [one for one in self.known() if one.notification_id != number],
            outcome,
            health=self.health,
            now=self.now,
            jitter=self.jitter(),
        )
        self.health = followed.health
        self.told += [] if followed.event is None else [followed.event]
        self.lost += [(self.seconds, lost.notification_id) for lost in followed.lost]
        if outcome.delivered:
            self.sent.append((self.seconds, number))
        if followed.given_up is not None:
            self.given_up[number] = followed.given_up
        if outcome.delivered or followed.given_up is not None:
            del self.waiting[number]
        self.waiting |= {one.notification_id: one for one in followed.changed}


def todays(seconds: float) -> list[float]:
    """Return when a channel that is down is asked by its backoff alone, without jitter."""
    asked, delay = [0.0], 5.0
    while asked[-1] + delay <= seconds:
        asked.append(asked[-1] + delay)
        delay = min(2 * delay, 900.0)
    return asked
