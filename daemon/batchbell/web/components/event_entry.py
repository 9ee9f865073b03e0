"""An event as the page shows it: what happened, who was told and who was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.addresses import job_page
from batchbell.core.awaiting import IN_END, awaited_until
from batchbell.core.event import EventKind, Severity
from batchbell.core.provider import JobState
from batchbell.messages.event_words import LATE_AFTER
from batchbell.messages.headline import headline
from batchbell.messages.not_told import why_not_told
from batchbell.messages.plain_text import duration
from batchbell.messages.verdict_headline import verdict_headline
from batchbell.web.components.delivery_entry import DeliveryEntry, delivery_entry

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.event import Event
    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import Attempt, Delivery


#: So many channels that were told take a line each; more of them fold into one.
_AT_A_GLANCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEntry:
    """An event of the log."""

    id: int
    event: Event
    headline: str
    #: Where the job's page is, seen from the overview; '' for an event of no job.
    address: str
    #: How much later it was seen; '' if it was seen in time.
    late: str
    deliveries: Sequence[DeliveryEntry]
    #: The channels for which it is part of the message about the job's end.
    in_end: Sequence[str]
    #: Why which other channel was not told.
    not_told: Mapping[str, str]

    @property
    def told(self) -> Sequence[DeliveryEntry]:
        """What has arrived, where it is too much for a glance: it folds into one line."""
        arrived = [
            each
            for each in self.deliveries
            if each.severity is Severity.SUCCESS and not each.is_reminder
        ]
        return arrived if len(arrived) > _AT_A_GLANCE else []

    @property
    def in_sight(self) -> Sequence[DeliveryEntry]:
        """What does not fold, above all what has not arrived."""
        return [each for each in self.deliveries if each not in self.told]

    @property
    def in_sight_alike(self) -> Sequence[Sequence[DeliveryEntry]]:
        """The same by how far they came: channels of which the same is said take one line.

        One that lacks it, or waits, has its own.
        """
        found: dict[tuple[str, str, bool], list[DeliveryEntry]] = {}
        for each in self.in_sight:
            is_settled = each.severity < Severity.WARNING and not each.brief.startswith("waits")
            alone = "" if is_settled else each.channel
            found.setdefault((alone, each.brief, each.is_reminder), []).append(each)
        return list(found.values())


def event_entry(
    stored: StoredEvent,
    deliveries: Iterable[Delivery],
    healths: Mapping[str, ChannelHealth],
    attempts: Mapping[int, Sequence[Attempt]],
    now: datetime,
    *,
    ended: Container[tuple[str, str]],
) -> EventEntry:
    """Return an event in words.

    `ended` are account and id of the jobs whose ends stand in the same list. `healths` are the
    configured channels' by name, `attempts` those of the deliveries by their ids.
    """
    event = stored.event
    late = event.seen_at - event.happened_at
    others = sorted(stored.not_told.items())
    in_end = [channel for channel, why in others if why == IN_END]
    return EventEntry(
        id=stored.id,
        event=event,
        headline=verdict_headline(event, ended)
        if in_end or _is_incomplete(event)
        else headline(event),
        address=job_page(event.account, event.job_id) if event.job_id else "",
        late=duration(late) if late > LATE_AFTER else "",
        deliveries=[
            delivery_entry(
                delivery,
                healths.get(delivery.channel),
                attempts.get(delivery.notification_id, ()),
                now,
                awaited_until(event, now),
            )
            for delivery in deliveries
        ],
        in_end=in_end,
        not_told={channel: why_not_told(why) for channel, why in others if why != IN_END},
    )


def _is_incomplete(event: Event) -> bool:
    """Whether it is a verdict beside which stands what makes it an incomplete one, with numbers."""
    is_completed = event.job is not None and event.job.state is JobState.COMPLETED
    return event.kind is EventKind.RESULTS and is_completed and event.facts.results.is_flawed
