"""Which accounts somebody means to poll."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.account_health import AccountHealth, AccountState
from batchbell.core.standing.accounts import account_standing
from batchbell.core.standing.reasons import Reason
from batchbell.store import accounts
from tests.fakes import MINUTE, START

if TYPE_CHECKING:
    from batchbell.store.database import Database

GRACE_PERIOD = timedelta(minutes=3)


def polled(database: Database, *names: str) -> None:
    with database.write() as connection:
        for name in names:
            state = AccountState(
                health=AccountHealth(account=name),
                last_poll_at=START,
                last_good_poll_at=START,
                blind_after=START + GRACE_PERIOD,
            )
            accounts.save(connection, state)


def failed(database: Database, name: str) -> None:
    health = AccountHealth(account=name, failing_since=START, failures=1, last_error="no")
    with database.write() as connection:
        accounts.save(connection, AccountState(health=health, last_poll_at=START))


def configured(database: Database, *names: str) -> dict[str, AccountState]:
    with database.write() as connection:
        accounts.configure(connection, names)
        return {state.health.account: state for state in accounts.load_all(connection)}


def test_polled_well_is_who_stands_so(database: Database) -> None:
    polled(database, "well", "old", "down")
    failed(database, "new")
    configured(database, "well", "down", "new")
    with database.write() as connection:
        down = accounts.load(connection, "down")
        health = replace(down.health, failing_since=START, failures=1)
        accounts.save(connection, replace(down, health=health))
    for now in (START, START + GRACE_PERIOD, START + GRACE_PERIOD + MINUTE):
        with database.read() as connection:
            judged = {
                state.health.account
                for state in accounts.load_all(connection)
                if account_standing(state, now).has(Reason.POLLED_IN_TIME)
            }
            assert accounts.polled_well(connection, now) == judged
        assert judged == ({"well"} if now <= START + GRACE_PERIOD else set())


def test_nobody_waits_for_an_account_that_is_no_longer_configured(database: Database) -> None:
    polled(database, "kept", "old")
    found = configured(database, "kept", "new")
    assert found["kept"].blind_after == START + GRACE_PERIOD
    assert found["old"].blind_after is None
    assert not found["old"].is_watched
    assert found["old"].last_good_poll_at == START


def test_one_that_was_never_polled_well_leaves_nothing_behind(database: Database) -> None:
    failed(database, "typo")
    failed(database, "down")
    found = configured(database, "down")
    assert list(found) == ["down"]
    assert found["down"].is_watched


def test_one_that_comes_back_has_been_late_since_its_last_good_poll(database: Database) -> None:
    polled(database, "old")
    configured(database, "other")
    found = configured(database, "old")
    assert found["old"].blind_after == START
    polled(database, "old")
    assert configured(database, "old")["old"].blind_after == START + 3 * MINUTE
