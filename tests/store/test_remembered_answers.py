"""What the database answered, in memory while nobody commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batchbell.store import accounts
from batchbell.store.opening import database_at
from batchbell.store.remembered_answers import RememberedAnswers
from batchbell.store.tables import accounts as table
from tests.fakes import START

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from batchbell.store.database import Database, Transaction


class Names:
    """Asks for the accounts there are, and counts how often it had to."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, transaction: Transaction, *, prefix: str = "") -> list[str]:
        self.asked += 1
        found = (each.health.account for each in accounts.load_all(transaction))
        return [name for name in found if name.startswith(prefix)]


def add(database: Database, name: str) -> None:
    with database.write() as transaction:
        accounts.save(transaction, accounts.load(transaction, name))


def unchanged(transaction: Transaction) -> str:
    """Say that nobody has committed."""
    del transaction
    return "as it was"


def answered(
    database: Database, answers: RememberedAnswers, names: Names, **about: Hashable
) -> list[str]:
    with database.read() as transaction:
        return answers.of(transaction)(names, **about)


def test_while_nobody_commits_the_database_is_asked_once(database: Database) -> None:
    names, answers = Names(), RememberedAnswers(database.state)
    add(database, "one")

    def is_remembered() -> bool:
        before = names.asked
        assert answered(database, answers, names) == ["one"]
        return names.asked == before

    # On a server others may commit meanwhile, in databases of their own.
    assert any(is_remembered() for _ in range(1_000))


def test_what_is_asked_about_something_else_is_another_question(database: Database) -> None:
    names, answers = Names(), RememberedAnswers(unchanged)
    add(database, "one")
    for prefix, found in (("o", ["one"]), ("t", []), ("o", ["one"])):
        assert answered(database, answers, names, prefix=prefix) == found
    assert names.asked == 2


def test_each_commit_makes_the_database_be_asked_again(database: Database) -> None:
    names, answers = Names(), RememberedAnswers(database.state)
    for number, name in enumerate("abc", start=1):
        add(database, name)
        assert answered(database, answers, names) == list("abc"[:number])
    assert names.asked == 3


def test_another_process_commits_as_well(new_url: Callable[[], str]) -> None:
    url = new_url()
    database, other = database_at(url), database_at(url)
    names, answers = Names(), RememberedAnswers(database.state)
    add(database, "one")
    assert answered(database, answers, names) == ["one"]
    with other.write() as transaction:
        transaction.execute(table.update().values(last_poll_at=START))
    assert answered(database, answers, names) == ["one"]
    add(other, "two")
    other.close()
    assert answered(database, answers, names) == ["one", "two"]
    assert names.asked == 3
    database.close()


def test_who_reads_an_older_state_gets_its_answer_and_not_the_newer_one(
    database: Database,
) -> None:
    names, answers = Names(), RememberedAnswers(database.state)
    add(database, "one")
    with database.read() as transaction:
        ask = answers.of(transaction)
        add(database, "two")
        assert answered(database, answers, names) == ["one", "two"]
        assert ask(names) == ["one"]
    assert answered(database, answers, names) == ["one", "two"]


def test_what_nobody_asked_for_longest_is_forgotten_first(database: Database) -> None:
    names, answers = Names(), RememberedAnswers(unchanged, most=2)
    for prefix in "abacb":
        answered(database, answers, names, prefix=prefix)
    assert names.asked == 4
    answered(database, answers, names, prefix="c")
    assert names.asked == 4


def test_of_a_state_that_nothing_tells_nothing_is_kept(database: Database) -> None:
    names, answers = Names(), RememberedAnswers(lambda _: None)
    answered(database, answers, names)
    answered(database, answers, names)
    assert names.asked == 2


@pytest.mark.sqlite
def test_a_database_that_was_closed_is_not_taken_for_what_it_was(database: Database) -> None:
    names, answers = Names(), RememberedAnswers(database.state)
    add(database, "one")
    answered(database, answers, names)
    database.close()
    add(database, "two")
    assert answered(database, answers, names) == ["one", "two"]
