"""Looking after jobs in the snapshot that a running daemon keeps up to date."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from batchbell.cli.reading import reading
from batchbell.cli.wait.waiting import POLLS_TO_BE_UNKNOWN
from batchbell.store import accounts, jobs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from batchbell.cli.wait.waiting import Waited
    from batchbell.core.account_health import AccountState
    from batchbell.store.database import Database, Transaction


class SnapshotLook:
    """Looks into the database; counts the good polls that go by."""

    def __init__(self, database: Database) -> None:
        """Start counting at the first look."""
        self._database = database
        self._last_polls: dict[str, datetime | None] | None = None
        self._polls: Counter[str] = Counter()

    def __call__(self, waited: Iterable[Waited]) -> None:
        """Write down what the snapshot has. Raises `DatabaseError`."""
        with reading(self._database) as connection:
            states = accounts.load_all(connection)
            self._count_polls(states)
            for each in waited:
                self._look_at(connection, each)

    def _look_at(self, connection: Transaction, each: Waited) -> None:
        found = jobs.find(connection, each.id, account=each.account, limit=1)
        if not found or found[0].record.job.id != each.id:
            if self._polls_without(each) >= POLLS_TO_BE_UNKNOWN:
                each.gone = "unknown: two polls did not list it"
            return
        each.account, each.job = found[0].account, found[0].record.job
        if found[0].record.has_vanished and not each.job.finished:
            each.gone = "vanished: the API lists it no longer"

    def _count_polls(self, states: Iterable[AccountState]) -> None:
        polls = {state.health.account: state.last_good_poll_at for state in states}
        before = polls if self._last_polls is None else self._last_polls
        self._polls.update(name for name, at in polls.items() if at != before.get(name))
        self._last_polls = polls

    def _polls_without(self, each: Waited) -> int:
        """Return how often every account that may have the job was polled since the first look."""
        names = [each.account] if each.account else list(self._last_polls or ())
        return min((self._polls[name] for name in names), default=0)
