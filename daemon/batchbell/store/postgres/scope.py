"""Who may decide beside whom: the locks that a writing transaction holds from its start.

A transaction about everything has the whole database to itself, as on SQLite. Those about one
account or one channel go on beside those about others; those that only claim rows lock these, and
go on beside all but the first. A verdict is written into events of its account and into messages
that wait on channels: it has its account to itself, and channels wait meanwhile. All of them are
READ COMMITTED: what a transaction decides on is guarded by its lock, and every statement sees what
was committed before the lock was had. The server frees the locks with the transaction, also of a
process that died.
"""

from __future__ import annotations

from zlib import crc32

from batchbell.store.database import (
    ABOUT_CLAIMS,
    ABOUT_REPLICAS,
    about_account,
    account_of_verdict,
    is_about_channel,
)

#: Our part of the server's advisory locks, the first of their two numbers ("bell").
#: Source: https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
CLASS = 0x62656C6C
#: The second number: what all writers hold, shared or alone; the daemon's; the replicas'; what
#: channels hold together, and a verdict alone; else a scope's.
EVERYTHING = 0
DAEMON = 1
REPLICAS = 2
MESSAGES = 3

#: How long a transaction waits for another one's locks before it fails, seconds.
LOCK_SECONDS = 5.0
#: How long a transaction may stand still, its process paused, before the server ends it, seconds.
IDLE_SECONDS = 15.0
#: The same of one that all other replicas' signs of life wait for: well below what one counts, so
#: that a replica that stands still in the midst of its own lets no other one's time run out.
BEAT_IDLE_SECONDS = 2.0


def begin_writing(about: str, *, lock_seconds: float = LOCK_SECONDS) -> str:
    """Return the statements that begin a transaction and take its locks, in one message."""
    idle_seconds = BEAT_IDLE_SECONDS if about == ABOUT_REPLICAS else IDLE_SECONDS
    return (
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
        f"SET LOCAL lock_timeout = {int(lock_seconds * 1000)};"
        f"SET LOCAL idle_in_transaction_session_timeout = {int(idle_seconds * 1000)};"
        f"SELECT {', '.join(_locks(about))}"
    )


def begin_reading() -> str:
    """Return the statement that begins a transaction that sees one consistent state."""
    return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def number(about: str) -> int:
    """Return the second number of a scope's lock; two scopes that share one wait for each other."""
    return max(crc32(about.encode()) & 0x7FFFFFFF, MESSAGES + 1)


def _locks(about: str) -> list[str]:
    """Return the calls that take them, in an order that is the same for all."""
    if about == ABOUT_REPLICAS:
        # A sign of life waits for nothing else.
        return [_alone(REPLICAS)]
    if not about:
        return [_alone(EVERYTHING)]
    if about == ABOUT_CLAIMS:
        return [_shared(EVERYTHING)]
    account = account_of_verdict(about)
    if account is not None:
        return [_shared(EVERYTHING), _alone(number(about_account(account))), _alone(MESSAGES)]
    if is_about_channel(about):
        return [_shared(EVERYTHING), _shared(MESSAGES), _alone(number(about))]
    return [_shared(EVERYTHING), _alone(number(about))]


def _alone(lock: int) -> str:
    return f"pg_advisory_xact_lock({CLASS}, {lock})"


def _shared(lock: int) -> str:
    return f"pg_advisory_xact_lock_shared({CLASS}, {lock})"
