"""How far a delivery came, as the rows about one job say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.cli.terminal.phrases import ago, ahead
from batchbell.cli.terminal.readers_clock import at, clock_to_the_second, near, readers_zone
from batchbell.core.awaiting import IN_END, awaited_until
from batchbell.core.ended import ended_at
from batchbell.core.event import ABOUT_PROSPECTS, Severity
from batchbell.core.gauges import Backlog
from batchbell.core.standing.channels import channel_standing
from batchbell.messages.delivery_words import fails_since, how_far, queue_words
from batchbell.messages.not_told import why_not_told, why_these_were_not_told
from batchbell.messages.plain_text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import Delivery
    from batchbell.store.views.job import JobHistory

#: So much of what a receiver answered stands in a row, characters, and of why it fails for long,
#: beside much else: two lines have room for it.
_ANSWER_CHARS, _ERROR_CHARS = 80, 48
#: How channels may fare, for a count.
TOLD, REMINDED, GIVEN_UP, WAITS, NOT_TOLD = "told", "reminded", "given up", "waits", "not told"
#: What stands behind that where the rest was said.
ABOVE = "(above)"
#: What became of the message that tells it.
_SO_FAR = {"dead": ", which was given up", "pending": ", which waits"}


class Became(NamedTuple):
    """What became of a message to one channel."""

    severity: Severity
    #: The same in a word: one of those above.
    state: str
    text: str
    #: What stands where the text was said above; '' if it is told each time.
    brief: str = ""
    #: Whether it holds for all that waits for the channel.
    is_of_channel: bool = False


def became(delivery: Delivery, stored: StoredEvent, history: JobHistory) -> Became:
    """Return what became of one delivery."""
    if delivery.state == "sent":
        return _sent(delivery, stored, history)
    is_dead = delivery.state == "dead"
    found = _given_up(delivery, history.now) if is_dead else _waits(delivery, stored, history)
    if not delivery.is_reminder:
        return found
    brief = found.brief and f"reminder {found.brief}"
    return found._replace(state=REMINDED, text=f"reminder {found.text}", brief=brief)


def not_told_words(
    stored: StoredEvent, channel: str, of_end: Mapping[str, Delivery]
) -> tuple[str, str]:
    """Return why a channel was not told, and what says it of several.

    `of_end` is what became of the message about the end, by channel.
    """
    reason = stored.not_told[channel]
    zone = readers_zone()
    whys = one_line(why_not_told(reason, zone)), one_line(why_these_were_not_told(reason, 2, zone))
    if reason != IN_END or channel not in of_end:
        return whys
    so_far = _SO_FAR.get(of_end[channel].state, "")
    return whys[0] + so_far, whys[1] + so_far


def told_at(delivery: Delivery, history: JobHistory) -> datetime:
    """Return when a message was sent or given up; of one that waits until when."""
    if delivery.ended_at is not None:
        return delivery.ended_at
    health = history.channels.get(delivery.channel)
    held = None if health is None else health.held_until
    return max(delivery.next_attempt_at, held or delivery.next_attempt_at)


def _is_too_late(delivery: Delivery, stored: StoredEvent, history: JobHistory) -> bool:
    """Whether a message about what was to be expected of a job was sent once that had ended."""
    ended, sent = ended_at(history.item.record), delivery.ended_at
    is_prospect = stored.event.kind in ABOUT_PROSPECTS
    return is_prospect and ended is not None and sent is not None and sent > ended


def _sent(delivery: Delivery, stored: StoredEvent, history: JobHistory) -> Became:
    now, what = history.now, REMINDED if delivery.is_reminder else TOLD
    # What was sent in the same minute reads alike.
    minute = (delivery.ended_at or now).replace(second=0, microsecond=0)
    is_too_late = _is_too_late(delivery, stored, history)
    so_far = ", after its end" if is_too_late else f" ({ago(minute, now)})"
    text = f"{what} {near(minute, stored.event.happened_at, now)}{so_far}"
    if delivery.attempts > 1:
        failed = [
            one_line(each.reason, _ANSWER_CHARS)
            for each in history.attempts.get(delivery.notification_id, ())
            if not each.delivered
        ]
        text += f" after {counted(delivery.attempts, 'attempt')}"
        text += f": {failed[-1]}" if failed and failed[-1] else ""
    return Became(Severity.WARNING if is_too_late else Severity.SUCCESS, what, text)


def _given_up(delivery: Delivery, now: datetime) -> Became:
    _, phrase, _ = how_far(delivery, now, readers_zone())
    reason = one_line(delivery.reason, _ANSWER_CHARS)
    tries = f" after {counted(delivery.attempts, 'attempt')}" if delivery.attempts > 1 else ""
    text = f"{phrase}{tries}" + (f": {reason}" if reason else "")
    return Became(Severity.FAILURE, GIVEN_UP, text, f"{GIVEN_UP} {ABOVE}")


def _waits(delivery: Delivery, stored: StoredEvent, history: JobHistory) -> Became:
    """Return until when a message waits, or for what."""
    now, health = history.now, history.channels.get(delivery.channel)
    awaited = None if delivery.is_reminder else awaited_until(stored.event, now)
    if awaited is not None:
        text = f"waits for its verdict until {clock_to_the_second(awaited)} at the latest"
        return Became(Severity.INFO, WAITS, text)
    if health is not None and health.failing_since is not None:
        text = waits_for_receiver(health, history)
        severity = channel_standing(health, Backlog()).severity
        return Became(severity, WAITS, text, f"fails {ABOVE}", is_of_channel=True)
    hold = "" if health is None else held_words(health, now)
    if hold:
        return Became(Severity.INFO, WAITS, hold, f"{WAITS} {ABOVE}", is_of_channel=True)
    if delivery.attempts:
        return _retried(delivery, now)
    if delivery.next_attempt_at > now:
        until = clock_to_the_second(delivery.next_attempt_at)
        return Became(Severity.INFO, WAITS, f"waits until {until}")
    return Became(Severity.INFO, WAITS, f"waits for its turn since {at(delivery.created_at, now)}")


def _retried(delivery: Delivery, now: datetime) -> Became:
    _, phrase, _ = how_far(delivery, now, readers_zone())
    reason = one_line(delivery.reason, _ANSWER_CHARS)
    tries = f"{phrase} after {counted(delivery.attempts, 'attempt')}"
    text = f"{tries}: {reason}" if reason else tries
    return Became(Severity.WARNING, WAITS, text, f"retrying {ABOVE}")


def waits_for_receiver(health: ChannelHealth, history: JobHistory) -> str:
    """Return `waits, next attempt in 2m: its receiver fails since ...`."""
    trouble = history.troubles.get(health.channel)
    next_at = None if trouble is None else trouble.next_attempt_at
    queue = queue_words(0, next_at, history.now)
    return f"{queue}: {fails_since(health, history.now, readers_zone(), _ERROR_CHARS)}"


def held_words(health: ChannelHealth, now: datetime) -> str:
    """Return `waits until 10:19 UTC (in 44m): collected for a digest`; '' if nothing is held."""
    if health.held_until is None or health.held_until <= now:
        return ""
    until = f"{at(health.held_until, now)} ({ahead(health.held_until, now)})"
    return f"waits until {until}: {health.held_because}"
