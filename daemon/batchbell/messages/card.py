"""What is seen of a message on a locked phone: a short title, and two or three lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.messages.entry import TITLE_LIMIT, Card
from batchbell.messages.event_words import error_text
from batchbell.messages.headline import NAME_CHARS, named, told_again, what_happened
from batchbell.messages.plain_text import clock_near, cut
from batchbell.messages.remedy import HEADINGS, Asks
from batchbell.messages.subject import name_within

if TYPE_CHECKING:
    from batchbell.core.event import Event
    from batchbell.messages.view import View

#: What a locked phone shows of a title, characters.
_CARD_CHARS = 40
_BETWEEN = ", "


def card_of(event: Event, asks: Asks, view: View) -> Card:
    """Return the card about an event that asks for something.

    `contract-clauses: COMPLETED WITH ERRORS` has how many came back below it, `03:38 legal-review:
    cancel now` what happened. A long name is cut, but not what happened.
    """
    label, detail = what_happened(event, view)
    if not event.job_id or event.kind.startswith("channel."):
        return Card(cut(named(event, view, TITLE_LIMIT), TITLE_LIMIT), detail)
    again = told_again(event, view)
    if asks is Asks.CANCEL:
        told = _BETWEEN.join(filter(None, (label, again.lower(), detail)))
        return Card(_titled(event, HEADINGS[asks].lower(), _due(event, view)), told)
    happened = _BETWEEN.join(filter(None, (label, again.lower())))
    return Card(_titled(event, happened), _sentence(event, detail))


def _sentence(event: Event, detail: str) -> str:
    """Return the detail with a capital letter, but for what is quoted."""
    status = event.job.status if event.job is not None else None
    is_quoted = detail.startswith(tuple(filter(None, (error_text(event), status))))
    return detail if is_quoted else detail[:1].upper() + detail[1:]


def _titled(event: Event, happened: str, at: str = "") -> str:
    start, end = f"{at} " if at else "", f": {happened}"
    room = max(_CARD_CHARS - len(start + end), NAME_CHARS)
    return cut(f"{start}{name_within(event, room)}{end}", TITLE_LIMIT)


def _due(event: Event, view: View) -> str:
    """Return by when, as `03:38`; '' if that is not known, or days off."""
    deadline = event.job.job_deadline if event.job is not None else None
    now = view.now or event.seen_at
    return "" if deadline is None else clock_near(deadline, now, zone=view.zone)
