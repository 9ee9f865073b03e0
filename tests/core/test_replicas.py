from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.replicas import Replica, differing, spread

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
ACCOUNTS = [f"account {number}" for number in range(100)]


def replica(name: str, *, config: str = "x", minutes: int = 0) -> Replica:
    return Replica(
        id=name,
        name=name,
        version="1",
        started_at=NOW + timedelta(minutes=minutes),
        seen_at=NOW,
        until=NOW + timedelta(seconds=4),
        config=config,
        subjects=frozenset(),
    )


def count(watched: dict[str, str]) -> list[int]:
    return sorted(list(watched.values()).count(each) for each in set(watched.values()))


def test_subjects_of_each_kind_are_spread_evenly() -> None:
    several = [*ACCOUNTS, *(f"channel {number}" for number in range(10))]
    watched = spread(dict.fromkeys("abc", several))
    assert set(watched) == set(several)
    assert count({each: watched[each] for each in ACCOUNTS})[-1] == 34
    assert count({each: watched[each] for each in several[100:]})[-1] == 4


@given(st.sets(st.sampled_from("abcdefgh"), min_size=1), st.integers(0, 30))
def test_nobody_has_two_more_than_another_one(replicas: set[str], accounts: int) -> None:
    watched = spread(dict.fromkeys(replicas, ACCOUNTS[:accounts]))
    counts = [list(watched.values()).count(each) for each in replicas]
    assert max(counts) - min(counts) <= 1
    assert sum(counts) == accounts


def test_who_joins_or_leaves_moves_little_else() -> None:
    three = spread(dict.fromkeys("abc", ACCOUNTS))
    two = spread(dict.fromkeys("ab", ACCOUNTS))
    moved = [each for each in ACCOUNTS if three[each] != "c" and three[each] != two[each]]
    assert len(moved) <= 20


def test_only_those_that_know_a_subject_watch_it() -> None:
    watched = spread({"a": ["account 1", "account 2"], "b": ["account 3"]})
    assert watched == {"account 1": "a", "account 2": "a", "account 3": "b"}
    assert spread({}) == {}


@given(st.dictionaries(st.sampled_from("abcd"), st.sets(st.sampled_from(ACCOUNTS[:9]))))
def test_all_replicas_decide_alike_and_leave_nothing_out(wanted: dict[str, set[str]]) -> None:
    watched = spread(wanted)
    assert watched == spread(dict(reversed(wanted.items())))
    assert set(watched) == set().union(*wanted.values())
    assert all(subject in wanted[by] for subject, by in watched.items())


def test_a_replica_lives_until_its_time_is_up() -> None:
    one = replica("a")
    assert one.is_alive(NOW)
    assert not one.is_alive(one.until)


def test_those_with_another_configuration_than_most_differ() -> None:
    a, b, c = replica("a"), replica("b", minutes=1), replica("c", minutes=2)
    assert differing([a, b, c]) == []
    assert differing([a, replace(b, config="y"), c]) == [replace(b, config="y")]
    # Of two the younger one is what is wanted now.
    assert differing([a, replace(b, config="y")]) == [a]
    assert differing([]) == []


def test_another_version_may_have_another_configuration() -> None:
    """Else every upgrade of one after the other would be told as a mistake."""
    old, new = replica("a"), replace(replica("b", config="y", minutes=1), version="2")
    assert differing([old, new]) == []
    odd = replace(new, id="c", config="z", started_at=NOW)
    assert differing([old, new, odd]) == [odd]
