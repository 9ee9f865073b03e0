"""`Prospect`: what is to be expected of a running job, by its deadline, forecast and standstill."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from batchbell.core.forecast.beginning import unmoved_since
from batchbell.core.forecast.outlook import known_outlook, needed_rate
from batchbell.core.forecast.patience import patience_ends
from batchbell.core.provider import JobState

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.facts import OutlookFacts
    from batchbell.core.job import BatchJob
    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.ring import Ring
    from batchbell.core.snapshot import JobRecord

#: Progress that stands still for less is not worth a word.
LEAST_STANDSTILL = timedelta(minutes=10)
#: Who waits for a job that stands still waits so much longer if the bell rings by then.
_RINGS_SOON = timedelta(hours=1)
#: A finish that takes so many times as long as is left is far beyond the deadline.
FAR_BEYOND = 1.5
#: No job is expected to go on at so many times the pace that it made on average. One that waited in
#: the queue for nine tenths of the time made all of it in the last tenth, and goes on ten times as
#: fast.
MUCH_FASTER = 10.0
#: A job that needs so many times that pace is not likely to make it, ...
FASTER = 2.0
#: ... nor one of which no pace is known that needs so much, fraction an hour: most take hours.
ALL_IN_AN_HOUR = 1.0


class Expectation(Enum):
    """How a running job will do."""

    #: Nothing can be said.
    OPEN = auto()
    #: Nine finishes in ten are in time.
    IN_TIME = auto()
    #: More finishes are in time than are late.
    JUST_IN_TIME = auto()
    #: More are late, but not far, and an early one is in time.
    MAY_MISS = auto()
    #: The expected one is late by far, or even an early one is late.
    PROBABLY_MISSES = auto()
    #: Even an early one is late by far.
    MISSES = auto()
    #: It does not move, and did not for as long as is left.
    HOPELESS = auto()
    #: It needs a pace that is out of reach, by what it made so far.
    TOO_SLOW = auto()
    #: No forecast says so, but it needs a pace that is not to be expected.
    UNLIKELY = auto()
    #: It does not move; there is time left, or no deadline.
    STANDS_STILL = auto()
    #: Its deadline is over.
    OVERDUE = auto()
    #: It is being cancelled.
    CANCELING = auto()


#: What is expected where no forecast says more.
_UNSURE = frozenset({Expectation.OPEN, Expectation.STANDS_STILL})
#: How those do whose finish is likely to be late.
MISSING = frozenset({Expectation.MAY_MISS, Expectation.PROBABLY_MISSES, Expectation.MISSES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What is to be expected of a running job."""

    expectation: Expectation
    #: How long it has stood still; None if it has not for `LEAST_STANDSTILL`.
    still_for: timedelta | None = None
    #: How long after its deadline the expected finish is; None if it is not, or there is none.
    late_by: timedelta | None = None
    #: Fraction done; None if nobody knows.
    done: float | None = None
    #: The fraction an hour that gets it done by its deadline; None if none does.
    needed: float | None = None
    #: The fraction an hour that it made so far; None if that says nothing.
    made: float | None = None
    #: Of one that stands still: for how much longer it is worth waiting for it to move; nothing or
    #: less if it is not.
    worth_waiting: timedelta | None = None
    #: When the bell rings next if it runs on; None if nobody knows.
    ring: Ring | None = None
    #: Whether that ends the waiting.
    waits_for_ring: bool = False

    @property
    def is_lost(self) -> bool:
        """Whether it can't make its deadline, whatever a forecast says."""
        return self.expectation in {Expectation.HOPELESS, Expectation.TOO_SLOW}

    @property
    def has_begun(self) -> bool | None:
        """Whether some of it is done; None if nobody knows."""
        return None if self.done is None else self.done > 0


def prospect(
    job: BatchJob,
    outlook: OutlookFacts,
    *,
    still_since: datetime | None,
    now: datetime,
    at_risk: bool = False,
) -> Prospect:
    """Judge a job that has not ended.

    `still_since` is since when it was watched to stand still, None if it was not. `at_risk` is
    whether it was judged to miss its deadline before: that is believed until it is safe again.
    """
    still_for = None if still_since is None else now - still_since
    needed = needed_rate(job, now)
    made = None if outlook.finish is not None else outlook.rate
    expected = _expectation(job.job_deadline, outlook, still_for, now)
    if expected in _UNSURE:
        expected = _by_pace(expected, needed, made)
    if job.state is JobState.CANCELING:
        expected = Expectation.CANCELING
    wait = None
    if still_since is not None and expected is Expectation.STANDS_STILL:
        wait = patience_ends(job, still_since) - now
    # Of one that is waited for no longer its standstill says it all.
    if at_risk and (wait is None or wait > timedelta()):
        expected, wait = _at_risk(expected), None
    return Prospect(
        expectation=expected,
        still_for=still_for,
        late_by=_late_by(job.job_deadline, outlook.finish),
        done=job.progress,
        needed=needed,
        made=made,
        worth_waiting=wait,
    )


def prospect_of(
    record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime
) -> Prospect:
    """Judge a job of the snapshot by its record."""
    since, known = standstill(record), known_outlook(record, outlook, now)
    return prospect(record.job, known, still_since=since, now=now, at_risk=record.at_risk)


def with_ring(found: Prospect, ring: Ring | None, now: datetime) -> Prospect:
    """Return the prospect with when the bell rings next; waiting ends then if that is soon after.

    A missed deadline is no moment to wait for.
    """
    wait = found.worth_waiting
    if ring is None or not ring.step or wait is None or wait <= timedelta():
        return replace(found, ring=ring)
    longer = ring.at - now - wait
    if not timedelta() <= longer <= _RINGS_SOON:
        return replace(found, ring=ring)
    return replace(found, ring=ring, worth_waiting=wait + longer, waits_for_ring=True)


def defies_forecast(
    record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime
) -> bool:
    """Whether no forecast of a job is of use: it stands still, or the API lists it no longer.

    It stands still as was told, or for as long as is left.
    """
    is_told = record.has_vanished or record.stalled_since is not None
    return is_told or prospect_of(record, outlook, now).is_lost


def standstill(record: JobRecord) -> datetime | None:
    """Return since when a job stands still: as was told, or in progress as watched for a while.

    One of which nothing is done has stood still since it began, watched or not.
    """
    job, unmoved = record.job, unmoved_since(record)
    if unmoved is not None and record.last_seen_at - unmoved >= LEAST_STANDSTILL:
        return unmoved
    if record.stalled_since is not None:
        return record.stalled_since
    if job.state is not JobState.IN_PROGRESS or job.progress is None:
        return None
    return record.still_since if record.flat_for >= LEAST_STANDSTILL else None


def is_out_of_reach(needed: float | None, made: float | None) -> bool:
    """Whether a job that made so much of itself an hour can't be expected to make what it needs."""
    return needed is not None and made is not None and needed >= MUCH_FASTER * made


def _by_pace(unsure: Expectation, needed: float | None, made: float | None) -> Expectation:
    """Judge a job without a forecast by what it needs and, if that is known, by what it made."""
    if needed is None:
        return unsure
    if not made:
        # One that has done nothing may wait in the queue: it has no pace.
        return Expectation.UNLIKELY if needed >= ALL_IN_AN_HOUR else unsure
    if is_out_of_reach(needed, made):
        return Expectation.TOO_SLOW
    is_unlikely = needed >= FASTER * made
    return Expectation.UNLIKELY if is_unlikely else unsure


def _expectation(
    deadline: datetime | None, outlook: OutlookFacts, still_for: timedelta | None, now: datetime
) -> Expectation:
    still = Expectation.OPEN if still_for is None else Expectation.STANDS_STILL
    if deadline is None:
        return still
    if deadline <= now:
        return Expectation.OVERDUE
    if outlook.finish is not None and outlook.finish <= deadline:
        is_sure = outlook.latest is not None and outlook.latest <= deadline
        return Expectation.IN_TIME if is_sure else Expectation.JUST_IN_TIME
    if still_for is not None and still_for >= deadline - now:
        return Expectation.HOPELESS
    return still if outlook.finish is None else _late(outlook, outlook.finish, deadline, now)


def _late_by(deadline: datetime | None, finish: datetime | None) -> timedelta | None:
    if deadline is None or finish is None or finish <= deadline:
        return None
    return finish - deadline


def _late(
    outlook: OutlookFacts, finish: datetime, deadline: datetime, now: datetime
) -> Expectation:
    earliest, far = outlook.earliest or finish, FAR_BEYOND * (deadline - now)
    if earliest <= deadline and finish - now < far:
        return Expectation.MAY_MISS
    return Expectation.MISSES if earliest - now >= far else Expectation.PROBABLY_MISSES


def _at_risk(found: Expectation) -> Expectation:
    """Return what is to be expected of a job that was judged to be late before."""
    if found in _UNSURE:
        return Expectation.PROBABLY_MISSES
    is_in_time = found in {Expectation.IN_TIME, Expectation.JUST_IN_TIME}
    return Expectation.MAY_MISS if is_in_time else found
