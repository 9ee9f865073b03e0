"""`INSERT ... ON CONFLICT`, spelled alike for both databases we speak to."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table
    from sqlalchemy.dialects import postgresql


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that knows `on_conflict_do_...` for this connection's database."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 (40 ms that SQLite users need not wait)

    return postgresql.insert(table)


def upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, or overwrite those with the same primary key; all rows have the same keys."""
    if rows:
        connection.execute(_statement(connection, table, list(rows[0])), list(rows))


def upsert_values(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[tuple[object, ...]],
) -> None:
    """Do the same with rows of values as they are stored, in the columns' order.

    A third of the time of `upsert`: SQLAlchemy looks at no value.
    """
    if not rows:
        return
    statement = _statement(connection, table, columns).values(dict.fromkeys(columns))
    compiled = statement.compile(dialect=connection.dialect)
    if compiled.positional:
        places = [columns.index(name) for name in compiled.positiontup or ()]
        if places != list(range(len(columns))):
            rows = list(map(itemgetter(*places), rows))
        connection.exec_driver_sql(str(compiled), list(rows))
    else:
        named = [dict(zip(columns, row, strict=True)) for row in rows]
        connection.exec_driver_sql(str(compiled), named)


def _statement(
    connection: Connection, table: Table, columns: Sequence[str]
) -> sqlite.Insert | postgresql.Insert:
    key = [column.name for column in table.primary_key]
    statement = insert(connection, table)
    changed = {name: statement.excluded[name] for name in columns if name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=changed)
