"""What is to be expected of a running job, judged by its deadline, forecast and standstill."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.forecast.beginning import begun_by, standstill
from batchbell.core.forecast.expectation import Expectation, Prospect, WaitsFor
from batchbell.core.forecast.outlook import known_outlook, needed_rate
from batchbell.core.forecast.patience import (
    LONGEST_PAUSE,
    given_up_at,
    outpaced_at,
    patience_ends,
    still_waited_until,
    waits_until,
)
from batchbell.core.provider import JobState
from batchbell.core.ring import ring_at

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.facts import OutlookFacts
    from batchbell.core.job import BatchJob
    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.ring import Ring
    from batchbell.core.snapshot import JobRecord

#: A finish that takes so many times as long as is left is far beyond the deadline.
FAR_BEYOND = 1.5
#: No job is expected to go on at so many times the pace that it made on average. One that waited in
#: the queue for nine tenths of the time made all of it in the last tenth, and goes on ten times as
#: fast.
MUCH_FASTER = 10.0
#: A job that needs so many times that pace is not likely to make it, ...
FASTER = 2.0
#: ... nor one that stands still, and for long, if it needs that pace and more, ...
AS_FAST = 1.0
#: ... nor one of which no pace is known that needs so much, fraction an hour: most take hours.
ALL_IN_AN_HOUR = 1.0
#: A standstill that may last for so much longer is not waited for any more.
_NOT_WORTH_WAITING = timedelta(minutes=15)
#: Moments that differ by less are the same: deadlines drift by seconds.
_SAME_MOMENT = timedelta(minutes=1)
#: What is expected where no forecast says more.
_UNSURE = frozenset({Expectation.OPEN, Expectation.STANDS_STILL})


def prospect(
    job: BatchJob,
    outlook: OutlookFacts,
    *,
    still_since: datetime | None,
    now: datetime,
    at_risk: bool = False,
    waited_until: datetime | None = None,
    outpaced: datetime | None = None,
) -> Prospect:
    """Judge a job that has not ended.

    `still_since` is since when it was watched to stand still, None if it was not. `at_risk` is
    whether it was judged to miss its deadline before: that is believed until it is safe again.
    `waited_until` is until when a message says that it is waited for: by then a standstill alone,
    which makes the pace that it needs ever greater, is no other decision. From `outpaced` on its
    average pace is too slow: no bell rings then.
    """
    still_for = None if still_since is None else now - still_since
    needed = needed_rate(job, now)
    made = None if outlook.finish is not None else outlook.rate
    waited_until = still_waited_until(job, still_since, waited_until)
    is_waited_for = waited_until is not None and now < waited_until
    expected = _expectation(job.job_deadline, outlook, still_for, now, is_waited_for=is_waited_for)
    if expected in _UNSURE and not (still_for is not None and is_waited_for):
        expected = _by_pace(expected, needed, made, still_for)
    if job.state is JobState.CANCELING:
        expected = Expectation.CANCELING
    found = Prospect(
        expectation=expected,
        still_for=still_for,
        late_by=_late_by(job.job_deadline, outlook.finish),
        late_at_worst=_late_by(job.job_deadline, outlook.latest),
        done=job.progress,
        left=_left(job.job_deadline, now),
        made=made,
        pace=outlook.rate,
    )
    if still_since is not None and expected is Expectation.STANDS_STILL:
        found = with_patience(found, job, still_since, waited_until, now, outpaced)
    # Of one that is waited for no longer its standstill says it all.
    wait = found.worth_waiting
    if at_risk and (wait is None or wait > timedelta()):
        at_last = _at_risk(expected)
        found = replace(found, expectation=at_last, worth_waiting=None, waits_for=None)
    return found


def with_patience(
    found: Prospect,
    job: BatchJob,
    since: datetime,
    waited_until: datetime | None,
    now: datetime,
    outpaced: datetime | None = None,
) -> Prospect:
    """Return the prospect of a job that stands still with for how much longer it is waited for.

    Where no message has said that, it is judged as one would.
    """
    ends = patience_ends(job, since)
    if waited_until is not None:
        is_ahead = now < waited_until < ends
        until = waited_until if is_ahead else given_up_at(job, since, waited_until)
    else:
        until = waits_until(job, since, None, outpaced)
        if until < ends and found.made and until - now <= _NOT_WORTH_WAITING:
            return replace(found, worth_waiting=timedelta(), waits_for=WaitsFor.PACE)
    waits_for = _waits_for(until, ends, outpaced)
    found = replace(found, worth_waiting=until - now, waits_for=waits_for)
    is_silent = waits_for in {WaitsFor.PATIENCE, WaitsFor.PACE}
    return found if is_silent else with_ring(found, ring_at(job, until, now), now)


def _waits_for(until: datetime, ends: datetime, outpaced: datetime | None) -> WaitsFor:
    if abs(until - ends) < _SAME_MOMENT:
        return WaitsFor.PATIENCE
    if outpaced is not None and abs(until - outpaced) < _SAME_MOMENT:
        return WaitsFor.PACE
    return WaitsFor.NEW_DECISION if until < ends else WaitsFor.RING


def prospect_of(
    record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime
) -> Prospect:
    """Judge a job of the snapshot by its record."""
    since, known = standstill(record), known_outlook(record, outlook, now)
    return prospect(
        record.job,
        known,
        still_since=since,
        now=now,
        at_risk=record.at_risk,
        waited_until=record.waited_until,
        outpaced=None if since is None else outpaced_at(record.job, since, begun_by(record)),
    )


def waits_as_told(
    record: JobRecord, outlook: OutlookFacts, next_ring: datetime | None, now: datetime
) -> datetime | None:
    """Return until when a message of `now` says that a job is waited for; None if it does not.

    `next_ring` is when the bell rings next. What an earlier message says stands.
    """
    since = standstill(record)
    said = still_waited_until(record.job, since, record.waited_until)
    if since is None or record.at_risk:
        return None
    if said is not None and now < said:
        return said
    outpaced = outpaced_at(record.job, since, begun_by(record))
    found = prospect(record.job, outlook, still_since=since, now=now, outpaced=outpaced)
    wait = found.worth_waiting
    is_waited_for = wait is not None and wait > timedelta()
    return waits_until(record.job, since, next_ring, outpaced) if is_waited_for else None


def with_ring(found: Prospect, ring: Ring | None, now: datetime) -> Prospect:
    """Return the prospect with when the bell rings next, and whether waiting ends then."""
    wait = found.worth_waiting
    ends_then = ring is not None and wait is not None and now + wait == ring.at
    return replace(found, ring=ring, waits_for_ring=ends_then)


def defies_forecast(
    record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime
) -> bool:
    """Whether no forecast of a job is of use: it stands still, or the API lists it no longer.

    It stands still as was told, or for as long as is left.
    """
    is_told = record.has_vanished or record.stalled_since is not None
    return is_told or prospect_of(record, outlook, now).is_lost


def is_out_of_reach(needed: float | None, made: float | None) -> bool:
    """Whether a job that made so much of itself an hour can't be expected to make what it needs."""
    return needed is not None and made is not None and needed >= MUCH_FASTER * made


def _by_pace(
    unsure: Expectation, needed: float | None, made: float | None, still_for: timedelta | None
) -> Expectation:
    """Judge a job without a forecast by what it needs and, if that is known, by what it made."""
    if needed is None:
        return unsure
    if not made:
        # One that has done nothing may wait in the queue: it has no pace.
        return Expectation.UNLIKELY if needed >= ALL_IN_AN_HOUR else unsure
    if is_out_of_reach(needed, made):
        return Expectation.TOO_SLOW
    is_long = still_for is not None and still_for >= LONGEST_PAUSE
    is_unlikely = needed >= (AS_FAST if is_long else FASTER) * made
    return Expectation.UNLIKELY if is_unlikely else unsure


def _expectation(
    deadline: datetime | None,
    outlook: OutlookFacts,
    still_for: timedelta | None,
    now: datetime,
    *,
    is_waited_for: bool,
) -> Expectation:
    still = Expectation.OPEN if still_for is None else Expectation.STANDS_STILL
    if deadline is None:
        return still
    if deadline <= now:
        return Expectation.OVERDUE
    if outlook.finish is not None and outlook.finish <= deadline:
        is_sure = outlook.latest is not None and outlook.latest <= deadline
        return Expectation.IN_TIME if is_sure else Expectation.JUST_IN_TIME
    if still_for is not None and still_for >= deadline - now and not is_waited_for:
        return Expectation.HOPELESS
    return still if outlook.finish is None else _late(outlook, outlook.finish, deadline, now)


def _left(deadline: datetime | None, now: datetime) -> timedelta | None:
    return None if deadline is None or deadline <= now else deadline - now


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
