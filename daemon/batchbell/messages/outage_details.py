"""What a message says of an outage: since when, how long, and what was not sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.core.facts import NO_FACTS
from batchbell.core.retelling import FRESH_FOR
from batchbell.messages.account_advice import unseen_words
from batchbell.messages.event_words import name_text
from batchbell.messages.fact import Fact, Role, brief
from batchbell.messages.plain_text import counted, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.core.event import Event
    from batchbell.messages.view import View

#: An outage that has lasted no longer has just begun.
_BEGINS = timedelta(seconds=30)
#: The kinds of which the headline, or since when it lasts, says how long an outage is.
_SAY_HOW_LONG = frozenset(
    {EventKind.ACCOUNT_RECOVERED, EventKind.CHANNEL_RECOVERED, EventKind.CHANNEL_FAILING}
)


def about_outage(event: Event, view: View) -> Iterator[Fact]:
    """Yield what is known of an outage, or of what a first poll found."""
    outage, found = event.facts.outage, event.facts.baseline
    if not (outage is not NO_FACTS.outage or event.facts.channel or found):
        return
    yield brief("Channel", name_text(event.facts.channel), Role.CHANNEL, shown=False)
    is_long, is_old = has_lasted(event), _is_old(event, view)
    since = view.time_and_distance(outage.since)
    yield Fact("Outage since", since, is_brief=is_old, is_shown=is_long or is_old)
    lasted = _outage_length(event)
    is_said = event.kind in _SAY_HOW_LONG
    yield Fact("Outage so far", lasted, is_shown=is_long and not is_said)
    unseen = event.facts.unseen
    is_any = unseen is not None and unseen.jobs > 0
    # Of none what to do says it.
    yield brief("Unseen", unseen_words(event, view), shown=is_any)
    # That one failed is what was told.
    polls = "" if outage.failures is None else str(outage.failures)
    yield Fact("Failed polls", polls, is_shown=outage.failures != 1)
    waiting = "" if outage.waiting is None else counted(outage.waiting, "message")
    yield brief("Waiting", waiting, shown=bool(outage.waiting) and not is_old)
    if found is not None:
        # The headline says it.
        yield Fact("Jobs", str(found.jobs), is_shown=False)
        yield Fact("Running", str(found.running), is_shown=False)
        yield Fact("Ended in the last 24 h, not told", str(found.ended_untold), is_shown=False)


def _is_old(event: Event, view: View) -> bool:
    """Whether it is told that a channel fails so late that more messages wait by then."""
    is_late = view.now is not None and view.now - event.seen_at > FRESH_FOR
    return is_late and event.kind is EventKind.CHANNEL_FAILING


def has_lasted(event: Event) -> bool:
    """Whether it is told since when an outage lasts: not of one that has just begun."""
    since = event.facts.outage.since
    return since is None or event.seen_at - since > _BEGINS


def _outage_length(event: Event) -> str:
    since = event.facts.outage.since
    if since is None or event.seen_at < since:
        blind_for = event.facts.outage.blind_for
        return "" if blind_for is None else duration(blind_for)
    return duration(event.seen_at - since)
