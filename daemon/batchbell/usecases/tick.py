"""Tick one account: the rules at their time, from the snapshot, whatever the API does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from batchbell.core.account_health import while_failing
from batchbell.observability.logs import log_events
from batchbell.store import accounts, jobs
from batchbell.store.outbox import record_events
from batchbell.usecases.decide import apply_rules, decide

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from batchbell.clock import Clock
    from batchbell.core.account_health import AccountHealth, AccountState
    from batchbell.core.event import Event
    from batchbell.core.routing import Filter
    from batchbell.core.rules import Rules
    from batchbell.store.sqlite.database import Database


class AccountWatch:
    """Watches one account's clock, as often as it is called."""

    def __init__(
        self,
        account: str,
        *,
        database: Database,
        clock: Clock,
        filters: Callable[[], Sequence[Filter]],
        rules: Rules,
        unreachable_after: timedelta,
    ) -> None:
        """Take the tools; `filters` returns those of all channels in force."""
        self.account = account
        self._database = database
        self._clock = clock
        self._filters = filters
        self._rules = rules
        self._unreachable_after = unreachable_after

    async def tick(self) -> Sequence[Event]:
        """Tell what is due; return the new events. Raises `DatabaseError`.

        Most ticks find nothing: they read the few unfinished jobs and write nothing at all.
        """
        if not await asyncio.to_thread(self._anything_due):
            return ()
        return await asyncio.to_thread(self._record)

    def _anything_due(self) -> bool:
        now = self._clock.now()
        with self._database.read() as connection:
            before = accounts.load(connection, self.account)
            if self._outage_due(before, now)[1]:
                return True
            snapshot = jobs.load_unfinished(
                connection, self.account, last_good_poll_at=before.last_good_poll_at
            )
            decision = decide(connection, snapshot, rules=self._rules, now=now)
        return bool(decision.records)

    def _record(self) -> Sequence[Event]:
        """Decide again: a poll may have been quicker."""
        now = self._clock.now()
        with self._database.write() as connection:
            before = accounts.load(connection, self.account)
            health, outage = self._outage_due(before, now)
            if outage:
                accounts.record_health(connection, health)
            events = apply_rules(
                connection,
                self.account,
                last_good_poll_at=before.last_good_poll_at,
                rules=self._rules,
                now=now,
            )
            new = record_events(connection, [*events, *outage], self._filters(), now)
        log_events(new)
        return new

    def _outage_due(
        self, before: AccountState, now: datetime
    ) -> tuple[AccountHealth, Sequence[Event]]:
        """Decide on an outage too: polls may be too rare to tell it in time."""
        return while_failing(before.health, now=now, unreachable_after=self._unreachable_after)
