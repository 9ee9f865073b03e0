"""Statements are compiled once a test run, not once a database.

SQLAlchemy keeps what a statement compiles to for each engine, and almost every test has an engine
of its own: a quarter of its time went into compiling what the one before had compiled.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import Compiled


class SharedStatements:
    """Compiled statements of all engines, with the part of a mapping that SQLAlchemy uses.

    Its keys begin with an engine's dialect. Ours differ in nothing but whose it is.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._compiled: dict[tuple[Any, ...], Compiled] = {}

    def get(self, key: tuple[Any, ...]) -> Compiled | None:
        """Return what a statement was compiled to; None if it was not."""
        return self._compiled.get(_of_any_engine(key))

    def __setitem__(self, key: tuple[Any, ...], compiled: Compiled) -> None:
        self._compiled[_of_any_engine(key)] = compiled


def _of_any_engine(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *rest = key
    return type(dialect), *rest


@cache
def share_statements() -> None:
    """From now on let every connection of this process use the same compiled statements."""
    shared = SharedStatements()

    def use(connection: Connection) -> None:
        connection.execution_options(compiled_cache=shared)

    event.listen(Engine, "engine_connect", use)
