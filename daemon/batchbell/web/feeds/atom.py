"""The events as a feed, the newest first. Source: RFC 4287."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.addresses import job_page
from batchbell.messages.build import build_message
from batchbell.messages.view import View
from batchbell.store import accounts, events
from batchbell.web.api.lists import events_wanted
from batchbell.web.feeds.names import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from batchbell.core.provider import ProviderWords
    from batchbell.store.database import Transaction
    from batchbell.store.events import StoredEvent

#: Entries of the feed: a reader that asks every hour misses none of a busy one.
ENTRIES = 200
#: Events with so many others between them may have the same time again; more than a poll brings.
_APART = 100_000
#: What XML can't hold, even escaped. Source: XML 1.0, section 2.2.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One event."""

    #: The same wherever the page is, and after a restored backup.
    id: str
    title: str
    #: Where to read more.
    link: str
    #: When it happened, and when it was seen.
    published: datetime
    updated: datetime
    kind: str
    severity: str
    lead: str
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a reader gets."""

    id: str
    #: Where the feed is, and what it is the feed of.
    own_link: str
    page_link: str
    #: When the newest entry was seen.
    updated: datetime
    entries: Sequence[FeedEntry]


def read_feed(
    connection: Transaction,
    chosen: Mapping[str, Any],
    *,
    query: str,
    page_url: str,
    provider: ProviderWords,
    now: datetime,
) -> Feed:
    """Read the newest events that are asked for.

    `query` is how they are asked for, which makes it a feed of its own. `page_url` is where people
    reach the page, without a slash at its end. Raises `NoSuchPageError` for a glob without a kind,
    `DatabaseError`.
    """
    base = f"{page_url}/"
    began = accounts.first_baseline(connection)
    found = events.part(
        connection, events_wanted(chosen), behind=None, oldest_first=False, limit=ENTRIES
    )
    return Feed(
        id=name_of(began, "feed", query).urn,
        own_link=f"{base}feed.atom" + (f"?{query}" if query else ""),
        page_link=base,
        updated=max(map(_updated, found), default=began or now),
        entries=[_entry(stored, base, began, provider) for stored in found],
    )


def _entry(
    stored: StoredEvent, base: str, began: datetime | None, provider: ProviderWords
) -> FeedEntry:
    event = stored.event
    message = build_message([event], View(provider=provider))
    (told,) = message.entries
    page = job_page(event.account, event.job_id) if event.job_id else "events"
    return FeedEntry(
        id=name_of(began, event.account, event.job_id, event.kind.value, event.qualifier).urn,
        title=xml_text(told.headline),
        link=base + page,
        published=event.happened_at,
        updated=_updated(stored),
        kind=event.kind.value,
        severity=event.severity.name.lower(),
        lead=xml_text(message.lead),
        facts=[(fact.label, xml_text(fact.text)) for fact in (*told.facts, *message.closing)],
    )


def _updated(stored: StoredEvent) -> datetime:
    """Return when an event was seen; a little later than what the same poll saw before it.

    Readers sort by it. Validators warn of entries that share it.
    """
    return stored.event.seen_at + timedelta(microseconds=stored.id % _APART)


def xml_text(text: str) -> str:
    """Return a text without what no XML document may hold."""
    return _NO_XML.sub("", text)
