"""Tick: apply the rules between two polls, whatever the API does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.decision_needs import forecast_jobs
from batchbell.core.poll_decision import decide_tick
from batchbell.observability.logs import log_events
from batchbell.store import accounts, jobs
from batchbell.store.database import about_account
from batchbell.store.samples import latest_samples_of
from batchbell.usecases.announce import announce
from batchbell.usecases.decision_record import save

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from batchbell.clock import Clock
    from batchbell.core.account_health import AccountState
    from batchbell.core.event import Event
    from batchbell.core.poll_decision import PollDecision
    from batchbell.core.routing import Filter
    from batchbell.core.rules import Rules
    from batchbell.store.database import Database, Transaction


class AccountWatch:
    """Watches one account's clock, whenever a `look` finds it due."""

    def __init__(
        self,
        account: str,
        *,
        database: Database,
        clock: Clock,
        filters: Callable[[], Sequence[Filter]],
        rules: Rules,
    ) -> None:
        """Take the tools; `filters` returns those of all channels in force."""
        self.account = account
        self._database = database
        self._clock = clock
        self._filters = filters
        self._rules = rules

    async def tick(self) -> Sequence[Event]:
        """Tell what is due; return the new events. Raises `DatabaseError`.

        It is decided again: a poll may have been quicker since somebody looked.
        """
        return await asyncio.to_thread(self._record)

    def is_due(self, transaction: Transaction) -> bool:
        """Whether a tick would write anything."""
        before, decision = self._decided(transaction, self._clock.now())
        return bool(decision.records) or decision.account != before

    def _record(self) -> Sequence[Event]:
        now = self._clock.now()
        with self._database.write(about_account(self.account)) as connection:
            before, decision = self._decided(connection, now)
            save(connection, before, decision)
            new = announce(connection, decision.events, self._filters(), now)
        log_events(new)
        return new

    def _decided(self, connection: Transaction, now: datetime) -> tuple[AccountState, PollDecision]:
        """Return how the account stands, and what to write of it."""
        before = accounts.load(connection, self.account)
        snapshot = jobs.load_unfinished(
            connection, self.account, last_good_poll_at=before.last_good_poll_at
        )
        wanted = forecast_jobs(snapshot, rules=self._rules, now=now)
        decision = decide_tick(
            before,
            snapshot,
            samples=latest_samples_of(connection, self.account, wanted),
            rules=self._rules,
            now=now,
        )
        return before, decision


@dataclass(frozen=True, slots=True)
class DueTicks:
    """What a look at the time of several accounts found."""

    #: Those that have something to tell.
    due: Sequence[AccountWatch]
    #: Whether time alone may make news of any, now or later.
    is_open: bool


def look(database: Database, watches: Sequence[AccountWatch]) -> DueTicks:
    """Find the watches that have something to tell. Raises `DatabaseError`.

    One look for all of them: most find nothing, and of most accounts they read nothing.
    """
    with database.read() as transaction:
        names = accounts.with_open_ends(transaction)
        with_open_ends = [each for each in watches if each.account in names]
        due = [each for each in with_open_ends if _is_due(each, transaction)]
    return DueTicks(due, is_open=bool(with_open_ends))


def _is_due(watch: AccountWatch, transaction: Transaction) -> bool:
    try:
        return watch.is_due(transaction)
    except Exception:  # noqa: BLE001 - its own tick says what; the other accounts' go on
        return True
