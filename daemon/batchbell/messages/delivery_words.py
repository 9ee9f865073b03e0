"""How far a message came, in one phrase: the same on the page and on a terminal."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple, Protocol

from batchbell.core.delivery.pacing import COLLECTED
from batchbell.core.event import Severity
from batchbell.messages.plain_text import counted, duration, one_line, relative, short_local_times

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from batchbell.core.channel_health import ChannelHealth

#: So much of why a receiver fails stands beside a message, characters.
_ERROR_CHARS = 100


class Sending(Protocol):
    """What is known of a message on its way to a channel."""

    @property
    def state(self) -> str:
        """Return pending, sent or dead."""

    @property
    def attempts(self) -> int:
        """Return how many attempts have ended."""

    @property
    def created_at(self) -> datetime:
        """Return when it was queued."""

    @property
    def next_attempt_at(self) -> datetime:
        """Return when it is tried next."""

    @property
    def ended_at(self) -> datetime | None:
        """Return when it was sent, or given up."""

    @property
    def is_set_aside(self) -> bool:
        """Whether it is tried behind others."""


def state_word(sending: Sending) -> str:
    """Return "sent", "given up", "retrying" or "waiting"."""
    if sending.state == "sent":
        return "sent"
    if sending.state == "dead":
        return "given up"
    return "retrying" if sending.attempts else "waiting"


def how_far(sending: Sending, now: datetime, zone: tzinfo = UTC) -> tuple[Severity, str, datetime]:
    """Return how bad that is, the phrase, and the time it speaks of.

    `retrying in 40s`, `waiting since 18:19 UTC (8h)`.
    """
    # Another machine's clock may be a little ahead: nothing ends in the future.
    word, ended = state_word(sending), min(sending.ended_at or sending.created_at, now)
    if sending.state in {"sent", "dead"}:
        severity = Severity.SUCCESS if sending.state == "sent" else Severity.FAILURE
        return severity, f"{word} {relative(ended, now)}", ended
    next_at = sending.next_attempt_at
    if sending.attempts:
        when = f"in {duration(next_at - now)}" if next_at > now else "now"
        aside = "set aside, " if sending.is_set_aside else ""
        return Severity.WARNING, f"{aside}{word} {when}", next_at
    return Severity.INFO, f"{word} {_since(sending.created_at, now, zone)}", sending.created_at


def next_attempt_words(at: datetime, now: datetime) -> str:
    """Return `next attempt in 4m 19s`, or `next attempt now` once it is due."""
    return f"next attempt in {duration(at - now)}" if at > now else "next attempt now"


def held_until(until: datetime, now: datetime, zone: tzinfo = UTC) -> str:
    """Return `held until 04:14 UTC (in 1h 57m)`."""
    return f"held until {_at(until, now, zone)} (in {duration(until - now)})"


class HoldWords(NamedTuple):
    """Why a channel's messages are not due yet."""

    #: `06:00 UTC`, with its day if that is not today.
    at: str
    #: `quiet hours until 06:00 UTC`, `digest at 03:02 UTC`.
    words: str
    until: datetime


def hold_of(health: ChannelHealth, now: datetime, zone: tzinfo = UTC) -> HoldWords | None:
    """Return why a channel's messages are not due yet; None if they are."""
    until = health.held_until
    if until is None or until <= now:
        return None
    is_digest = health.held_because == COLLECTED
    why = "digest at" if is_digest else f"{health.held_because} until"
    at = _at(until, now, zone)
    return HoldWords(at, f"{why} {at}", until)


def held_in_short(holds: Iterable[HoldWords]) -> str:
    """Return `held: digest at 03:02 UTC, quiet hours until 06:00 UTC`, what is due first first."""
    words = dict.fromkeys(hold.words for hold in sorted(holds, key=lambda each: each[::-1]))
    return f"held: {', '.join(words)}"


def _since(moment: datetime, now: datetime, zone: tzinfo) -> str:
    waits = max(now, moment) - moment
    return f"since {_at(moment, now, zone)} ({duration(waits)})"


def _at(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """Return `18:14 UTC`, with its day if that is not today."""
    return short_local_times(now, moment, zone=zone)[1]


def behind_a_failure(
    sending: Sending, health: ChannelHealth | None, now: datetime, zone: tzinfo = UTC
) -> str:
    """Return why a message waits whose channel fails; '' of one that was tried, or if it does not.

    Only the channel's oldest message is tried meanwhile.
    """
    if health is None or sending.state != "pending" or sending.attempts:
        return ""
    return fails_since(health, now, zone)


def fails_since(
    health: ChannelHealth, now: datetime, zone: tzinfo = UTC, limit: int = _ERROR_CHARS
) -> str:
    """Return `its receiver fails since 18:14 UTC (HTTP 503 Service Unavailable)`; '' if it is well.

    The error has at most `limit` characters.
    """
    if health.failing_since is None:
        return ""
    since = _at(health.failing_since, now, zone)
    error = one_line(health.last_error, limit)
    return f"its receiver fails since {since}" + (f" ({error})" if error else "")


def queue_words(others: int, next_attempt_at: datetime | None, now: datetime) -> str:
    """Return `waits with 36 others, next attempt in 2m`, of a message to a channel that fails."""
    company = f" with {counted(others, 'other')}" if others > 0 else ""
    if next_attempt_at is None:
        return f"waits{company}"
    when = f"in {duration(next_attempt_at - now)}" if next_attempt_at > now else "now"
    return f"waits{company}, next attempt {when}"
