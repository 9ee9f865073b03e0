"""A message that waits on a channel, as far as it matters for whose turn it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from batchbell.core.event import Severity


#: Failures of a message before another one has a turn.
TRIES_BEFORE_NEXT = 3


class Waiting(NamedTuple):
    """A pending message of a channel."""

    #: Grows with age: a smaller one is older.
    notification_id: int
    created_at: datetime
    next_attempt_at: datetime
    #: The worst of its events.
    severity: Severity
    #: Ended attempts.
    attempts: int = 0
    #: Failures since the last one that was clearly the channel's, or since another one failed in
    #: its stead.
    unclear: int = 0
    #: Whether it is at fault itself, and is tried behind the others.
    set_aside: bool = False
    #: Until when somebody sends it; None if nobody does.
    locked_until: datetime | None = None
    #: What its last failure said; '' before one.
    reason: str = ""
    #: Whether it repeats an earlier message.
    is_reminder: bool = False
    #: Whether what it says is fixed, so that nothing can be added.
    is_fixed: bool = False
    #: How many events it is about.
    events: int = 1

    @property
    def is_fresh(self) -> bool:
        """Whether others can still be added to it, or it to others."""
        return not (self.attempts or self.is_fixed or self.is_reminder or self.set_aside)

    @property
    def is_doubted(self) -> bool:
        """Whether it may be this one that its receiver can't take, not the channel that is down."""
        return self.attempts >= TRIES_BEFORE_NEXT and self.unclear > 0

    @property
    def was_doubted_at_once(self) -> bool:
        """Whether all of its failures leave that open."""
        return self.is_doubted and self.unclear == self.attempts


def in_line(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Return those that are not set aside, oldest first."""
    return sorted(
        (message for message in waiting if not message.set_aside),
        key=lambda message: message.notification_id,
    )
