"""One of several replicas: gives signs of life, takes its share, and gives it back."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from batchbell.core.replicas import Replica, differing, spread
from batchbell.errors import DatabaseError, LeaseLostError
from batchbell.store import replicas
from batchbell.store.database import ABOUT_REPLICAS
from batchbell.store.database_clock import database_time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from batchbell.store.database import Database, Transaction

#: How often a sign of life is given, and how long one counts, seconds: what a dead replica had is
#: another one's after the sum of both at the latest.
BEAT_SECONDS = 1.0
LEASE_SECONDS = 4.0
#: How much is taken with one sign of life: the others' wait until it is written.
TAKEN_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a replica says of itself; `id` is random, another one at each start."""

    id: str
    name: str
    version: str


class Membership:
    """What this replica has for itself; safe to ask from any thread."""

    def __init__(
        self,
        database: Database,
        identity: Identity,
        *,
        seconds: Callable[[], float],
        lease_seconds: float = LEASE_SECONDS,
        taken_at_once: int = TAKEN_AT_ONCE,
    ) -> None:
        """Take part in nothing yet; `seconds` is a clock that never jumps."""
        self._database = database
        self._identity = identity
        self._seconds = seconds
        self._lease = timedelta(seconds=lease_seconds)
        self._taken_at_once = taken_at_once
        self._lock = threading.Lock()
        #: Held for a whole beat: none comes after the end.
        self._beating = threading.Lock()
        self._has_left = False
        self._subjects: frozenset[str] = frozenset()
        self._config = ""
        self._held: Mapping[str, int] = {}
        #: What others are to have: no work on it begins any more; given back once it has ended.
        self._leaving: frozenset[str] = frozenset()
        self._ended: frozenset[str] = frozenset()
        #: From then on others may have what we hold, by our clock.
        self._until = float("-inf")
        #: All replicas as they were last.
        self._known: tuple[Replica, ...] = ()
        self._spread_of: Mapping[str, frozenset[str]] = {}
        self._spread: Mapping[str, str] = {}
        #: When a beat failed after one that did not, by our clock; None for never.
        self._failed_at: float | None = None
        self._is_failing = False
        #: What the database's clock said last, and when that was, by ours.
        self._database_time: tuple[datetime, float] | None = None
        #: The replicas that run with another configuration than most.
        self.differing: tuple[Replica, ...] = ()

    def want(self, subjects: Collection[str], config: str) -> None:
        """Say what is configured to be watched; `config` is what the configuration comes to."""
        with self._lock:
            self._subjects, self._config = frozenset(subjects), config

    def holds(self, subject: str) -> bool:
        """Whether work on a subject may begin: it is ours alone, for all that we know."""
        with self._lock:
            is_valid = self._seconds() < self._until
            return is_valid and subject in self._held and subject not in self._leaving

    def held(self) -> frozenset[str]:
        """Return all that work may begin on."""
        with self._lock:
            is_valid = self._seconds() < self._until
            return frozenset(self._held) - self._leaving if is_valid else frozenset()

    def leaving(self) -> frozenset[str]:
        """Return what others are to have, as soon as our work on it has ended."""
        with self._lock:
            return self._leaving

    def ended(self, subjects: Collection[str]) -> None:
        """Note that no work is done any more on these: others may have them."""
        with self._lock:
            self._ended |= self._leaving & frozenset(subjects)

    def cut_off_seconds(self) -> float:
        """Return for how long what we held may have been another's; 0 while it is ours."""
        with self._lock:
            return max(self._seconds() - self._until, 0.0)

    def failed_ago(self) -> timedelta | None:
        """Return how long ago the last outage of the database began; None if there was none."""
        at = self._failed_at
        return None if at is None else timedelta(seconds=self._seconds() - at)

    def database_time(self) -> datetime | None:
        """Return what the database's clock says, carried on by ours; None before a first beat."""
        with self._lock:
            if self._database_time is None:
                return None
            said, at = self._database_time
            return said + timedelta(seconds=self._seconds() - at)

    def require(self, transaction: Transaction, subject: str) -> None:
        """Raise `LeaseLostError` unless a subject is ours by the database's word."""
        with self._lock:
            fence = self._held.get(subject)
        if fence is None or replicas.fence_of(transaction, subject) != (self._identity.id, fence):
            raise LeaseLostError(f"{subject} is another replica's now: this comes too late")

    def beat(self) -> None:
        """Give a sign of life; take what is free of our share, give back what is ready.

        Raises `DatabaseError`.
        """
        with self._beating:
            if self._has_left:
                return
            try:
                self._beat()
            except DatabaseError:
                if not self._is_failing:
                    self._failed_at, self._is_failing = self._seconds(), True
                raise
            self._is_failing = False

    def _beat(self) -> None:
        # Before the database is asked: by its clock it is later.
        began = self._seconds()
        with self._lock:
            subjects, config, ended = self._subjects, self._config, self._ended
        with self._database.write(ABOUT_REPLICAS) as transaction:
            replicas.give_back(transaction, self._identity.id, ended)
            now, at = database_time(transaction), self._seconds()
            known = self._renewed(transaction, subjects, config, now)
            alive = [each for each in known if each.is_alive(now)]
            held, leaving = self._shares(transaction, {each.id: each.subjects for each in alive})
        with self._lock:
            self._held, self._leaving, self._ended = held, leaving, frozenset()
            self._until = began + self._lease.total_seconds()
            self._known = tuple(known)
            self._database_time = now, at
            self.differing = tuple(differing(alive))

    def leave(self) -> None:
        """Give everything back: nobody has to wait for it. Raises `DatabaseError`."""
        with self._lock:
            self._held, self._until = {}, float("-inf")
        with self._beating:
            self._has_left = True
        with self._database.write(ABOUT_REPLICAS) as transaction:
            replicas.give_back(transaction, self._identity.id)
            replicas.forget(transaction, [self._identity.id])

    def _renewed(
        self, transaction: Transaction, subjects: frozenset[str], config: str, now: datetime
    ) -> list[Replica]:
        """Write that we live; return all replicas, those that died lately too."""
        known = {each.id: each for each in replicas.load(transaction, self._known)}
        before = known.get(self._identity.id)
        known[self._identity.id] = ours = Replica(
            id=self._identity.id,
            name=self._identity.name,
            version=self._identity.version,
            started_at=now if before is None else before.started_at,
            seen_at=now,
            until=now + self._lease,
            config=config,
            subjects=subjects,
        )
        if before is not None and (before.config, before.subjects) == (config, subjects):
            replicas.renew(transaction, ours)
        else:
            replicas.save(transaction, ours)
        gone = [each.id for each in known.values() if each.seen_at < now - replicas.FORGOTTEN_AFTER]
        if gone:
            replicas.forget(transaction, gone)
        return list(known.values())

    def _shares(
        self, transaction: Transaction, wanted: Mapping[str, frozenset[str]]
    ) -> tuple[dict[str, int], frozenset[str]]:
        """Take what is free of our share; return what we have, and what of it others are to."""
        if wanted != self._spread_of:
            self._spread_of, self._spread = wanted, spread(wanted)
        owners, ours = replicas.owners(transaction), self._identity.id
        held = {subject: fence for subject, (owner, fence) in owners.items() if owner == ours}
        free = (
            subject
            for subject, to_be in self._spread.items()
            if to_be == ours and owners.get(subject, ("", 0))[0] not in wanted
        )
        taken = {
            subject: owners.get(subject, ("", 0))[1] + 1
            for subject in islice(free, self._taken_at_once)
        }
        replicas.take(transaction, ours, taken)
        held |= taken
        return held, frozenset(each for each in held if self._spread.get(each) != ours)
