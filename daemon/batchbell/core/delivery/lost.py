"""What the other channels hear of a message that can't be sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts, LostFacts, OutageFacts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

#: What stands for a character of an id that may be what the receiver can't take.
_UNSAFE = re.compile(r"[^A-Za-z0-9._:-]")
_STAND_IN = "?"
#: No id is written longer, characters; real ones have about 40.
_ID_LIMIT = 100


def message_lost(
    channel: str, key: str, events: Sequence[Event], *, error: str, now: datetime
) -> Event | None:
    """Return the event about a message by its `key`, its `events` and the last `error`.

    None if it was about channels alone: two channels must not report each other's failures for
    ever. Nothing of what the message said is repeated but its jobs' ids, in plain letters.
    """
    about = [event for event in events if not event.kind.startswith("channel.")]
    if not about:
        return None
    jobs = dict.fromkeys(plain_id(event.job_id) for event in about if event.job_id)
    return Event(
        kind=EventKind.CHANNEL_MESSAGE_LOST,
        account="",
        qualifier=f"{channel} {key}",
        happened_at=now,
        seen_at=now,
        facts=Facts(
            channel=channel,
            outage=OutageFacts(error=error),
            lost=LostFacts(
                jobs=tuple(jobs), kinds=tuple(dict.fromkeys(event.kind.value for event in about))
            ),
        ),
    )


def plain_id(job_id: str) -> str:
    """Return an id in letters, digits and `._:-`."""
    return _UNSAFE.sub(_STAND_IN, job_id[:_ID_LIMIT])
