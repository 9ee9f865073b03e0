"""An event that messages tell, as a row of the deliveries page: how far it came on each channel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchbell.core.addresses import job_page
from batchbell.core.awaiting import awaited_until
from batchbell.messages.event_folds import SMALL_NEWS, jobs_of, severity_of_row
from batchbell.messages.headline import title_line
from batchbell.messages.view import PLAIN_VIEW
from batchbell.store import channels
from batchbell.store.views.deliveries import attempts_of
from batchbell.web.components.delivery_entry import delivery_entry
from batchbell.web.components.event_row import row_headline
from batchbell.web.components.fared import fared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.event import Event, Severity
    from batchbell.store.database import Transaction
    from batchbell.store.views.deliveries import Attempt
    from batchbell.store.views.told_alike import ToldAlike
    from batchbell.web.components.delivery_entry import DeliveryEntry
    from batchbell.web.components.fared import Fared

#: What stands for what is not kept any more.
_GONE = "What it told is not kept any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLine:
    """What is shown of one event, or of several that are one row, told to one channel or more."""

    #: What tells it from other rows; it stays.
    key: str
    #: How bad the event is; None if it is not kept any more.
    severity: Severity | None
    #: What happened, and where its job's page is, seen from the overview: '' for an event of no
    #: job, or of several.
    headline: str
    address: str
    #: Whether nobody has to look at it.
    is_small: bool
    is_reminder: bool
    #: The one time it has, by which rows stand: when its youngest message was queued. When each
    #: was sent stands inside.
    at: datetime
    deliveries: Sequence[DeliveryEntry]
    fared: Sequence[Fared]


def message_lines(
    connection: Transaction, several: Sequence[ToldAlike], now: datetime
) -> list[MessageLine]:
    """Return a row for each of these."""
    numbers = [entry.delivery.notification_id for told in several for entry in told.entries]
    attempts = attempts_of(connection, numbers)
    healths = {each.channel: each for each in channels.load_configured(connection)}
    return [_line(told, attempts, healths, now) for told in several]


def _line(
    told: ToldAlike,
    attempts: Mapping[int, Sequence[Attempt]],
    healths: Mapping[str, ChannelHealth],
    now: datetime,
) -> MessageLine:
    events = told.events
    until = awaited_until(events[0], now) if events else None
    entries_by_channel = sorted(told.entries, key=lambda each: each.delivery.channel)
    several = [each.delivery for each in entries_by_channel]
    entries = [
        replace(
            delivery_entry(
                each, healths.get(each.channel), attempts.get(each.notification_id, ()), now, until
            ),
            events=entry.events,
        )
        for entry, each in zip(entries_by_channel, several, strict=True)
    ]
    is_of_job = jobs_of(events) == 1 and bool(events[0].job_id)
    return MessageLine(
        key="/".join(map(str, told.key)),
        severity=severity_of_row(events) if events else None,
        headline=_headline(events),
        address=job_page(events[0].account, events[0].job_id) if is_of_job else "",
        is_small=bool(events) and events[0].kind in SMALL_NEWS,
        is_reminder=told.is_reminder,
        at=told.entries[0].delivery.created_at,
        deliveries=entries,
        fared=fared(entries),
    )


def _headline(events: Sequence[Event]) -> str:
    if len(events) == 1:
        return title_line(events[0], PLAIN_VIEW)
    return row_headline(events) if events else _GONE
