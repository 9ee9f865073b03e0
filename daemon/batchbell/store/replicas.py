"""The replicas that share a database, and what each has; times are by the database's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from batchbell.core.replicas import Replica
from batchbell.store.database import about_account, about_channel
from batchbell.store.database_clock import database_time
from batchbell.store.tables import leases, replicas
from batchbell.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Connection

#: A replica that gives no sign of life for so long is forgotten.
FORGOTTEN_AFTER = timedelta(minutes=10)

#: All but what one is configured to watch.
_SMALL = [column for column in replicas.c if column is not replicas.c.subjects]


def save(connection: Connection, replica: Replica) -> None:
    """Write a sign of life, and all else that a replica says of itself."""
    upsert(
        connection,
        replicas,
        [
            {
                "id": replica.id,
                "name": replica.name,
                "version": replica.version,
                "started_at": replica.started_at,
                "seen_at": replica.seen_at,
                "until": replica.until,
                "config": replica.config,
                "subjects": sorted(replica.subjects),
            }
        ],
    )


def renew(connection: Connection, replica: Replica) -> None:
    """Write a sign of life of one that is there, of which nothing else has changed.

    What it is configured to watch, long with many accounts, is not written again.
    """
    statement = (
        update(replicas)
        .where(replicas.c.id == replica.id)
        .values(seen_at=replica.seen_at, until=replica.until)
    )
    connection.execute(statement)


def load(connection: Connection, known: Iterable[Replica] = ()) -> list[Replica]:
    """Return all, the eldest first, those that died lately too.

    What one is configured to watch changes with its `config` alone: of those `known`, as they were
    loaded before, it is not read again.
    """
    subjects = {(each.id, each.config): each.subjects for each in known}
    query = select(*_SMALL).order_by(replicas.c.started_at, replicas.c.id)
    rows = connection.execute(query).all()
    unknown = [row.id for row in rows if (row.id, row.config) not in subjects]
    if unknown:
        wanted = (replicas.c.id, replicas.c.config, replicas.c.subjects)
        for row in connection.execute(select(*wanted).where(replicas.c.id.in_(unknown))):
            subjects[row.id, row.config] = frozenset(row.subjects)
    return [
        Replica(**row._mapping, subjects=subjects[row.id, row.config])  # noqa: SLF001 - documented
        for row in rows
    ]


def forget(connection: Connection, ids: Collection[str]) -> None:
    """Remove replicas."""
    connection.execute(delete(replicas).where(replicas.c.id.in_(ids)))


def watched(connection: Connection) -> frozenset[str]:
    """Return what those that live are configured to watch; nothing where one daemon runs."""
    known = load(connection)
    now = database_time(connection)
    return frozenset().union(*(each.subjects for each in known if each.is_alive(now)))


def accounts_of(subjects: Iterable[str]) -> list[str]:
    """Return the names of the accounts among these, sorted."""
    return _names(subjects, about_account(""))


def channels_of(subjects: Iterable[str]) -> list[str]:
    """Return the names of the channels among these, sorted."""
    return _names(subjects, about_channel(""))


def owners(connection: Connection) -> dict[str, tuple[str, int]]:
    """Return who has each subject, or had it last, with the fencing number; '' for given back."""
    return {row.subject: (row.replica, row.fence) for row in connection.execute(select(leases))}


def fence_of(connection: Connection, subject: str) -> tuple[str, int] | None:
    """Return who has a subject, with the fencing number; None if nobody ever had."""
    row = connection.execute(select(leases).where(leases.c.subject == subject)).one_or_none()
    return None if row is None else (row.replica, row.fence)


def take(connection: Connection, replica: str, fences: Mapping[str, int]) -> None:
    """Write that a replica has these subjects from now on, each under a new fencing number."""
    rows = [
        {"subject": subject, "replica": replica, "fence": fence}
        for subject, fence in sorted(fences.items())
    ]
    upsert(connection, leases, rows)


def give_back(connection: Connection, replica: str, subjects: Iterable[str] | None = None) -> None:
    """Let others have these subjects of a replica, or all of them (None)."""
    statement = update(leases).where(leases.c.replica == replica)
    if subjects is not None:
        statement = statement.where(leases.c.subject.in_(list(subjects)))
    connection.execute(statement.values(replica=""))


def _names(subjects: Iterable[str], kind: str) -> list[str]:
    return sorted(each.removeprefix(kind) for each in subjects if each.startswith(kind))
