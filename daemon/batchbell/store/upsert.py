"""`INSERT ... ON CONFLICT`, spelled alike for both databases we speak to."""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import false, literal_column, null, true
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Dialect, Table
    from sqlalchemy.dialects import postgresql


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that knows `on_conflict_do_...` for this connection's database."""
    return _insert(connection.dialect.name, table)


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 (40 ms that SQLite users need not wait)

    return postgresql.insert(table)


def upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, or overwrite those with the same primary key; all rows have the same keys."""
    if rows:
        connection.execute(_statement(connection.dialect.name, table, tuple(rows[0])), list(rows))


def upsert_values(
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Iterable[tuple[object, ...]],
    same: Mapping[str, object] | None = None,
) -> None:
    """Do the same with rows of values as they are stored, in the columns' order.

    `same` are other columns and the value that all rows have there. A third of the time of
    `upsert`: SQLAlchemy looks at no value.
    """
    same = same or {}
    # Numbers are written into the statement: SQLite takes longest for the values bound to it.
    written = {name: value for name, value in same.items() if not isinstance(value, str)}
    texts = {name: value for name, value in same.items() if name not in written}
    names = (*columns, *texts)
    bound = [(*row, *texts.values()) for row in rows]
    if not bound:
        return
    compiled = _compiled(connection.dialect, table, names, tuple(written.items()))
    if compiled.positional:
        places = [names.index(name) for name in compiled.positiontup or ()]
        connection.exec_driver_sql(str(compiled), list(map(itemgetter(*places), bound)))
    else:
        named = [dict(zip(names, row, strict=True)) for row in bound]
        connection.exec_driver_sql(str(compiled), named)


@lru_cache(maxsize=64)
def _compiled(
    dialect: Dialect,
    table: Table,
    columns: tuple[str, ...],
    written: tuple[tuple[str, object], ...],
) -> SQLCompiler:
    names = (*columns, *(name for name, _ in written))
    statement = _statement(dialect.name, table, names)
    values = {**dict.fromkeys(columns), **{name: _literal(value) for name, value in written}}
    compiled = statement.values(values).compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - what an INSERT compiles to
    return compiled


def _literal(value: object) -> ColumnElement[Any]:
    if isinstance(value, bool):
        return true() if value else false()
    return null() if value is None else literal_column(repr(value))


@lru_cache(maxsize=64)
def _statement(
    dialect: str, table: Table, columns: tuple[str, ...]
) -> sqlite.Insert | postgresql.Insert:
    key = [column.name for column in table.primary_key]
    statement = _insert(dialect, table)
    changed = {name: statement.excluded[name] for name in columns if name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=changed)
