"""Events put into one message: the most urgent first, with a title that stands alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from batchbell.core.addresses import job_page
from batchbell.core.event import ABOUT_PROSPECTS
from batchbell.messages.card import card_of, card_of_told_before, count_to_cancel, others_to_cancel
from batchbell.messages.command_details import closer_look
from batchbell.messages.details import details_of
from batchbell.messages.digest_title import (
    APART,
    Titled,
    scope_of,
    title_of,
)
from batchbell.messages.entry import TITLE_LIMIT, Entry
from batchbell.messages.event_words import cohort
from batchbell.messages.fact import Role, brief
from batchbell.messages.headline import NAME_CHARS, headline, named, title_line
from batchbell.messages.message import Message
from batchbell.messages.plain_text import cut
from batchbell.messages.remedy import HEADINGS, Asks
from batchbell.messages.shared_advice import shared
from batchbell.messages.still_to_cancel import told_before
from batchbell.messages.told_once import told_once
from batchbell.messages.urgency import asked_by, is_pressing, most_urgent_first
from batchbell.messages.view import PLAIN_VIEW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.core.event import Event
    from batchbell.messages.fact import Fact
    from batchbell.messages.remedy import Remedy
    from batchbell.messages.view import View

#: What stands above channels that ask for something.
_REPAIR_CHANNEL = "Repair a channel"
_REPAIR_BOTH = "Repair accounts and channels"
#: What a digest begins with that tells what the one before had no room for.
CONTINUED = "Continued: "


def build_message(events: Sequence[Event], view: View = PLAIN_VIEW) -> Message:
    """Put one or several events into words; their order does not matter.

    Raises ValueError without any event, and on nothing else.
    """
    if not events:
        raise ValueError("a message tells at least one event")
    found = told_once(events, view)
    overview = f"{view.page_url}/" if view.page_url else ""
    if len(found) == 1:
        ((event, before),) = found
        entry = _entry(event, view, asked_by(view.as_told(event), view), before)
        title = cut(title_line(view.as_told(event), view), TITLE_LIMIT)
        return Message(title=title, lead=title, entries=(entry,), overview=overview)
    return _digest(found, view, overview)


def _digest(found: Sequence[tuple[Event, Sequence[Event]]], view: View, overview: str) -> Message:
    asked = [(asked_by(view.as_told(event), view), event, before) for event, before in found]
    asked.sort(key=lambda each: most_urgent_first(view.as_told(each[1]), each[0].asks))
    told = [Titled(view.as_told(event), helps) for helps, event, _ in asked]
    entries = [_entry(event, view, helps, before) for helps, event, before in asked]
    if len({event.account for _, event, _ in asked if event.account}) == 1:
        entries = list(map(_without_account, entries))
    title = title_of(told, view)
    together = " ".join(filter(None, (_cohorts(found, view), _goes_on(view))))
    entries, now = list(_headed(shared(entries))), view.now or found[0][0].seen_at
    leads, still = title.leads, told_before(view.still, now, view.zone, view.page_url)
    is_last = entries[-1].asks.is_deed and entries[-1].asks is entries[0].asks
    begins = CONTINUED if view.continues else ""
    return Message(
        title=cut(f"{begins}{title.listed}", TITLE_LIMIT),
        lead=begins + APART.join(filter(None, (title.lead, together))),
        together=together,
        counts=title.counts,
        scope=scope_of(told, view.still),
        entries=tuple(entries if is_last else _with_aside(entries, still)),
        overview=overview,
        still=still if is_last else (),
        still_in_short=title.still,
        told_before=leads and card_of_told_before(leads, now, view.zone),
        to_cancel=others_to_cancel(entries, leads, view.still, now, view.zone),
        to_cancel_count=count_to_cancel(entries, view),
    )


def _goes_on(view: View) -> str:
    """Say what did not fit: its number, or of one event what and whom it is about."""
    left = told_once(view.left, view)
    if left and view.left_at_least:
        return f"At least {len(left)} more in the next messages."
    if len(left) == 1:
        ((event, _),) = left
        return f"In the next message: {named(event, view, NAME_CHARS)}."
    return f"{len(left)} more in the next message." if left else ""


def _entry(event: Event, view: View, helps: Remedy, before: Sequence[Event] = ()) -> Entry:
    told = view.as_told(event)
    to_do = [brief("What to do", helps.text, Role.REMEDY)] if helps.text else []
    return Entry(
        event=event,
        headline=headline(told, view),
        card=card_of(told, helps.asks, view),
        facts=(*to_do, *details_of(told, view, before)),
        advice=closer_look(event),
        link=_link(event, view),
        asks=helps.asks,
        of_each=helps.of_each,
        is_pressing=is_pressing(told, helps.asks, view.now or told.seen_at),
        before=tuple(_entry(each, view, asked_by(view.as_told(each), view)) for each in before),
    )


def _with_aside(entries: Sequence[Entry], still: tuple[Fact, ...]) -> Sequence[Entry]:
    """Return the entries, below the first section what is still to be cancelled, told before.

    The number of the new ones alone reads as if it were all. It stands on top if those ask for
    nothing that is done.
    """
    top = entries[0].asks
    new = [entry for entry in entries if entry.asks.is_deed and entry.asks is top]
    first, *others = entries[len(new) :]
    return [*new, replace(first, aside=still), *others]


def _headed(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the entries, the first of those that ask for the same with that above it.

    If all of them do the lead says it.
    """
    headed: list[Entry] = []
    for asks, group in groupby(entries, key=lambda entry: entry.asks):
        first, *others = several = [*group]
        is_one_of_several = len(several) < len(entries)
        heading = f"{_section_of(asks, several)} ({len(several)})" if is_one_of_several else ""
        headed += [replace(first, heading=heading), *others]
    return tuple(headed)


def _section_of(asks: Asks, several: Sequence[Entry]) -> str:
    """Return what stands above those that ask for the same: a channel is no connection."""
    are_channels = {each.kind.startswith("channel.") for each in several}
    if asks is not Asks.CONNECT or True not in are_channels:
        return HEADINGS[asks]
    return _REPAIR_BOTH if False in are_channels else _REPAIR_CHANNEL


def _link(event: Event, view: View) -> str:
    if not view.page_url:
        return ""
    return f"{view.page_url}/" + (job_page(event.account, event.job_id) if event.job else "")


def _cohorts(found: Sequence[tuple[Event, Sequence[Event]]], view: View) -> str:
    """Return a sentence for all those that stall together, as the first thing to know.

    A standstill that a word about the deadline overtakes goes on.
    """
    standing = [
        each
        for event, before in found
        for each in (event, *(before if event.kind in ABOUT_PROSPECTS else ()))
    ]
    sentences = dict.fromkeys(cohort(event, view) for event in standing)
    return " ".join(f"{text[0].upper()}{text[1:]}." for text in sentences if text)


def _without_account(entry: Entry) -> Entry:
    """Return an entry of a digest that says above of which account all of them are."""
    facts = (
        fact._replace(is_brief=False) if fact.role is Role.ACCOUNT else fact for fact in entry.facts
    )
    return replace(entry, facts=tuple(facts))
