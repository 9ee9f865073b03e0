"""What a reader can do about a channel that fails, or that is not sent a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.delivery.backoff import GIVE_UP_AFTER
from batchbell.core.event import EventKind
from batchbell.messages.event_words import name_text
from batchbell.messages.plain_text import counted, duration
from batchbell.messages.remedy import Asks, Remedy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.core.event import Event
    from batchbell.core.facts import OutageFacts

#: A channel that fails: how urgent that is, by how much nobody else is told, ...
_OTHERS_TELL = "There is time: it is told by {channels}. "
_THERE_IS_TIME = "There is time: other channels are told all that it missed. "
_IS_URGENT = "Look now what it missed: {events} told nowhere else. "
#: ... and what to do, first if its receiver refused a message for good.
_SEND_GIVEN_UP = (
    "Repair the receiver or its URL, then send what was given up: batchbell deliveries retry all"
)
_IS_SENT = "Repair the receiver or its URL: what waits is kept for {kept} and sent then."
#: As many channels are named.
_MOST_NAMED = 2


def of_channel(event: Event) -> Remedy | None:
    """Return what helps with a channel that fails, or can't be sent a message; None if it does."""
    if event.kind is EventKind.CHANNEL_MESSAGE_LOST:
        return Remedy(_after_lost(event), Asks.CONNECT)
    outage = event.facts.outage
    if event.kind is not EventKind.CHANNEL_FAILING:
        return None
    repair = _SEND_GIVEN_UP if outage.given_up else _IS_SENT.format(kept=duration(GIVE_UP_AFTER))
    return Remedy(f"{_how_urgent(outage)}{repair}", Asks.CONNECT)


def _after_lost(event: Event) -> str:
    """Return what to do about the channel; what was not told is known by its job.

    It is the message that is refused, not the channel that fails: its address is well.
    """
    channel = name_text(event.facts.channel) or "its receiver"
    if event.facts.outage.given_up:
        helps = f"See in the log of {channel} why it refuses this one message, then send it again."
    else:
        helps = f"Look why {channel} does not take this one message: it is still tried."
    return f"{_who_else_tells(event)}{helps}"


def _who_else_tells(event: Event) -> str:
    """Say who else tells what a message was to tell."""
    told_by, only_here = event.facts.lost.told_by, event.facts.outage.told_nowhere_else
    if told_by and not only_here:
        return _OTHERS_TELL.format(channels=named_channels(told_by))
    return _how_urgent(event.facts.outage)


def named_channels(names: Sequence[str]) -> str:
    """Return `mail`, `mail and oncall`, `mail, oncall and 3 more`."""
    shown = [name_text(each) for each in names[:_MOST_NAMED]]
    more = len(names) - len(shown)
    if more:
        shown.append(f"{more} more")
    *first, last = shown
    return f"{', '.join(first)} and {last}" if first else last


def _how_urgent(outage: OutageFacts) -> str:
    only_here = outage.told_nowhere_else
    if only_here is None:
        return ""
    events = f"{counted(only_here, 'event')} {'is' if only_here == 1 else 'are'}"
    return _IS_URGENT.format(events=events) if only_here else _THERE_IS_TIME
