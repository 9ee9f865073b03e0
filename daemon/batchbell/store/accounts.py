"""What is known of each account: its polls, its outage, the API's clock and scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, exists, func, or_, select, update

from batchbell.core.account_health import AccountHealth, AccountState, Trouble
from batchbell.core.event import EventKind
from batchbell.store.job_conditions import RUNNING
from batchbell.store.tables import accounts, batch_jobs
from batchbell.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Row


def first_baseline(connection: Connection) -> datetime | None:
    """Return when the first account's baseline was taken; None before that."""
    first: datetime | None = connection.execute(select(func.min(accounts.c.baseline_at))).scalar()
    return first


def load(connection: Connection, name: str) -> AccountState:
    """Return the account's state; a blank one for an account never polled."""
    row = connection.execute(_ONE, {"name": name}).one_or_none()
    if row is None:
        return AccountState(health=AccountHealth(account=name))
    return _state(row)


def load_all(connection: Connection) -> list[AccountState]:
    """Return every account ever polled, by name."""
    return [_state(row) for row in connection.execute(select(accounts).order_by(accounts.c.name))]


def polled_well(connection: Connection, now: datetime) -> frozenset[str]:
    """Return the accounts whose last poll was good and not too long ago.

    `core.standing.accounts.account_standing` as SQL: of many accounts it is asked often.
    """
    is_well = accounts.c.failing_since.is_(None) & (accounts.c.blind_after >= now)
    return frozenset(connection.execute(select(accounts.c.name).where(is_well)).scalars())


def with_open_ends(connection: Connection) -> frozenset[str]:
    """Return the accounts of which time alone may make news: jobs run, or polls fail."""
    runs = exists().where(batch_jobs.c.account == accounts.c.name, RUNNING)
    query = select(accounts.c.name).where(or_(accounts.c.failing_since.is_not(None), runs))
    return frozenset(connection.execute(query).scalars())


def configure(connection: Connection, names: Collection[str]) -> None:
    """Note which accounts are polled from now on; of the others nobody waits for a poll any more.

    Those never polled well go: they have nothing but what their last poll failed of. One that is
    polled again has been late since its last good poll.
    """
    others = accounts.c.name.not_in(names)
    has_jobs = exists().where(batch_jobs.c.account == accounts.c.name)
    connection.execute(
        delete(accounts).where(others, accounts.c.last_good_poll_at.is_(None), ~has_jobs)
    )
    connection.execute(update(accounts).where(others).values(blind_after=None))
    connection.execute(
        update(accounts)
        .where(~others, accounts.c.blind_after.is_(None))
        .values(blind_after=accounts.c.last_good_poll_at)
    )


def save(connection: Connection, state: AccountState) -> None:
    """Write how an account stands."""
    health = state.health
    row = {
        "name": health.account,
        "baseline_at": state.baseline_at,
        "last_poll_at": state.last_poll_at,
        "last_good_poll_at": state.last_good_poll_at,
        "blind_after": state.blind_after,
        "failing_since": health.failing_since,
        "failures": health.failures,
        "last_error": health.last_error,
        "trouble": health.trouble or "",
        "told": sorted(health.told),
        "skew_seconds": state.skew_seconds,
        "fraction_scale": state.fraction_scale,
        "skipped_rows": state.skipped_rows,
        "bad_fields": state.bad_fields,
    }
    upsert(connection, accounts, [row])


def _state(row: Row[Any]) -> AccountState:
    return AccountState(
        health=AccountHealth(
            account=row.name,
            failing_since=row.failing_since,
            failures=row.failures,
            last_error=row.last_error,
            trouble=Trouble(row.trouble) if row.trouble else None,
            told=frozenset(EventKind(kind) for kind in row.told),
        ),
        baseline_at=row.baseline_at,
        last_poll_at=row.last_poll_at,
        last_good_poll_at=row.last_good_poll_at,
        blind_after=row.blind_after,
        skew_seconds=row.skew_seconds,
        fraction_scale=row.fraction_scale,
        skipped_rows=row.skipped_rows,
        bad_fields=row.bad_fields,
    )


# Put together once: every poll asks it.
_ONE = select(accounts).where(accounts.c.name == bindparam("name"))
