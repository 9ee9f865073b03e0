"""The numbers that metrics show: counted by the database, a few rows each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_, select

from batchbell.core.gauges import ChannelBacklog, Gauges, JobCount, closed_labels
from batchbell.store.tables import accounts, batch_jobs, notifications

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection


def read_gauges(
    connection: Connection,
    path: Path,
    *,
    watched: Collection[str],
    channels: Collection[str],
) -> Gauges:
    """Return the state of these accounts and channels, and the size of the database at `path`."""
    return Gauges(
        jobs=_jobs(connection, watched),
        at_risk=_at_risk(connection, watched),
        last_good_poll_at=_last_good_polls(connection, watched),
        backlogs=_backlogs(connection, channels),
        database_bytes={"main": _bytes(path), "wal": _bytes(path.with_name(f"{path.name}-wal"))},
    )


def _jobs(connection: Connection, watched: Collection[str]) -> tuple[JobCount, ...]:
    status = func.coalesce(batch_jobs.c.meaning, batch_jobs.c.status, "").label("status")
    model = func.coalesce(batch_jobs.c.model_id, "").label("model")
    query = (
        select(batch_jobs.c.account, status, model, func.count().label("jobs"))
        .where(batch_jobs.c.account.in_(watched))
        .group_by(batch_jobs.c.account, status, model)
    )
    return closed_labels(
        JobCount(account=row.account, status=row.status, model=row.model, jobs=row.jobs)
        for row in connection.execute(query)
    )


def _at_risk(connection: Connection, watched: Collection[str]) -> dict[str, int]:
    query = (
        select(batch_jobs.c.account, func.count().label("jobs"))
        .where(
            batch_jobs.c.account.in_(watched),
            batch_jobs.c.finished.is_(False),
            batch_jobs.c.at_risk.is_(True),
        )
        .group_by(batch_jobs.c.account)
    )
    found = {row.account: row.jobs for row in connection.execute(query)}
    return {account: found.get(account, 0) for account in watched}


def _last_good_polls(connection: Connection, watched: Collection[str]) -> dict[str, datetime]:
    query = select(accounts.c.name, accounts.c.last_good_poll_at).where(
        accounts.c.name.in_(watched), accounts.c.last_good_poll_at.is_not(None)
    )
    return {row.name: row.last_good_poll_at for row in connection.execute(query)}


def _backlogs(connection: Connection, channels: Collection[str]) -> dict[str, ChannelBacklog]:
    waits = notifications.c.state == "pending"
    # A reminder comes again by itself: one that was given up asks for nothing.
    dead = and_(notifications.c.state == "dead", ~notifications.c.reminder)
    query = (
        select(
            notifications.c.channel,
            func.count(case((waits, 1))).label("pending"),
            func.count(case((dead, 1))).label("dead"),
            func.min(case((waits, notifications.c.created_at))).label("oldest_at"),
        )
        .where(notifications.c.channel.in_(channels), or_(waits, dead))
        .group_by(notifications.c.channel)
    )
    found = {
        row.channel: ChannelBacklog(pending=row.pending, dead=row.dead, oldest_at=row.oldest_at)
        for row in connection.execute(query)
    }
    return {channel: found.get(channel, ChannelBacklog()) for channel in channels}


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
