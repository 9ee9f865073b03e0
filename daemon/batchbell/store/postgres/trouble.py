"""What the server's errors mean: the one place where they become sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from batchbell.errors import DatabaseError, PassingDatabaseError

if TYPE_CHECKING:
    from collections.abc import Mapping

_GOES_ON = "batchbell goes on by itself when it is back"
_TRIED_AGAIN = "it is tried again"

#: By SQLSTATE, or by its class, the first two characters: what to do.
#: Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
_ADVICE: Mapping[str, str] = {
    "08": f"the connection was lost; {_GOES_ON}",
    "22": "",
    "23505": f"another process was quicker; {_TRIED_AGAIN}",
    "25006": "this server takes no writes (a standby, or default_transaction_read_only): let "
    "database_url name the primary, or all servers",
    "25P02": "",
    "25P03": "the transaction stood still for too long and was ended; it is tried again",
    "28": "check the user and the password of database_url, and the server's pg_hba.conf",
    "3D000": "create it (createdb, createuser), or let database_url name another one",
    "40": f"it got into another transaction's way; {_TRIED_AGAIN}",
    "42P01": "run batchbell db upgrade, or start the daemon once",
    "42501": "let the user of database_url own its tables and create some in its schema",
    "53100": "free some space at the server; batchbell goes on by itself",
    "53200": "the server is short of memory; batchbell goes on by itself",
    "53300": "the server takes no more connections: raise its max_connections, or end some",
    "55P03": "another process holds it for long; look for a stuck batchbell or an open "
    "transaction (SELECT * FROM pg_stat_activity)",
    "57014": "it took longer than the server's statement_timeout: raise that for this user",
    "57P": f"the server is shutting down or starting; {_GOES_ON}",
    "58030": "the server's disk fails; look at its log",
    "POOLS": "a pooler stands before it that has no transactions (pgbouncer's pool_mode = "
    "statement): set pool_mode = session for batchbell's database, or let database_url name the "
    "server itself",
}
#: States that tell nothing: of a connection that was refused, and pgbouncer's of all its errors.
_VAGUE = ("", "08P01")
#: What is said beside such a state, in English.
_REFUSALS: Mapping[str, str] = {
    "does not exist": "3D000",
    "authentication failed": "28",
    "no password supplied": "28",
    "pg_hba.conf": "28",
    "too many clients": "53300",
    "too many connections": "53300",
    "connection slots": "53300",
    "session is read-only": "25006",
    "statement pooling mode": "POOLS",
}
#: What may go well later, when the same is decided anew: another transaction is over, the server is
#: back, another one has taken over from it, its disk has room.
_PASSING = ("08", "23505", "25006", "25P03", "40", "53", "55P03", "57", "58")


def explained(name: str, error: BaseException) -> DatabaseError:
    """Return the sentence about an error of the database of this name; holds no row's values."""
    if isinstance(error, PoolTimeoutError):
        return PassingDatabaseError(f"database {name}: all connections are busy; {_TRIED_AGAIN}")
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = _state(cause)
    advice = _advice(state)
    is_away = advice is None and isinstance(cause, psycopg.OperationalError)
    if is_away:
        advice = f"the server can't be reached; {_GOES_ON}"
    kind = PassingDatabaseError if is_away or state.startswith(_PASSING) else DatabaseError
    return kind(f"database {name}: {_reason(cause)}" + (f"; {advice}" if advice else ""))


def is_lost(error: BaseException) -> bool:
    """Whether the error means that the connection is gone, not that the server refuses."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    state = _state(cause)
    return isinstance(cause, psycopg.OperationalError) and (
        not state or state.startswith(("08", "57P"))
    )


#: What the driver and what is above it may raise.
ERRORS = (SQLAlchemyError, psycopg.Error)


def _state(error: BaseException | None) -> str:
    """Return the SQLSTATE, '' if there was no answer."""
    state = (error.sqlstate or "") if isinstance(error, psycopg.Error) else ""
    if state in _VAGUE and isinstance(error, psycopg.OperationalError):
        return next((state for mark, state in _REFUSALS.items() if mark in str(error)), state)
    return state


def _advice(state: str) -> str | None:
    return next((_ADVICE[state[:n]] for n in (5, 3, 2) if state[:n] in _ADVICE), None)


def _reason(error: BaseException | None) -> str:
    """Return what it says in one line, without the details, which may hold values of a row."""
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        return error.diag.message_primary
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
