"""From events to messages: who is told, in which message, and why the others are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.announcement import plan, plan_named
from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.file_names import named
from batchbell.core.job import BatchJob
from batchbell.core.mute import Mute
from batchbell.core.reminders import to_repeat
from batchbell.core.routing import EVENTS_PER_MESSAGE, Filter, Route
from tests.fakes import MINUTE, START

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

TEAM = Filter(channel="team", events=("*",))
NIGHT = Filter(channel="night", input_files=("nightly*",))
MUTE = Mute(job_id="job-1", muted_at=START, until=START + 60 * MINUTE)


def event(number: int = 1, kind: EventKind = EventKind.FAILED, **fields: Any) -> Event:
    job = BatchJob(id=f"job-{number}", input_file_id=f"file-{number}")
    return Event(
        kind=kind,
        account="default",
        job_id=job.id,
        happened_at=START,
        seen_at=START,
        **{"job": job, **fields},
    )


def events() -> SearchStrategy[list[Event]]:
    return st.lists(st.builds(event, st.integers(1, 60), st.sampled_from(EventKind)), max_size=90)


FILTERS = st.lists(
    st.builds(
        Filter,
        channel=st.sampled_from(["a", "b", "c"]),
        events=st.none() | st.just(("batch.*",)),
        min_severity=st.sampled_from(Severity),
        parts_at=st.none() | st.sampled_from(Severity),
        closed=st.sampled_from(["", "it wants no more"]),
    ),
    max_size=3,
    unique_by=lambda wanted: wanted.channel,
)


@given(events(), FILTERS)
def test_each_channel_is_told_each_event_once_or_it_is_said_why_not(
    several: list[Event], filters: list[Filter]
) -> None:
    made = plan(several, filters, mutes=[MUTE], now=START)
    assert {route.event.key for route in made.routes} == {each.key for each in several}
    assert len(made.routes) == len({each.key for each in several})
    for wanted in filters:
        told = [
            each.key
            for digest in made.digests
            if digest.channel == wanted.channel
            for each in digest.events
        ]
        wants = {route.event.key for route in made.routes if wanted.channel in route.told}
        assert len(told) == len(set(told))
        assert set(told) == wants
        for route in made.routes:
            assert (wanted.channel in route.told) != (wanted.channel in route.not_told)


@given(events(), FILTERS)
def test_a_message_tells_twenty_events_at_most_and_is_never_empty(
    several: list[Event], filters: list[Filter]
) -> None:
    made = plan(several, filters, now=START)
    assert all(0 < len(digest.events) <= EVENTS_PER_MESSAGE for digest in made.digests)
    for wanted in filters:
        wants = sum(wanted.channel in route.told for route in made.routes)
        messages = sum(digest.channel == wanted.channel for digest in made.digests)
        split = wanted.parts_at is not None
        assert messages <= -(-wants // EVENTS_PER_MESSAGE) + split


@given(events(), FILTERS)
def test_what_was_recorded_before_is_not_announced_again(
    several: list[Event], filters: list[Filter]
) -> None:
    known = {each.key for each in several}
    again = plan(several, filters, known=known, now=START)
    assert (again.routes, again.digests) == ((), ())


@given(events(), FILTERS, st.randoms(use_true_random=False))
def test_the_order_of_events_is_irrelevant(
    several: list[Event], filters: list[Filter], chance: Any
) -> None:
    unique = list({each.key: each for each in several}.values())
    shuffled = chance.sample(unique, len(unique))
    assert plan(unique, filters, now=START) == plan(shuffled, filters, now=START)


def test_the_worst_is_told_first_and_gives_the_message_its_severity() -> None:
    made = plan([event(1, EventKind.CREATED), event(2)], [TEAM], now=START)
    (digest,) = made.digests
    assert [each.kind for each in digest.events] == [EventKind.FAILED, EventKind.CREATED]
    assert digest.severity is Severity.FAILURE


def test_a_mute_a_closed_channel_and_a_filter_each_say_so() -> None:
    closed = Filter(channel="closed", closed="it wants no more")
    made = plan([event(1), event(2)], [TEAM, closed, NIGHT], mutes=[MUTE], now=START)
    reasons = {route.event.job_id: dict(route.not_told) for route in made.routes}
    assert reasons["job-1"] == {
        "team": "muted until 2026-11-23 13:00 UTC",
        "closed": "it wants no more",
        "night": "input_files: none matches none of nightly*",
    }
    assert reasons["job-2"].keys() == {"closed", "night"}


def test_a_message_waits_for_a_name_only_if_that_is_being_asked_for() -> None:
    several = [event(1), event(2, EventKind.CREATED)]
    apart = Filter(channel="team", events=("*",), parts_at=Severity.FAILURE)
    made = plan(several, [apart], awaited={"file-2"}, now=START)
    assert [digest.awaits_name for digest in made.digests] == [False, True]


def named_route(**not_told: str) -> Route:
    return Route(event=named(event(), {"file-1": "nightly.jsonl"}), not_told=not_told)


def test_who_missed_the_name_is_told_once_it_is_known() -> None:
    missed = "input_files: none matches none of nightly*"
    day = Filter(channel="day", input_files=("daily*",))
    made = plan_named(
        [named_route(night=missed, day=missed, info="min_severity: too low")],
        [TEAM, NIGHT, day],
        now=START,
    )
    (route,) = made.routes
    assert route.told == ("night",)
    assert route.not_told == {
        "day": "input_files: nightly.jsonl matches none of daily*",
        "info": "min_severity: too low",
    }
    assert [(each.channel, each.events[0].input_file) for each in made.digests] == [
        ("night", "nightly.jsonl")
    ]


def test_who_was_told_or_kept_silent_for_another_reason_is_not_told_again() -> None:
    made = plan_named([named_route(night="first poll")], [TEAM, NIGHT], now=START)
    assert made.digests == ()
    assert made.routes[0].not_told == {"night": "first poll"}


def test_a_mute_holds_for_what_is_told_late_too() -> None:
    missed = "input_files: none matches none of nightly*"
    made = plan_named([named_route(night=missed)], [NIGHT], mutes=[MUTE], now=START)
    assert made.digests == ()
    assert made.routes[0].not_told == {"night": "muted until 2026-11-23 13:00 UTC"}


def test_a_name_is_put_into_the_events_of_its_file_only() -> None:
    assert named(event(1), {"file-2": "b.jsonl"}) == event(1)
    assert named(event(2), {"file-2": "b.jsonl"}).input_file == "b.jsonl"
    assert named(event(2), {"file-2": ""}) == event(2)


def test_failures_are_repeated_where_they_were_told_and_reminders_are_wanted() -> None:
    remind = Filter(channel="oncall", remind_every=60 * MINUTE)
    routes = [
        Route(event=event(1), told=("team", "oncall")),
        Route(event=event(2), told=("team",)),
        Route(event=event(3, EventKind.COMPLETED), told=("oncall",)),
        Route(event=event(4, silent_because="first poll"), not_told={"oncall": "first poll"}),
    ]
    anew, repeated = to_repeat(routes, [TEAM, remind])
    # An end asks for its own acknowledgement, if for any.
    assert anew == {("default", f"job-{number}") for number in (1, 2, 3)}
    assert repeated == [(event(1).key, "oncall")]
