"""An event as the page shows it: what happened, who was told and who was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.addresses import job_page
from batchbell.core.awaiting import IN_END, awaited_until
from batchbell.core.event import EventKind, Severity
from batchbell.core.provider import JobState
from batchbell.messages.event_words import LATE_AFTER
from batchbell.messages.headline import title_line
from batchbell.messages.not_told import why_not_told
from batchbell.messages.plain_text import duration
from batchbell.messages.verdict_headline import verdict_headline
from batchbell.messages.view import PLAIN_VIEW
from batchbell.web.components.delivery_entry import WAITING, DeliveryEntry, delivery_entry
from batchbell.web.components.fared import TOO_LATE, Fared, fared

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.event import Event
    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import Attempt, Delivery


#: So many channels that were told take a line each; more of them fold into one.
_AT_A_GLANCE = 2


class DeliveryGroup(NamedTuple):
    """Channels on which a message came as far."""

    #: `told`, `held until 04:02 UTC`; `until 04:02 UTC` behind what its fold begins with.
    word: str
    deliveries: Sequence[DeliveryEntry]


class DeliveryFold(NamedTuple):
    """Deliveries behind one line."""

    #: What tells it from others of its event.
    key: str
    groups: Sequence[DeliveryGroup]
    #: What stands before them; '' for nothing.
    begins: str = ""

    @property
    def severity(self) -> Severity:
        """How bad it is: what is held for too long does not help any more."""
        too_late = any(each.is_too_late for each in self.deliveries)
        return Severity.WARNING if too_late else self.deliveries[0].severity

    @property
    def deliveries(self) -> Sequence[DeliveryEntry]:
        """All of them."""
        return [each for group in self.groups for each in group.deliveries]

    @property
    def alike(self) -> Sequence[Sequence[DeliveryEntry]]:
        """The same by how far they came."""
        return _alike(self.deliveries)


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
    #: What fails, and how many were told, in a line where there is little room.
    fared: Sequence[Fared]
    #: The channels for which it is part of the message about the job's end.
    in_end: Sequence[str]
    #: Why which other channel was not told.
    not_told: Mapping[str, str]

    @property
    def alike(self) -> Sequence[Sequence[DeliveryEntry]]:
        """All deliveries by how far they came, what lacks its message first."""
        return _alike(sorted(self.deliveries, key=lambda each: each.severity < Severity.WARNING))

    @property
    def folds(self) -> Sequence[DeliveryFold]:
        """What is too much for a glance: what has arrived, what is not due yet; a line each."""
        told, later = self._settled(Severity.SUCCESS), self._settled(Severity.INFO)
        waiting = [each for each in later if each.held is None]
        too_late = [each for each in later if each.is_too_late]
        in_time = [each for each in later if not each.is_too_late]
        folds = (
            DeliveryFold("too-late", [*_by_time(too_late, "until")], f"{TOO_LATE}, "),
            DeliveryFold("told", _at_least_some("told", told)),
            DeliveryFold("later", [*_by_time(in_time), *_at_least_some(WAITING, waiting)]),
        )
        return [fold for fold in folds if fold.groups]

    @property
    def in_sight(self) -> Sequence[DeliveryEntry]:
        """What does not fold, above all what has not arrived."""
        folded = [each for fold in self.folds for each in fold.deliveries]
        return [each for each in self.deliveries if each not in folded]

    @property
    def in_sight_alike(self) -> Sequence[Sequence[DeliveryEntry]]:
        """The same by how far they came: channels of which the same is said take one line."""
        return _alike(self.in_sight)

    def _settled(self, severity: Severity) -> Sequence[DeliveryEntry]:
        """Return what is so bad; no reminders, nothing that a failing channel holds up."""
        return [
            each
            for each in self.deliveries
            if each.severity is severity and not each.is_reminder and not each.waits_for_channel
        ]


def _at_least_some(word: str, several: Sequence[DeliveryEntry]) -> list[DeliveryGroup]:
    """Return these as a group, if they are more than take a line each."""
    return [DeliveryGroup(word, several)] if len(several) > _AT_A_GLANCE else []


def _by_time(
    several: Iterable[DeliveryEntry], first: str = "held until"
) -> Iterator[DeliveryGroup]:
    """Yield what is held by until when, the first first: why stands with each."""
    held = [(each.held, each) for each in several if each.held is not None]
    times = sorted({(hold.until, hold.at) for hold, _ in held})
    for n, (until, at) in enumerate(times):
        those = [each for hold, each in held if hold.until == until]
        yield DeliveryGroup(f"{'until' if n else first} {at}", those)


def _alike(several: Iterable[DeliveryEntry]) -> Sequence[Sequence[DeliveryEntry]]:
    """Return deliveries by what is said of them; one that lacks its message, or waits, is alone."""
    found: dict[tuple[str, str, str, bool], list[DeliveryEntry]] = {}
    for each in several:
        waits = each.waits_for_channel or each.brief.startswith("waits")
        is_settled = each.severity < Severity.WARNING and not waits
        # Several attempts are told of each.
        alone = "" if is_settled and len(each.attempts) <= 1 else each.channel
        key = (alone, each.brief, each.reason, each.is_reminder)
        found.setdefault(key, []).append(each)
    return list(found.values())


def event_entry(
    stored: StoredEvent,
    deliveries: Iterable[Delivery],
    healths: Mapping[str, ChannelHealth],
    attempts: Mapping[int, Sequence[Attempt]],
    now: datetime,
    *,
    ended: Container[tuple[str, str]],
    due: datetime | None = None,
) -> EventEntry:
    """Return an event in words.

    `ended` are account and id of the jobs whose ends stand in the same list; `due` is when its job
    is due, if that still runs. `healths` are the
    configured channels' by name, `attempts` those of the deliveries by their ids.
    """
    event = stored.event
    late = event.seen_at - event.happened_at
    others = sorted(stored.not_told.items())
    in_end = [channel for channel, why in others if why == IN_END]
    not_told = {channel: why_not_told(why) for channel, why in others if why != IN_END}
    entries = [
        delivery_entry(
            delivery,
            healths.get(delivery.channel),
            attempts.get(delivery.notification_id, ()),
            now,
            awaited_until(event, now),
            due=due if event.severity >= Severity.WARNING else None,
        )
        for delivery in deliveries
    ]
    return EventEntry(
        id=stored.id,
        event=event,
        headline=verdict_headline(event, ended)
        if in_end or _is_incomplete(event)
        else title_line(event, PLAIN_VIEW),
        address=job_page(event.account, event.job_id) if event.job_id else "",
        late=duration(late) if late > LATE_AFTER else "",
        deliveries=entries,
        fared=fared(entries, in_end=in_end, is_for_others=bool(not_told)),
        in_end=in_end,
        not_told=not_told,
    )


def _is_incomplete(event: Event) -> bool:
    """Whether it is a verdict beside which stands what makes it an incomplete one, with numbers."""
    is_completed = event.job is not None and event.job.state is JobState.COMPLETED
    return event.kind is EventKind.RESULTS and is_completed and event.facts.results.is_flawed
