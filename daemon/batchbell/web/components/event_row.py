"""A row of the event log: an event, an end with the verdicts on it, or a run of small news."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.messages.entry import TITLE_LIMIT
from batchbell.messages.event_folds import (
    SMALL_NEWS,
    each_alone,
    folded,
    jobs_of,
    others_words,
    row_words,
    severity_of_row,
)
from batchbell.messages.subject import behind, name_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.core.event import Event
    from batchbell.messages.event_folds import Fold
    from batchbell.web.components.event_entry import EventEntry

#: So many jobs of a row are named.
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """What is shown as one row."""

    #: What it is about; its time and its channels stand beside it.
    entry: EventEntry
    headline: str
    #: As bad as the worst of what it stands for.
    severity: Severity
    #: Whether nobody has to look at it: then it is shut until somebody does.
    is_small: bool
    #: Where its job's page is, seen from the overview; '' if it is about none, or several.
    address: str
    #: What else it stands for, of small news all of it, and that in words.
    folded: Sequence[EventEntry]
    more: str

    @property
    def key(self) -> int:
        """A number that stays: a run of small news grows at its newer end."""
        return self.folded[-1].id if self.is_small else self.entry.id


def event_rows(entries: Sequence[EventEntry], *, alone: bool = False) -> list[EventRow]:
    """Return rows in the order of the entries; `alone` has each in one of its own.

    What has not arrived at a channel has, too.
    """
    folds = each_alone(entries) if alone else folded(entries, _event_of, keeps_row=_has_trouble)
    return [_row(fold, folds_small_news=not alone) for fold in folds]


def _row(fold: Fold[EventEntry], *, folds_small_news: bool) -> EventRow:
    entry, events = fold.first, [each.event for each in fold.all]
    is_news = entry.event.kind in SMALL_NEWS and not _has_trouble(entry)
    is_small = folds_small_news and is_news
    is_about_one = jobs_of(events) == 1
    return EventRow(
        entry=entry,
        # The log has the newest first: small news are told as they came.
        headline=row_headline(events[::-1] if is_small else events)
        if fold.others
        else entry.headline,
        severity=severity_of_row(events),
        is_small=is_small,
        address=entry.address if is_about_one else "",
        folded=fold.all if is_small else fold.others,
        more="" if is_small else others_words(events[1:]),
    )


def row_headline(events: Sequence[Event]) -> str:
    """Return `COMPLETED: nightly-eval · 950 of 1,000 ok`, or `2 created, 1 validating: a, b`."""
    label, detail = row_words(events)
    names = [*dict.fromkeys(name_within(each, TITLE_LIMIT) for each in events)]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return behind(f"{label}: {', '.join(names[:_NAMED])}{more}", detail)


def _event_of(entry: EventEntry) -> Event:
    return entry.event


def _has_trouble(entry: EventEntry) -> bool:
    return any(each.severity >= Severity.WARNING for each in entry.deliveries)
