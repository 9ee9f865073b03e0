"""Who may decide beside whom: the locks that a writing transaction holds from its start.

A transaction about everything has the whole database to itself, as on SQLite. Those about one
account or one channel go on beside those about others. All of them are READ COMMITTED: what a
transaction decides on is guarded by its lock, and every statement sees what was committed before
the lock was had. The server frees the locks with the transaction, also of a process that died.
"""

from __future__ import annotations

from zlib import crc32

from batchbell.store.database import ABOUT_REPLICAS

#: Our part of the server's advisory locks, the first of their two numbers ("bell").
#: Source: https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
CLASS = 0x62656C6C
#: The second number: what all writers hold, shared or alone; the daemon's; else a scope's.
EVERYTHING = 0
DAEMON = 1
REPLICAS = 2

#: How long a transaction waits for another one's locks before it fails, seconds.
LOCK_SECONDS = 5.0
#: How long a transaction may stand still, its process paused, before the server ends it, seconds.
IDLE_SECONDS = 15.0


def begin_writing(about: str, *, lock_seconds: float = LOCK_SECONDS) -> str:
    """Return the statements that begin a transaction and take its locks, in one message."""
    if about == ABOUT_REPLICAS:
        # A sign of life waits for nothing else.
        locks = f"pg_advisory_xact_lock({CLASS}, {REPLICAS})"
    elif about:
        locks = (
            f"pg_advisory_xact_lock_shared({CLASS}, {EVERYTHING}), "
            f"pg_advisory_xact_lock({CLASS}, {number(about)})"
        )
    else:
        locks = f"pg_advisory_xact_lock({CLASS}, {EVERYTHING})"
    return (
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
        f"SET LOCAL lock_timeout = {int(lock_seconds * 1000)};"
        f"SET LOCAL idle_in_transaction_session_timeout = {int(IDLE_SECONDS * 1000)};"
        f"SELECT {locks}"
    )


def begin_reading() -> str:
    """Return the statement that begins a transaction that sees one consistent state."""
    return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def number(about: str) -> int:
    """Return the second number of a scope's lock; two scopes that share one wait for each other."""
    return max(crc32(about.encode()) & 0x7FFFFFFF, REPLICAS + 1)
