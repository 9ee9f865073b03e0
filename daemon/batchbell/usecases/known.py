"""What one account's last listing is known by, and whether it still is the last."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.diff import SEEN_REFRESH
from batchbell.store import jobs

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.account_health import AccountState
    from batchbell.core.listing import ReadListing
    from batchbell.core.poll_decision import PollDecision
    from batchbell.store.database import Transaction


class Known:
    """The memory of an account's poll; what it says is what the database has."""

    def __init__(self, account: str) -> None:
        """Know nothing: the first listing is read as a whole."""
        self.listing: object | None = None
        self._account = account
        self._recorded_at: datetime | None = None
        self._noted_at: datetime | None = None

    def still_holds(self, before: AccountState) -> bool:
        """Whether no other process recorded a listing meanwhile."""
        return self.listing is None or before.last_good_poll_at == self._recorded_at

    def note_seen(self, transaction: Transaction, now: datetime) -> None:
        """Once an hour, note of the jobs that were passed over that they are listed."""
        if self._is_due(now):
            jobs.note_seen(transaction, self._account, now=now, before=now - SEEN_REFRESH / 2)

    def recorded(self, read: ReadListing, decision: PollDecision, now: datetime) -> None:
        """Remember a listing that was recorded, as what the next one is read against."""
        if self.listing is None or self._is_due(now):
            self._noted_at = now
        self._recorded_at = now
        # A job that was left alone has to be compared again, whether its row changes or not.
        self.listing = None if decision.left_alone else read.known_by()

    def forget(self) -> None:
        """Read the next listing as a whole."""
        self.listing = None

    def _is_due(self, now: datetime) -> bool:
        if self.listing is None or self._noted_at is None:
            # All jobs are compared, one by one.
            return False
        return not timedelta() <= now - self._noted_at < SEEN_REFRESH
