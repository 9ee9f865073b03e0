"""A message that can't be sent, in words: what it would have told, and what helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.core.text import is_plain_word
from batchbell.messages.event_words import name_text
from batchbell.messages.kind_words import WORDS
from batchbell.messages.subject import file_stem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.core.event import Event


def lost_words(event: Event) -> str:
    """Return `nightly-eval COMPLETED, 350 of 350 ok`, of several `nightly-eval and 3 more`; or ''.

    A job whose name is not known has its id.
    """
    lost = event.facts.lost
    labels = [WORDS[kind].label for kind in _kinds(event)]
    if not lost.jobs:
        return labels[0] if labels else ""
    first, more = file_stem("".join(lost.names[:1])) or name_text(lost.jobs[0]), len(lost.jobs) - 1
    if more:
        return f"{first} and {more} more"
    happened = f"{first} {labels[0]}" if len(labels) == 1 else first
    return ", ".join(filter(None, (happened, name_text(lost.said))))


def is_said_whole(event: Event) -> bool:
    """Whether `lost_words` says all that the message told."""
    return len(_kinds(event)) == 1 and len(event.facts.lost.jobs) <= 1


def lost_kinds(event: Event) -> str:
    """Return what its events are called after a count: `completed, near the deadline`."""
    return ", ".join(WORDS[kind].counted for kind in _kinds(event))


def after_lost(event: Event) -> str:
    """Return what to do: first about the channel, then about what was not told."""
    channel = name_text(event.facts.channel) or "its receiver"
    helps = name_text(event.facts.lost.helps)
    if event.facts.outage.given_up:
        first = f"Repair {channel}, which refused the message, and send it again."
    else:
        first = f"Look why {channel} does not take the message: it is still tried."
    return f"{first} What it would have told asks for this: {helps}" if helps else first


def to_test(event: Event) -> Iterator[tuple[str, str]]:
    """Yield what tests the channel of an event, with its label."""
    if is_plain_word(event.facts.channel):
        yield "Test it", f"batchbell notify-test {event.facts.channel}"


def to_send_lost(event: Event) -> Iterator[tuple[str, str]]:
    """Yield what tests the channel, and sends again what was given up, with labels."""
    yield from to_test(event)
    if event.facts.outage.given_up:
        yield "Send it again", f"batchbell deliveries retry {event.facts.lost.number or 'all'}"


def _kinds(event: Event) -> list[EventKind]:
    """Return the kinds of its events that this version knows."""
    return [kind for kind in EventKind if kind.value in event.facts.lost.kinds]
