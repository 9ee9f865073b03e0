from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.event import EventKind
from batchbell.core.job import BatchJob
from batchbell.core.rules import Rules, watch
from batchbell.core.snapshot import Snapshot
from tests.fakes import MINUTE, START, applied, kinds
from tests.strategies import jobs, listings
from tests.watched import WatchedWorld, watched

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from batchbell.core.event import Event
    from batchbell.core.listing import Listing

HOUR = timedelta(hours=1)
RULES = Rules(
    deadline_warnings=(6 * HOUR, HOUR, 15 * MINUTE), stalled_after=2 * HOUR, grace_period=5 * MINUTE
)
#: What the rules tell; at most once for each key.
OF_RULES = frozenset(
    {
        EventKind.DEADLINE_APPROACHING,
        EventKind.DEADLINE_MISSED,
        EventKind.AT_RISK,
        EventKind.STALLED,
        EventKind.RESUMED,
    }
)
ENDS = ("COMPLETED", "FAILED", "EXPIRED", "CANCELLED")


@dataclass(frozen=True)
class Move:
    """One turn of a schedule: what happens, and how long after the one before."""

    what: str
    after: timedelta
    #: How much was done since the last turn; a negative one begins again.
    done: float = 0.0
    status: str = "IN_PROGRESS"
    #: Which of several deadlines the API names.
    deadline: int = 0


#: Rules that speak within an hour, as schedules are short.
QUICK = replace(RULES, stalled_after=30 * MINUTE, grace_period=15 * MINUTE)
#: Odd lengths: times that meet to the microsecond would meet in unique keys.
_WAITS = st.integers(1, 12).map(lambda number: number * timedelta(minutes=3, microseconds=7))
_STEPS = st.integers(-7, 7).map(lambda number: number * timedelta(minutes=19, microseconds=3))
_STATUSES = st.sampled_from([*["IN_PROGRESS"] * 6, "VALIDATING", "CANCELING", "PAUSED"])


def schedules(
    *, steps: bool = True, deadlines: int = 1, crawls: bool = False
) -> SearchStrategy[list[Move]]:
    """Return polls, with and without the job, and ticks in any order.

    `steps` set the clock; a job that `crawls` does little but always something.
    """
    poll = st.builds(
        Move,
        what=st.just("poll"),
        after=_WAITS,
        done=st.sampled_from([0.001, 0.003] if crawls else [0.0] * 4 + [0.003, 0.01, -1.0]),
        status=st.just("IN_PROGRESS") if crawls else _STATUSES,
        deadline=st.integers(0, deadlines - 1),
    )
    tick = st.builds(Move, what=st.just("tick"), after=_WAITS)
    absent = st.builds(Move, what=st.just("absent"), after=_WAITS)
    stepped = st.builds(Move, what=st.sampled_from(["tick", "poll"]), after=_STEPS)
    usual = st.integers(0, 9).flatmap(lambda n: poll if n < 7 else tick if n < 9 else absent)
    return st.lists(st.one_of(usual, stepped) if steps else usual, min_size=10, max_size=60)


def job_of(move: Move, deadline: datetime, progress: float = 0.0) -> BatchJob:
    """Return the job as the API lists it in this turn."""
    return BatchJob(
        id="job-1",
        status=move.status,
        progress=progress,
        created_at=START,
        job_deadline=deadline + move.deadline * timedelta(minutes=47),
    )


def played(world: WatchedWorld, schedule: list[Move], deadline: datetime) -> None:
    """Play the schedule; `world.told` has the events."""
    progress = 0.0
    for move in schedule:
        progress = progress + move.done if move.done >= 0 else 0.0
        if move.what == "poll":
            world.poll(job_of(move, deadline, progress), after=move.after)
        elif move.what == "absent":
            world.poll(after=move.after)
        else:
            world.tick(after=move.after)


def of_rules(events: list[Event]) -> list[Event]:
    return [event for event in events if event.kind in OF_RULES]


DEADLINES = st.integers(-3, 24).map(lambda hours: START + hours * HOUR)


@given(schedules(), DEADLINES)
def test_whatever_happens_each_event_is_told_once(schedule: list[Move], deadline: datetime) -> None:
    world = WatchedWorld(rules=QUICK)
    played(world, schedule, deadline)
    assert [key for key, times in Counter(e.key for e in world.told).items() if times > 1] == []


@given(schedules(), DEADLINES)
def test_steps_are_told_from_wide_to_tight_and_never_after_the_miss(
    schedule: list[Move], deadline: datetime
) -> None:
    world = WatchedWorld(rules=QUICK)
    played(world, schedule, deadline)
    order = [6 * HOUR, HOUR, 15 * MINUTE, None]
    told = [
        order.index(event.facts.deadline.step)
        for event in world.told
        if event.kind in {EventKind.DEADLINE_APPROACHING, EventKind.DEADLINE_MISSED}
    ]
    assert told == sorted(set(told))


@given(schedules(), DEADLINES)
def test_a_step_that_should_be_told_is_told(schedule: list[Move], deadline: datetime) -> None:
    """Whatever came before: at a tick, the tightest step that is past was told, or a later one."""
    world = WatchedWorld(rules=QUICK)
    world.poll(job_of(Move("poll", MINUTE), deadline))
    played(world, schedule, deadline)
    world.tick()
    keys = {
        (event.kind, event.facts.deadline.step)
        for event in world.told
        if event.kind in {EventKind.DEADLINE_APPROACHING, EventKind.DEADLINE_MISSED}
    }
    left = deadline - world.now
    missed = (EventKind.DEADLINE_MISSED, None)
    warnings = [(EventKind.DEADLINE_APPROACHING, step) for step in (15 * MINUTE, HOUR, 6 * HOUR)]
    past = [left <= timedelta(), left <= 15 * MINUTE, left <= HOUR, left <= 6 * HOUR]
    if True in past:
        assert keys & {missed, *warnings[: past.index(True)]}


@given(schedules(steps=False, deadlines=2, crawls=True), st.integers(12, 20))
def test_the_risk_is_never_told_after_a_step_of_its_deadline(
    schedule: list[Move], hours: int
) -> None:
    world = WatchedWorld(rules=QUICK)
    played(world, schedule, START + hours * HOUR)
    # The store drops what it has: a deadline that moves there and back is armed again.
    told: dict[tuple[str, str, str, str], Event] = {}
    for event in of_rules(world.told):
        told.setdefault(event.key, event)
    spoken: set[str] = set()
    for event in told.values():
        if event.kind is EventKind.AT_RISK:
            assert event.qualifier not in spoken
        spoken.add(event.qualifier.partition(" ")[0])


@given(schedules(), DEADLINES)
def test_a_stall_ends_before_the_next_one(schedule: list[Move], deadline: datetime) -> None:
    world = WatchedWorld(rules=QUICK)
    played(world, schedule, deadline)
    told = [e for e in world.told if e.kind in {EventKind.STALLED, EventKind.RESUMED}]
    expected = [EventKind.STALLED, EventKind.RESUMED] * len(told)
    assert [event.kind for event in told] == expected[: len(told)]
    for stalled, resumed in zip(told[::2], told[1::2], strict=False):
        assert stalled.qualifier == resumed.qualifier


@given(st.integers(0, 119), st.lists(_WAITS, max_size=12), st.integers(1, 30))
def test_blind_time_neither_makes_a_stall_nor_loses_one(
    before: int, gaps: list[timedelta], every: int
) -> None:
    """Two hours of watching make a stall, however they are cut by gaps."""
    world = watched(job_of(Move("poll", MINUTE), START + 900 * HOUR), rules=RULES)
    job = world.record().job
    seen = timedelta()
    for _ in range(before):
        world.poll(job)
        seen += MINUTE
    for gap in gaps:
        world.poll(job, after=gap)
        seen += min(gap, RULES.grace_period)
        for _ in range(every):
            world.poll(job)
            seen += MINUTE
    assert (EventKind.STALLED in {event.kind for event in world.told}) == (
        seen >= RULES.stalled_after
    )


@given(st.lists(listings(), min_size=1, max_size=5), st.timedeltas(timedelta(), 9 * HOUR))
def test_a_repeated_tick_is_silent_and_changes_nothing(
    several: list[Listing], later: timedelta
) -> None:
    world = WatchedWorld(rules=RULES)
    for one in several:
        world.poll(*one.jobs)
    world.tick(after=later)
    before = world.snapshot
    assert world.tick(after=timedelta()) == []
    assert world.snapshot == before


@given(st.lists(jobs(), max_size=5, unique_by=lambda job: job.id), st.booleans())
def test_nothing_is_told_of_a_job_that_has_ended(several: list[BatchJob], first: bool) -> None:  # noqa: FBT001 - drawn
    world = WatchedWorld(rules=RULES)
    if not first:
        world.poll()
    ended = [replace(job, status=ENDS[index % 4]) for index, job in enumerate(several)]
    world.poll(*ended)
    world.poll(*several)
    world.tick(after=1000 * HOUR)
    silent = {job.id for job in ended if job.status != "COMPLETED" or job.output_file_id}
    assert not [event for event in of_rules(world.told) if event.job_id in silent]


def test_an_account_without_jobs_has_nothing_to_watch() -> None:
    decision = watch(
        Snapshot(account="default"),
        rules=RULES,
        outlook=lambda record: (_ for _ in ()).throw(AssertionError(record)),
        now=START,
    )
    assert (decision.records, decision.events) == ((), ())


def test_between_two_looks_at_a_job_no_forecast_is_asked_for() -> None:
    world = watched(job_of(Move("poll", MINUTE), START + 24 * HOUR), rules=RULES)
    decision = watch(
        world.snapshot,
        rules=RULES,
        outlook=lambda record: (_ for _ in ()).throw(AssertionError(record)),
        now=world.now + MINUTE,
    )
    assert (decision.records, decision.events) == ((), ())


def test_both_rules_may_speak_in_one_decision() -> None:
    job = job_of(Move("poll", MINUTE), START + 3 * HOUR + MINUTE)
    world = watched(job, rules=RULES)
    told = world.stands(job, during=2 * HOUR)
    assert kinds(told) == ["batch.deadline_approaching", "batch.stalled"]


def test_only_changed_records_are_written() -> None:
    job = job_of(Move("poll", MINUTE), START + HOUR)
    other = replace(job, id="job-2", job_deadline=None)
    world = watched(job, other, rules=RULES)
    decision = watch(
        world.snapshot, rules=RULES, outlook=world._outlook, now=world.now + 50 * MINUTE
    )
    assert [record.job.id for record in decision.records] == ["job-1"]
    assert applied(world.snapshot, decision, world.now).records["job-2"].job == other
