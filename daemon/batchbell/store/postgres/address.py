"""A `database_url` of PostgreSQL, taken apart: what the driver gets, and what people see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from batchbell.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Mapping

DRIVER = "postgresql+psycopg"

#: A server that can't be reached is given up after this, seconds.
CONNECT_SECONDS = 5
#: What the driver is told besides, unless the address says otherwise. A server that is gone without
#: a word is noticed within half a minute.
#: Source: https://www.postgresql.org/docs/current/libpq-connect.html
_DEFAULTS: Mapping[str, str] = {
    "connect_timeout": str(CONNECT_SECONDS),
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "client_encoding": "utf8",
    "application_name": "batchbell",
}


def engine_url(url: str, *, read_only: bool) -> URL:
    """Return the address as the driver gets it. Raises `DatabaseError`."""
    try:
        parsed = make_url(url).set(drivername=DRIVER)
    except (ArgumentError, ValueError):
        # The address may hold a password, so it is not repeated.
        msg = "database_url is no valid address: postgresql+psycopg://user@host/database"
        raise DatabaseError(msg) from None
    wanted = {name: text for name, text in _DEFAULTS.items() if name not in parsed.query}
    if not read_only and "target_session_attrs" not in parsed.query:
        # Of several hosts the one that takes writes; after a failover that is another one.
        wanted["target_session_attrs"] = "read-write"
    return parsed.update_query_dict(wanted)


def shown_name(url: URL) -> str:
    """Return what people know the database by: no user, no password."""
    hosts = url.query.get("host", ())
    named = [hosts] if isinstance(hosts, str) else list(hosts)
    if url.host:
        host = f"[{url.host}]" if ":" in url.host else url.host
        named = [f"{host}:{url.port}" if url.port else host]
    return f"postgresql://{','.join(named) or 'localhost'}/{url.database or ''}"
