"""Lists of events that tell no fact twice; the log keeps each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.messages.overtaken import said_by_status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import Delivery


def said_once(
    several: Sequence[StoredEvent], deliveries: Mapping[int, Sequence[Delivery]]
) -> list[StoredEvent]:
    """Return the events without those that another one says too, in the same order.

    One that was told in a message of its own stays: its place in the list says who was told.
    """
    ids = {stored.event.key: stored.id for stored in several}
    told = {
        each.id: {sent.notification_id for sent in deliveries.get(each.id, ())} for each in several
    }

    def is_said(stored: StoredEvent) -> bool:
        other = said_by_status(stored.event, (each.event for each in several))
        return other is not None and told[stored.id] <= told[ids[other.key]]

    return [stored for stored in several if not is_said(stored)]
