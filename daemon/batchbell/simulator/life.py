"""`Life`: how one simulated job fares, in a few numbers, and the plan made of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.simulator.fate import USUAL, Mix
from batchbell.simulator.plan import JobPlan, Step
from batchbell.simulator.rows import TIME_ALLOWED, as_json, new_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from random import Random

#: How long a finished job stays listed, simulated time.
KEPT_FOR = timedelta(hours=72)
#: A running job shows progress about this often, minutes ...
MINUTES_PER_STEP = 1.5
#: ... but not more often than this in its whole life.
MOST_STEPS = 60
#: A job is not at 100 percent before it is COMPLETED.
MOST_BEFORE_THE_END = 99.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A job's fate. Times are minutes after the scenario's start, negative: before it."""

    model: str
    endpoint: str = "/v1/chat/completions"
    requests: int
    created: float
    #: When validation succeeds; None: it never does.
    accepted: float | None
    ended: float
    status: str
    #: Percent done when it stops to move; 100 for a job that comes to its own end.
    reach: float = 100.0
    #: When it stops to move, if that is long before it ends.
    stalled: float | None = None
    #: When somebody asked to cancel it.
    canceling: float | None = None
    output_file: bool = False
    error_file: bool = False
    error: str | None = None
    #: What its input file is called, without the ending.
    name: str = ""
    #: What becomes of its requests.
    mix: Mix = USUAL

    def plan(self, start: datetime, rng: Random) -> JobPlan:
        """Return the plan; equal arguments (and an equally used `rng`) give equal plans."""
        created_at = _after(start, self.created)
        row = new_row(
            created_at,
            {
                "id": _uuid(rng),
                "user_id": "user_demo",
                "input_file_id": f"file-{_uuid(rng)}",
                "file_size_bytes": self.requests * 400 + rng.randrange(400),
                "status": "VALIDATING",
                "endpoint": self.endpoint,
                "model_id": self.model,
                "created_at": created_at,
                "job_deadline": created_at + TIME_ALLOWED,
            },
        )
        return JobPlan(
            job_id=str(row["id"]),
            first=row,
            steps=tuple(self._steps(start, rng)),
            appears_at=created_at,
            gone_at=_after(start, self.ended) + KEPT_FOR,
            input_name=self.name,
            mix=self.mix,
        )

    def _steps(self, start: datetime, rng: Random) -> Iterator[Step]:
        if self.accepted is not None:
            yield Step(at=_after(start, self.accepted), changes={"status": "IN_PROGRESS"})
            for minute, percent in self._progress(self.accepted, rng):
                yield Step(at=_after(start, minute), changes={"progress": percent})
        if self.canceling is not None:
            yield Step(at=_after(start, self.canceling), changes={"status": "CANCELING"})
        ended_at = _after(start, self.ended)
        yield Step(at=ended_at, changes=self._end(ended_at, rng))

    def _end(self, ended_at: datetime, rng: Random) -> dict[str, object]:
        """Return what the end brings; only COMPLETED jobs carry its time."""
        completed = self.status == "COMPLETED"
        changes: dict[str, object] = {
            "status": self.status,
            "error": self.error,
            "output_file_id": f"file-{_uuid(rng)}" if self.output_file else None,
            "error_file_id": f"file-{_uuid(rng)}" if self.error_file else None,
            "completed_at": ended_at if completed else None,
        }
        return as_json({**changes, "progress": 100} if completed else changes)

    def _progress(self, accepted: float, rng: Random) -> Iterator[tuple[float, float]]:
        """Yield (minute, percent): uneven steps at uneven moments, all before the job's end."""
        halted = self.ended if self.stalled is None else self.stalled
        last = min(halted, self.ended if self.canceling is None else self.canceling)
        count = min(max(int((last - accepted) / MINUTES_PER_STEP), 2), MOST_STEPS)
        minutes = sorted(rng.uniform(accepted, last) for _ in range(count))
        strides = [rng.expovariate(1.0) for _ in minutes]
        reach = min(self.reach, MOST_BEFORE_THE_END)
        done = 0.0
        for minute, stride in zip(minutes, strides, strict=True):
            done += stride
            yield minute, round(reach * done / sum(strides), 2)


def _after(start: datetime, minutes: float) -> datetime:
    return start + timedelta(minutes=minutes)


def _uuid(rng: Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))
