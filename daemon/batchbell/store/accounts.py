"""What is known of each account: its polls, its outage, the API's clock and scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, func, select, update

from batchbell.core.account_health import AccountHealth, AccountState, Trouble
from batchbell.core.event import EventKind
from batchbell.store.tables import accounts, batch_jobs
from batchbell.store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta
    from typing import Any

    from sqlalchemy import Connection, Row

    from batchbell.core.listing import Listing


def first_baseline(connection: Connection) -> datetime | None:
    """Return when the first account's baseline was taken; None before that."""
    first: datetime | None = connection.execute(select(func.min(accounts.c.baseline_at))).scalar()
    return first


def load(connection: Connection, name: str) -> AccountState:
    """Return the account's state; a blank one for an account never polled."""
    row = connection.execute(select(accounts).where(accounts.c.name == name)).one_or_none()
    if row is None:
        return AccountState(health=AccountHealth(account=name))
    return _state(row)


def load_all(connection: Connection) -> list[AccountState]:
    """Return every account ever polled, by name."""
    return [_state(row) for row in connection.execute(select(accounts).order_by(accounts.c.name))]


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


def record_good_poll(
    connection: Connection,
    state: AccountState,
    listing: Listing,
    *,
    now: datetime,
    skew: timedelta | None,
) -> None:
    """Write a good poll and the health it leaves; the first one is the baseline."""
    _write(
        connection,
        state.health,
        baseline_at=state.baseline_at or now,
        last_poll_at=now,
        last_good_poll_at=now,
        blind_after=state.blind_after,
        skew_seconds=None if skew is None else skew.total_seconds(),
        fraction_scale=listing.fraction_scale,
        skipped_rows=listing.skipped_rows,
        bad_fields=listing.bad_fields,
    )


def record_failed_poll(connection: Connection, health: AccountHealth, *, now: datetime) -> None:
    """Write a failed poll; what good polls know stays."""
    _write(connection, health, last_poll_at=now)


def record_health(connection: Connection, health: AccountHealth) -> None:
    """Write what was told of an outage between two polls."""
    _write(connection, health)


def make_row(connection: Connection, name: str) -> None:
    """Make sure the account has a row, which its jobs refer to."""
    blank = {
        "name": name,
        "failures": 0,
        "last_error": "",
        "trouble": "",
        "told": [],
        "fraction_scale": False,
        "skipped_rows": 0,
        "bad_fields": 0,
    }
    connection.execute(insert(connection, accounts).values(blank).on_conflict_do_nothing())


def _write(connection: Connection, health: AccountHealth, **more: object) -> None:
    make_row(connection, health.account)
    values: dict[str, object] = {
        "failing_since": health.failing_since,
        "failures": health.failures,
        "last_error": health.last_error,
        "trouble": health.trouble or "",
        "told": sorted(health.told),
        **more,
    }
    connection.execute(update(accounts).where(accounts.c.name == health.account).values(**values))


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
