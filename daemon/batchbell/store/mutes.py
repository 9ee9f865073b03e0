"""The mutes in force; one for each combination of account, model and job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from batchbell.core.mute import Mute
from batchbell.store.tables import mutes
from batchbell.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection


def load(connection: Connection, now: datetime) -> list[Mute]:
    """Return the mutes that have not ended, the one that ends first first."""
    query = select(mutes).where(mutes.c.until > now)
    return [
        Mute(
            account=row.account,
            model=row.model,
            job_id=row.job,
            muted_at=row.muted_at,
            until=row.until,
        )
        for row in connection.execute(query.order_by(mutes.c.until, mutes.c.job, mutes.c.model))
    ]


def save(connection: Connection, mute: Mute) -> None:
    """Write a mute; it takes the place of an earlier one of the same jobs."""
    row = {
        "account": mute.account,
        "model": mute.model,
        "job": mute.job_id,
        "muted_at": mute.muted_at,
        "until": mute.until,
    }
    upsert(connection, mutes, [row])


def remove(connection: Connection, several: Sequence[Mute]) -> None:
    """End these mutes now."""
    for mute in several:
        connection.execute(
            delete(mutes).where(
                mutes.c.account == mute.account,
                mutes.c.model == mute.model,
                mutes.c.job == mute.job_id,
            )
        )


def forget_ended(connection: Connection, *, before: datetime) -> None:
    """Delete the mutes that ended before a moment."""
    connection.execute(delete(mutes).where(mutes.c.until < before))
