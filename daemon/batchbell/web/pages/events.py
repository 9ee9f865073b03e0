"""The page of the event log: what happened, and who was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind, Severity
from batchbell.messages.verdict_headline import jobs_that_ended
from batchbell.store import accounts, channels, events
from batchbell.store.views import event_deliveries
from batchbell.store.views.channels import channel_views
from batchbell.store.views.said_once import said_once
from batchbell.web.components.cursor_page import CursorPage, cursor_page
from batchbell.web.components.event_entry import EventEntry, event_entry
from batchbell.web.components.event_row import EventRow, event_rows
from batchbell.web.components.health_lines import troubled_channels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from batchbell.store.database import Transaction
    from batchbell.store.events import StoredEvent
    from batchbell.web.asked import Asked
    from batchbell.web.components.health_lines import HealthLine


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsPage:
    """What is shown of the log."""

    now: datetime
    #: What was chosen in the form; '' for everything.
    account: str
    kind: str
    severity: str
    accounts: Sequence[str]
    kinds: Sequence[str]
    #: From the worst.
    severities: Sequence[str]
    events: CursorPage[EventRow]
    #: The channels in trouble, the worst first.
    troubled: Sequence[HealthLine]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen."""
        return bool(self.account or self.kind or self.severity)


def read_events_page(connection: Transaction, asked: Asked) -> EventsPage:
    """Read `?account=...&kind=batch.failed&severity=warning`; nonsense is as if it was not there.

    Raises `DatabaseError`.
    """
    known = [state.health.account for state in accounts.load_all(connection)]
    severities = [severity.name.lower() for severity in reversed(Severity)]
    chosen = {
        "account": _one_of(known, asked.query.get("account", "")),
        "kind": _one_of(list(EventKind), asked.query.get("kind", "")),
        "severity": _one_of(severities, asked.query.get("severity", "")),
    }
    wanted = events.EventFilter(
        account=chosen["account"] or None,
        kind_like=chosen["kind"] or None,
        min_severity=Severity[(chosen["severity"] or "info").upper()],
    )

    def read(*, behind: int | None, oldest_first: bool, limit: int) -> list[StoredEvent]:
        return events.part(
            connection, wanted, behind=behind, oldest_first=oldest_first, limit=limit
        )

    found = cursor_page(asked.query, read, _id_of, _said(chosen))
    entries = _with_deliveries(connection, found.entries, asked.now)
    return EventsPage(
        now=asked.now,
        **chosen,
        accounts=known,
        kinds=[kind.value for kind in EventKind],
        severities=severities,
        events=CursorPage(
            # Who chose a kind wants to see each of it.
            entries=event_rows(entries, alone=bool(chosen["kind"])),
            newer=found.newer,
            older=found.older,
        ),
        troubled=troubled_channels(channel_views(connection), asked.now),
    )


def _with_deliveries(
    connection: Transaction, stored: Sequence[StoredEvent], now: datetime
) -> list[EventEntry]:
    healths = {each.channel: each for each in channels.load_configured(connection)}
    deliveries = event_deliveries.of_events(connection, [each.id for each in stored])
    ended = jobs_that_ended(each.event for each in stored)
    entries = [
        event_entry(each, deliveries.get(each.id, ()), healths, {}, now, ended=ended)
        for each in said_once(stored, deliveries)
    ]
    # The log has them as they were seen; beside each stands when it happened.
    return sorted(entries, key=lambda entry: entry.event.happened_at, reverse=True)


def _id_of(stored: StoredEvent) -> int:
    return stored.id


def _said(chosen: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in chosen.items() if value}


def _one_of(known: Sequence[str], asked_for: str) -> str:
    return asked_for if asked_for in known else ""
