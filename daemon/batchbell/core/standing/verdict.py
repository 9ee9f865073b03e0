"""What a judgement says: the reasons, the worst first, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from batchbell.core.standing.reasons import SEVERITIES, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from batchbell.core.event import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How something stands, and why."""

    #: Worst first; at least one.
    reasons: tuple[Reason, ...]
    #: Since when the worst of them holds; None if that is not known.
    since: datetime | None

    @property
    def severity(self) -> Severity:
        """How bad it is: as the worst reason."""
        return SEVERITIES[self.reasons[0]]

    def has(self, *reasons: Reason) -> bool:
        """Whether one of these is among the reasons."""
        return not set(reasons).isdisjoint(self.reasons)

    @property
    def is_seen(self) -> bool:
        """Of an account: whether it had a good poll, and the last one is not too long ago."""
        return not self.has(Reason.NEVER_SEEN, Reason.NOT_SEEN, Reason.NOT_WATCHED)

    @classmethod
    def of(cls, found: Mapping[Reason, datetime | None]) -> Self:
        """Make one of reasons, at least one, each with since when it holds."""
        # Most often there is one: 20,000 jobs are judged to show one page.
        worst_first = (
            found if len(found) == 1 else sorted(found, key=lambda each: -SEVERITIES[each])
        )
        reasons = tuple(worst_first)
        return cls(reasons=reasons, since=found[reasons[0]])
