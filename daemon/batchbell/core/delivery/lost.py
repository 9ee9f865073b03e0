"""What the other channels hear of a message that can't be sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts, LostFacts, OutageFacts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

#: The characters of an id or name that may be what the receiver can't take, and their stand-in.
_UNSAFE = re.compile(r"[^A-Za-z0-9._: -]")
#: The same of a sentence of ours, in which there may be such names.
_UNSAFE_IN_WORDS = re.compile(r"[^A-Za-z0-9._:,;()%' -]")
_STAND_IN = "?"
#: No id or name is written longer, characters; real ids have about 40.
_LIMIT = 100
_WORDS_LIMIT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldElsewhere:
    """Who else tells what a message was to tell."""

    #: The channels that tell all of it, those that did already first.
    channels: tuple[str, ...]
    #: How many of its events no other channel tells.
    only_here: int


def message_lost(
    channel: str,
    key: str,
    events: Sequence[Event],
    *,
    number: int,
    is_given_up: bool,
    error: str,
    now: datetime,
    words: tuple[str, str] = ("", ""),
) -> Event | None:
    """Return the event about a message by its `key`, its `number`, `events` and the last `error`.

    None if it was about channels alone: two channels must not report each other's failures for
    ever. Nothing of what the message said is repeated but its jobs' ids and names, and `words`:
    what came back, and what helps, each '' for nothing. All of it is in plain letters.
    """
    said, helps = words
    about = [event for event in events if not event.kind.startswith("channel.")]
    if not about:
        return None
    jobs = {plain(event.job_id): plain(event.input_file) for event in about if event.job_id}
    return Event(
        kind=EventKind.CHANNEL_MESSAGE_LOST,
        account="",
        qualifier=f"{channel} {key}",
        happened_at=now,
        seen_at=now,
        facts=Facts(
            channel=channel,
            outage=OutageFacts(error=error, given_up=is_given_up),
            lost=LostFacts(
                number=number,
                jobs=tuple(jobs),
                names=tuple(jobs.values()) if any(jobs.values()) else (),
                kinds=tuple(dict.fromkeys(event.kind.value for event in about)),
                said=_plain_words(said),
                helps=_plain_words(helps),
            ),
        ),
    )


def with_told_elsewhere(
    event: Event, found: ToldElsewhere, took_others_at: datetime | None
) -> Event:
    """Return the news of a lost message with who else tells it, and what its channel takes."""
    facts = event.facts
    return replace(
        event,
        facts=replace(
            facts,
            outage=replace(facts.outage, told_nowhere_else=found.only_here),
            lost=replace(facts.lost, told_by=found.channels, took_others_at=took_others_at),
        ),
    )


def _plain_words(text: str) -> str:
    return _UNSAFE_IN_WORDS.sub(_STAND_IN, text[:_WORDS_LIMIT])


def plain(text: str) -> str:
    """Return an id or a name in letters, digits, spaces and `._:-`."""
    return _UNSAFE.sub(_STAND_IN, text[:_LIMIT])
