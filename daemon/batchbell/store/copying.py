"""Copying all rows of one database into an empty one, whichever engines keep them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, literal, select, text, tuple_

from batchbell.core.text import harmless_text
from batchbell.errors import DatabaseError, UsageError
from batchbell.store import schema
from batchbell.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Column, Connection, Row, Table

    from batchbell.store.database import Database

#: Rows that are held in memory.
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedTable:
    """A table that was copied, and compared."""

    name: str
    rows: int
    #: SHA-256 of all rows in the order of their keys, as it was in both databases.
    checksum: str


def copy_all(
    source: Database,
    target: Database,
    now: datetime,
    *,
    observe: Callable[[str, int], None] = lambda _table, _rows: None,
) -> list[CopiedTable]:
    """Copy everything, in one transaction of the target: all of it is there afterwards, or nothing.

    No daemon may run on either. What arrived is read back and compared before it is committed.
    `observe` is told a table's name and how many of its rows are there. Raises
    `AlreadyRunningError`, `UsageError` if the target holds rows, `DatabaseError`.
    """
    with source.only_daemon(), target.only_daemon():
        with source.read() as reading:
            schema.require_current(reading)
        target.upgrade(now)
        with source.read() as reading, target.write() as writing:
            _require_empty(target.name, writing)
            return [_copied(table, reading, writing, observe) for table in metadata.sorted_tables]


def _require_empty(name: str, connection: Connection) -> None:
    for table in metadata.sorted_tables:
        if connection.execute(select(table).limit(1)).first() is not None:
            raise UsageError(
                f"{name} holds data already ({table.name}): copy into a new, empty database"
            )


def _copied(
    table: Table, reading: Connection, writing: Connection, observe: Callable[[str, int], None]
) -> CopiedTable:
    sent, rows = _Digest(), 0
    for some in _parts(table, reading):
        writing.execute(insert(table), [dict(row._mapping) for row in some])  # noqa: SLF001 - documented
        sent.add(some)
        rows += len(some)
        observe(table.name, rows)
    arrived = _Digest()
    for some in _parts(table, writing):
        arrived.add(some)
    if arrived.checksum != sent.checksum:
        raise DatabaseError(
            f"{table.name} did not arrive as it was ({rows} rows): nothing is copied; tell us"
        )
    _count_on(table, writing)
    return CopiedTable(name=table.name, rows=rows, checksum=sent.checksum)


def _parts(table: Table, connection: Connection) -> Iterator[Sequence[Row[Any]]]:
    """Yield all rows in the order of their keys, some at a time."""
    keys = list(table.primary_key)
    query = select(table).order_by(*keys).limit(AT_ONCE)
    some = connection.execute(query).all()
    while some:
        yield some
        last = [some[-1]._mapping[key] for key in keys]  # noqa: SLF001 - documented
        some = connection.execute(query.where(_behind(keys, last))).all()


def _behind(keys: list[Column[Any]], last: list[Any]) -> Any:  # noqa: ANN401 - SQLAlchemy's
    values = [literal(value, key.type) for key, value in zip(keys, last, strict=True)]
    return tuple_(*keys) > tuple_(*values)


def _count_on(table: Table, connection: Connection) -> None:
    """Let the next row get the number after the last one; SQLite does so by itself."""
    number = table.autoincrement_column
    if connection.dialect.name != "postgresql" or number is None:
        return
    last = connection.execute(select(func.max(number))).scalar_one()
    if last is not None:
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)"),
            {"table": table.name, "column": number.name, "last": last},
        )


class _Digest:
    """What rows hold, however an engine writes it."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, rows: Sequence[Row[Any]]) -> None:
        for row in rows:
            line = json.dumps([_plain(value) for value in row], sort_keys=True, default=repr)
            self._hash.update(line.encode() + b"\n")

    @property
    def checksum(self) -> str:
        return self._hash.hexdigest()


def _plain(value: object) -> object:
    """Return a value as every engine keeps it: PostgreSQL takes no NUL."""
    return harmless_text(value) if isinstance(value, str) and "\x00" in value else value
