"""`INSERT ... ON CONFLICT`, spelled alike for both databases we speak to."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import false, literal, literal_column, null, true
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Dialect, Table
    from sqlalchemy.dialects import postgresql

_WRITTEN = {"literal_binds": True}


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


def upsert_columns(
    connection: Connection,
    table: Table,
    columns: Mapping[str, Sequence[object]],
    same: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Do the same with rows of values as they are stored, given by the column.

    `same` are other columns and the value that all rows have there. A third of the time of
    `upsert`: SQLAlchemy looks at no value.
    """
    # What is the same is written into the statement: to bind it to each row takes longer, and
    # sqlite3 looks for an adapter for each None and each truth value.
    alike = {name: values[0] for name, values in columns.items() if _are_alike(values)}
    names = tuple(name for name in columns if name not in alike)
    compiled = _compiled(connection.dialect, table, names, tuple({**same, **alike}.items()))
    if compiled.positional:
        order = compiled.positiontup or ()
        bound = list(zip(*map(columns.__getitem__, order), strict=True))
        connection.exec_driver_sql(str(compiled), bound)
    else:
        rows = zip(*map(columns.__getitem__, names), strict=True)
        named = [dict(zip(names, row, strict=True)) for row in rows]
        connection.exec_driver_sql(str(compiled), named)


def _are_alike(values: Sequence[object]) -> bool:
    """Whether all values are None, or the same truth value."""
    first = values[0]
    return (first is None or isinstance(first, bool)) and values.count(first) == len(values)


@lru_cache(maxsize=256)
def _compiled(
    dialect: Dialect,
    table: Table,
    columns: tuple[str, ...],
    same: tuple[tuple[str, object], ...],
) -> SQLCompiler:
    names = (*columns, *(name for name, _ in same))
    written = {name: _literal(value, dialect) for name, value in same}
    statement = _statement(dialect.name, table, names)
    # Inline: of a key that is written into the statement SQLAlchemy would ask back what it is, for
    # which SQLite keeps each row once more, and notes on the disk how to undo it.
    statement = statement.values({**dict.fromkeys(columns), **written}).inline()
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - what an INSERT compiles to
    return compiled


def _literal(value: object, dialect: Dialect) -> ColumnElement[Any]:
    """Return a stored value as a part of the statement."""
    match value:
        case None:
            return null()
        case bool():
            return true() if value else false()
        case str():
            written = literal(value).compile(dialect=dialect, compile_kwargs=_WRITTEN)
            return literal_column(str(written))
    return literal_column(repr(value))


@lru_cache(maxsize=64)
def _statement(
    dialect: str, table: Table, columns: tuple[str, ...]
) -> sqlite.Insert | postgresql.Insert:
    key = [column.name for column in table.primary_key]
    statement = _insert(dialect, table)
    changed = {name: statement.excluded[name] for name in columns if name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=changed)
