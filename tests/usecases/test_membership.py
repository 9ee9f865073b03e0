"""Replicas on one database: who has what, and that a late one does no harm."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.errors import DatabaseError, LeaseLostError
from batchbell.store import replicas
from batchbell.store.database import about_account
from batchbell.usecases import membership
from batchbell.usecases.membership import LEASE_SECONDS, Identity, Membership

if TYPE_CHECKING:
    from batchbell.store.database import Database

ACCOUNTS = [about_account(f"a{number}") for number in range(6)]


class Team:
    """Replicas whose database's clock is moved by hand."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.seconds = 0.0

    def join(self, name: str, subjects: list[str] = ACCOUNTS, config: str = "x") -> Membership:
        identity = Identity(id=name, name=f"{name}:1", version="1")
        one = Membership(self.database, identity, seconds=lambda: self.seconds)
        one.want(subjects, config)
        return one

    def pass_time(self, seconds: float) -> None:
        """Let both clocks go on: what was written becomes so much older."""
        self.seconds += seconds
        with self.database.write() as connection:
            moved = int(seconds * 1_000_000)
            connection.exec_driver_sql(
                f"UPDATE replicas SET seen_at = seen_at - {moved}, until = until - {moved}"
            )


@pytest.fixture
def team(database: Database) -> Team:
    return Team(database)


def require(team: Team, one: Membership, subject: str) -> None:
    with team.database.write() as connection:
        one.require(connection, subject)


def beats(*several: Membership) -> None:
    for one in several:
        one.beat()


def settle(*several: Membership) -> None:
    """Let work end on what others are to have, and let them take it."""
    for _ in range(3):
        for one in several:
            one.ended(one.leaving())
        beats(*several)


def test_what_a_replica_is_configured_for_is_written_and_read_when_that_changes_alone(
    team: Team,
) -> None:
    """With many accounts it is long, and a sign of life comes every second."""
    first, second = team.join("a"), team.join("b")
    settle(first, second)
    with team.database.write() as connection:
        connection.exec_driver_sql("UPDATE replicas SET subjects = '[]'")
    settle(first, second)
    assert len(first.held()) == len(second.held()) == 3
    with team.database.read() as connection:
        assert [each.subjects for each in replicas.load(connection)] == [frozenset()] * 2

    second.want(["account z"], "y")
    settle(first, second)
    assert first.held() == set(ACCOUNTS)
    assert second.held() == {"account z"}
    with team.database.read() as connection:
        assert {"account z"} in [each.subjects for each in replicas.load(connection)]


def test_who_is_alone_has_everything_at_once(team: Team) -> None:
    alone = team.join("a")
    assert not alone.holds(ACCOUNTS[0])
    alone.beat()
    assert alone.held() == set(ACCOUNTS)
    assert alone.cut_off_seconds() == 0
    require(team, alone, ACCOUNTS[0])


def test_much_is_taken_with_several_signs_of_life(team: Team) -> None:
    """Those of others wait for each."""
    identity = Identity(id="a", name="a:1", version="1")
    one = Membership(team.database, identity, seconds=lambda: team.seconds, taken_at_once=4)
    one.want(ACCOUNTS, "x")
    held = []
    for _ in range(3):
        one.beat()
        held.append(len(one.held()))
    assert held == [4, 6, 6]


def test_one_that_joins_gets_its_share_once_work_on_it_has_ended(team: Team) -> None:
    first, second = team.join("a"), team.join("b")
    beats(first, second, first)
    assert second.held() == set()
    assert len(first.held()) == len(first.leaving()) == 3
    settle(first, second)
    assert first.held() | second.held() == set(ACCOUNTS)
    assert len(first.held()) == len(second.held()) == 3


def test_what_a_dead_one_had_is_taken_when_its_time_is_up(team: Team) -> None:
    first, second = team.join("a"), team.join("b")
    beats(first)
    settle(first, second)
    for _ in range(3):
        team.pass_time(1)
        second.beat()
    assert len(second.held()) == 3
    team.pass_time(1)
    second.beat()
    assert second.held() == set(ACCOUNTS)


def test_one_that_leaves_gives_everything_back_at_once(team: Team) -> None:
    first, second = team.join("a"), team.join("b")
    beats(first)
    settle(first, second)
    first.leave()
    second.beat()
    assert second.held() == set(ACCOUNTS)
    # A beat that was under way comes too late to take part again.
    first.beat()
    with team.database.read() as connection:
        assert [each.id for each in replicas.load(connection)] == ["b"]


def test_what_a_paused_one_writes_later_is_refused(team: Team) -> None:
    paused, other = team.join("a"), team.join("b")
    paused.beat()
    require(team, paused, ACCOUNTS[0])
    team.pass_time(LEASE_SECONDS)
    assert paused.held() == set()
    assert not paused.holds(ACCOUNTS[0])
    other.beat()
    assert other.held() == set(ACCOUNTS)
    with pytest.raises(LeaseLostError, match="account a0 is another replica's now"):
        require(team, paused, ACCOUNTS[0])
    require(team, other, ACCOUNTS[0])


def test_one_that_had_it_before_and_has_it_again_writes_under_a_new_number(team: Team) -> None:
    """What it began before the pause is refused, although the account is its own again."""
    paused, other = team.join("a", ACCOUNTS[:1]), team.join("b", ACCOUNTS[:1])
    paused.beat()
    with team.database.read() as connection:
        before = replicas.fence_of(connection, ACCOUNTS[0])
    team.pass_time(LEASE_SECONDS)
    other.beat()
    other.leave()
    paused.beat()
    with team.database.read() as connection:
        after = replicas.fence_of(connection, ACCOUNTS[0])
    assert (before, after) == (("a", 1), ("a", 3))


def test_a_cut_off_one_knows_it_by_its_own_clock(team: Team) -> None:
    one = team.join("a")
    one.beat()
    team.seconds += LEASE_SECONDS - 0.1
    assert one.holds(ACCOUNTS[0])
    team.seconds += 3
    assert one.cut_off_seconds() == pytest.approx(2.9)
    assert not one.holds(ACCOUNTS[0])


def test_an_account_that_one_alone_knows_is_its_own(team: Team) -> None:
    first, second = team.join("a"), team.join("b", [*ACCOUNTS, about_account("new")], "y")
    beats(first, second)
    settle(first, second)
    assert about_account("new") in second.held()
    assert [each.id for each in second.differing] == ["a"]


def test_the_dead_are_forgotten_later(team: Team) -> None:
    first, second = team.join("a"), team.join("b")
    beats(first, second)
    team.pass_time(60)
    second.beat()
    with team.database.read() as connection:
        assert len(replicas.load(connection)) == 2
    team.pass_time(replicas.FORGOTTEN_AFTER.total_seconds())
    second.beat()
    with team.database.read() as connection:
        assert [each.id for each in replicas.load(connection)] == ["b"]


def test_when_the_database_went_away_is_remembered_and_standing_still_is_no_outage(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = team.join("a")
    one.beat()
    team.pass_time(60)
    one.beat()
    assert one.failed_ago() is None

    def away(_transaction: object) -> None:
        raise DatabaseError("the server can't be reached")

    with monkeypatch.context() as patched:
        patched.setattr(membership, "database_time", away)
        for _ in range(3):
            with pytest.raises(DatabaseError):
                one.beat()
            team.pass_time(10)
    one.beat()
    team.pass_time(5)
    assert one.failed_ago() == timedelta(seconds=35)
