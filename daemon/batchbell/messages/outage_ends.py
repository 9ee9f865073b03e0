"""Outages that are over when they are told: nobody has to repair what works again."""

from __future__ import annotations

from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.messages.kind_words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from batchbell.core.event import Event
    from batchbell.messages.view import View

#: Outages of an account or a channel.
TROUBLES = frozenset(
    {EventKind.ACCOUNT_UNREACHABLE, EventKind.ACCOUNT_UNAUTHORIZED, EventKind.CHANNEL_FAILING}
)
#: What ends them: by then both are past.
RECOVERED = frozenset({EventKind.ACCOUNT_RECOVERED, EventKind.CHANNEL_RECOVERED})


def with_outages_over(events: Iterable[Event]) -> list[tuple[Event, list[Event]]]:
    """Return each event of no job that stands for itself, with the troubles that it ends.

    A recovery ends all troubles before it of its account, or of its channel.
    """
    open_troubles: dict[tuple[str, str], list[Event]] = defaultdict(list)
    found: list[tuple[Event, list[Event]]] = []
    # A recovery that was seen together with its trouble comes after it.
    for event in sorted(events, key=lambda each: (each.seen_at, each.kind in RECOVERED)):
        about = event.account, event.facts.channel
        if event.kind in TROUBLES:
            open_troubles[about].append(event)
        else:
            ended = open_troubles.pop(about, []) if event.kind in RECOVERED else []
            found.append((event, sorted(ended, key=attrgetter("happened_at"))))
    return [*found, *((event, []) for troubles in open_troubles.values() for event in troubles)]


def outage_words(recovery: Event, before: Sequence[Event], view: View) -> str:
    """Return `account unreachable, from 18:11 to 20:44 CET`; '' unless it ends such a trouble."""
    if recovery.kind not in RECOVERED or not before:
        return ""
    since = recovery.facts.outage.since or before[0].happened_at
    start, end = view.times(since, recovery.happened_at)
    what = ", then ".join(dict.fromkeys(words_of(event).counted for event in before))
    return f"{what}, from {start} to {end}"
