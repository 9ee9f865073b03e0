"""`JobPlan`: everything that will happen to one simulated job, fixed in advance."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from batchbell.simulator.fate import USUAL, Mix

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

#: One job as the API shows it: field name to JSON value.
Row: TypeAlias = "Mapping[str, object]"

#: The statuses a job can be cancelled in. Source: docs/api.md, calls.
CANCELLABLE = frozenset({"VALIDATING", "IN_PROGRESS"})
#: How long a job stays CANCELING, simulated time.
CANCELING_FOR = timedelta(seconds=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From `at` on the row's fields in `changes` have new values."""

    at: datetime
    changes: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPlan:
    """A job's life: its row is a pure function of this and of the simulated time."""

    job_id: str
    #: The row before any step.
    first: Row
    #: In order of time.
    steps: tuple[Step, ...] = ()
    #: Not listed before this moment; None: from ever.
    appears_at: datetime | None = None
    #: Not listed from this moment on; None: for ever.
    gone_at: datetime | None = None
    #: What its input file is called, without the ending; '' for a name of its id.
    input_name: str = ""
    #: What becomes of its requests.
    mix: Mix = USUAL

    def row_at(self, now: datetime) -> dict[str, object] | None:
        """Return the row as it stands at `now`, None while the job is not listed."""
        if self.appears_at is not None and now < self.appears_at:
            return None
        if self.gone_at is not None and now >= self.gone_at:
            return None
        row = dict(self.first)
        for step in self.steps[: self._steps_past(now)]:
            row.update(step.changes)
        return row

    def next_change(self, now: datetime) -> datetime | None:
        """Return when the row changes next, None if it stays as it is at `now` for ever."""
        past = self._steps_past(now)
        moments = (
            self.appears_at,
            self.gone_at,
            self.steps[past].at if past < len(self.steps) else None,
        )
        return min((moment for moment in moments if moment and moment > now), default=None)

    def changed(self, now: datetime, changes: Row) -> JobPlan:
        """Return the plan with `changes` made at `now`; later steps still come."""
        current = self.row_at(now)
        first = {**(self.first if current is None else current), **changes}
        return replace(self, first=first, steps=self.steps[self._steps_past(now) :])

    def cancelled(self, now: datetime, *, output_file_id: str) -> JobPlan:
        """Return the plan after an accepted cancel call at `now`.

        The finished part is kept in `output_file_id`, if any progress was made.
        """
        canceling = replace(self.changed(now, {"status": "CANCELING"}), steps=())
        kept = output_file_id if canceling.first.get("progress") else None
        end = Step(
            at=now + CANCELING_FOR,
            changes={"status": "CANCELLED", "output_file_id": kept},
        )
        return replace(canceling, steps=(end,))

    def _steps_past(self, now: datetime) -> int:
        return bisect_right(self.steps, now, key=lambda step: step.at)
