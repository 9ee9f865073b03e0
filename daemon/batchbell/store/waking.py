"""Telling other processes that something waits for them, once it is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: What they listen to at a server.
CHANNEL = "batchbell"


def wake_others(connection: Connection) -> None:
    """Let whoever shares a server's database look, when this commits; of a file they see it."""
    if connection.dialect.name == "postgresql":
        # Many in one transaction are one. Source: https://www.postgresql.org/docs/current/sql-notify.html
        connection.exec_driver_sql(f"NOTIFY {CHANNEL}")
