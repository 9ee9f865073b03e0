"""`Job`: how one job of the day fares. Times are hours after the moment that is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from batchbell.simulator.fate import USUAL, Mix
from batchbell.simulator.life import MOST_BEFORE_THE_END, Life
from batchbell.simulator.scenario import TRANSCRIPTIONS, WHISPER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from batchbell.simulator.plan import JobPlan

PRODUCTION, RESEARCH = "production", "research"
#: A running job shows progress about this often, minutes.
MINUTES_A_STEP = 4.0
#: What the validation of a job takes if nothing else is said.
VALIDATED_AFTER = 0.05


@dataclass(frozen=True, slots=True)
class Job:
    """A job by what it is for; a time before the moment is negative."""

    #: Of its input file, too.
    name: str
    model: str
    requests: int
    created: float
    ended: float
    status: str = "COMPLETED"
    #: An `o` for an output file, an `e` for one of errors.
    files: str = ""
    #: When its validation succeeds; None: after the usual time.
    accepted: float | None = None
    #: Whether it ends before it was accepted.
    is_rejected: bool = False
    #: Percent done when it stops to move.
    reach: float = 100.0
    #: When it stops to move, if that is long before it ends.
    stalled: float | None = None
    #: When somebody asked to cancel it.
    canceling: float | None = None
    error: str | None = None
    mix: Mix = USUAL
    account: str = PRODUCTION
    #: When it is listed no longer; None: it stays.
    gone: float | None = None
    #: Whether the API does not say what its input file is called: only this script knows.
    is_unnamed: bool = False
    #: Whether its output file can't be had.
    is_lost: bool = False

    def plan(self, moment: datetime, number: int) -> JobPlan:
        """Return its plan; a number gives the same ids each time."""
        chance = Random(f"a day, job {number}")  # noqa: S311 - no secret
        plan = self._life().plan(moment, chance)
        if self.gone is None:
            return plan
        return replace(plan, gone_at=moment + timedelta(hours=self.gone))

    def _life(self) -> Life:
        accepted = self.created + VALIDATED_AFTER if self.accepted is None else self.accepted
        return _SteadyLife(
            name=self.name,
            model=self.model,
            endpoint=TRANSCRIPTIONS if self.model == WHISPER else "/v1/chat/completions",
            requests=self.requests,
            created=self.created * 60,
            accepted=None if self.is_rejected else accepted * 60,
            ended=self.ended * 60,
            status=self.status,
            reach=self.reach,
            stalled=None if self.stalled is None else self.stalled * 60,
            canceling=None if self.canceling is None else self.canceling * 60,
            output_file="o" in self.files,
            error_file="e" in self.files,
            error=self.error,
            mix=self.mix,
        )


class _SteadyLife(Life):
    """A life whose progress grows evenly, so that forecasts don't go by chance."""

    def _progress(self, accepted: float, rng: Random) -> Iterator[tuple[float, float]]:
        stops = (self.ended, self.stalled, self.canceling)
        last = min(minute for minute in stops if minute is not None)
        count = max(int((last - accepted) / MINUTES_A_STEP), 2)
        reach = min(self.reach, MOST_BEFORE_THE_END)
        for number in range(1, count + 1):
            minute = accepted + (last - accepted) * number / count
            yield minute, round(reach * (number - rng.random() / 2) / count, 2)
