"""Who shares the database, as everybody is shown it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.store.database import about_account, about_channel
from batchbell.store.views.replicas import replica_views
from batchbell.usecases.membership import Identity, Membership

if TYPE_CHECKING:
    from batchbell.store.database import Database

SUBJECTS = [about_account("b"), about_account("a"), about_channel("team")]


def join(database: Database, name: str, config: str = "x") -> Membership:
    one = Membership(
        database, Identity(id=name, name=f"{name}:1", version="1"), seconds=lambda: 0.0
    )
    one.want(SUBJECTS, config)
    one.beat()
    return one


def test_where_one_daemon_runs_there_are_none(database: Database) -> None:
    with database.read() as connection:
        assert replica_views(connection) == []


def test_each_is_shown_with_its_accounts_and_the_dead_without(database: Database) -> None:
    join(database, "first")
    join(database, "second", config="y")
    with database.read() as connection:
        views = replica_views(connection)
    assert [each.replica.name for each in views] == ["first:1", "second:1"]
    assert [each.accounts for each in views] == [("a", "b"), ()]
    assert [each.channels for each in views] == [("team",), ()]
    assert [each.is_alive for each in views] == [True, True]
    # Of two the younger one's configuration is what is wanted now.
    assert [each.differs for each in views] == [True, False]

    with database.write() as connection:
        connection.exec_driver_sql("UPDATE replicas SET until = 0 WHERE id = 'first'")
        first, second = replica_views(connection)
    assert (first.is_alive, first.accounts, first.differs) == (False, (), False)
    assert (second.is_alive, second.differs) == (True, False)
