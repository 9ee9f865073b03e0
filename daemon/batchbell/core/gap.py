"""`Gap`: a time in which nobody looked at an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A gap in polling: from the last good poll until the next, or until now."""

    since: datetime
    until: datetime
    #: "daemon down", "API down", "key refused", "rate-limited", "machine asleep", or two of them.
    reason: str

    @property
    def length(self) -> timedelta:
        """How long nobody looked."""
        return self.until - self.since
