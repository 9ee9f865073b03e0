"""What a database does for the rest of the program, whichever engine keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from sqlalchemy import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

#: An open transaction, for those who pass one on without knowing SQLAlchemy.
Transaction: TypeAlias = Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded:
    """What an upgrade did."""

    #: The schema there was; None in a new database.
    before: str | None
    #: The copy of it; None of a new database, and where copies are the server's concern.
    copy: Path | None


class CommitWatch(Protocol):
    """Notices that another process committed, and perhaps that this one did."""

    @property
    def hint(self) -> int | None:
        """A file descriptor that can be read from once a question is worth while.

        None where one has to ask again and again.
        """

    def changed(self) -> bool:
        """Return whether there was a commit since the last call. Raises `DatabaseError`."""

    def close(self) -> None:
        """Watch no more."""


class Database(Protocol):
    """One database; `read()` and `write()` are the only ways to its rows."""

    @property
    def name(self) -> str:
        """What people know it by; holds no secret."""

    @property
    def path(self) -> Path | None:
        """Its file; None of a server's database."""

    def read(self) -> AbstractContextManager[Transaction]:
        """Open a transaction that sees one consistent state. Raises `DatabaseError`."""

    def write(self, about: str = "") -> AbstractContextManager[Transaction]:
        """Open a transaction that commits at the end.

        What it reads no other one changes until then, so that what is decided once is decided by
        one alone. `about` says what it is about (`about_account`, `about_channel`): those about
        something else may go on beside it where the engine can; '' is everything. Raises
        `DatabaseError`, after which nothing of it is stored.
        """

    @property
    def is_written(self) -> bool:
        """Whether this process has a transaction that writes, just now."""

    def close(self) -> None:
        """Close all connections."""

    def upgrade(self, now: datetime) -> Upgraded | None:
        """Bring the schema up to date; None if it is.

        Raises `DatabaseError` if the database is newer than this code, or can't be changed.
        """

    @property
    def has_replicas(self) -> bool:
        """Whether several daemons may share it."""

    def only_daemon(self) -> AbstractContextManager[None]:
        """Be its one daemon for the length of the block. Raises `AlreadyRunningError`."""

    def one_of_daemons(self) -> AbstractContextManager[None]:
        """Be a daemon for the length of the block, its one daemon where it can't have several.

        Raises `AlreadyRunningError`.
        """

    def fence(self, check: Callable[[Transaction, str], None]) -> None:
        """Ask this first in every transaction about an account or a channel: it may refuse."""

    def daemon_runs(self) -> bool:
        """Whether it has a daemon. Raises `DatabaseError`."""

    def damage(self, transaction: Transaction) -> str | None:
        """Return what is found broken in it, and what to do; None if it is sound."""

    def sizes(self, transaction: Transaction) -> Mapping[str, int]:
        """Return how large its parts are, bytes."""

    def state(self, transaction: Transaction) -> Hashable | None:
        """Return what tells the committed state that a reader sees from every other one.

        None if nothing does just now. It has asked nothing before. Raises `DatabaseError`.
        """

    def changes(self) -> CommitWatch:
        """Begin to notice commits. Raises `DatabaseError`."""

    def tidy(self) -> None:
        """Give room back that pruning left, if that is quick. Raises `DatabaseError`."""


#: What a transaction about the replicas themselves is about.
ABOUT_REPLICAS = "replicas"
#: What one is about that claims row by row, beside others that do.
ABOUT_CLAIMS = "claims"

_ACCOUNT, _CHANNEL, _VERDICT = "account", "channel", "verdict of"


def about_account(name: str) -> str:
    """Say that a transaction is about one account."""
    return f"{_ACCOUNT} {name}"


def about_channel(name: str) -> str:
    """Say that a transaction is about one channel."""
    return f"{_CHANNEL} {name}"


def about_verdict(account: str) -> str:
    """Say that a transaction writes a verdict into an end of an account: into messages, too.

    Nothing else is decided about the account meanwhile, and no channel fixes what a message says.
    """
    return f"{_VERDICT} {account}"


def account_of_verdict(about: str) -> str | None:
    """Return whose verdict a transaction is about; None if it is about something else."""
    return about.removeprefix(f"{_VERDICT} ") if about.startswith(f"{_VERDICT} ") else None


def is_about_channel(about: str) -> bool:
    """Whether a transaction is about one channel."""
    return about.startswith(f"{_CHANNEL} ")


def is_leased(about: str) -> bool:
    """Whether a transaction is about what one of several daemons has for itself."""
    return about.startswith((f"{_ACCOUNT} ", f"{_CHANNEL} "))
