"""What watches one account, built from the configuration in force."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.coverage import grace_period
from batchbell.core.file_names import NAME_WAIT
from batchbell.core.rules import Rules
from batchbell.providers.api_key import ApiKey
from batchbell.runtime.lull import News
from batchbell.store import accounts
from batchbell.usecases.poll import AccountPoll
from batchbell.usecases.tick import AccountWatch, look

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from batchbell.clock import Clock
    from batchbell.observability.redaction import Redaction
    from batchbell.providers.api_key import KeyPlace
    from batchbell.providers.port import Lister, Provider, ProviderClient
    from batchbell.runtime.in_force import InForce
    from batchbell.store.database import Database
    from batchbell.usecases.tick import DueTicks


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountParts:
    """Builds clients, polls and ticks by an account's name."""

    in_force: InForce
    database: Database
    clock: Clock
    provider: Provider
    #: Knows the secrets of all configurations so far.
    redaction: Redaction
    #: Says where the key of an account can be read anew; without it a refused key stays refused.
    key_place: Callable[[str], KeyPlace] | None = None
    #: Says which accounts this replica watches; that may change at any time.
    is_ours: Callable[[str], bool] = lambda _account: True
    #: Whether this replica may do what any may: not while it is cut off.
    takes_part: Callable[[], bool] = lambda: True
    #: Hears of every poll.
    news: News = field(default_factory=News)
    #: When the database was out of this replica's reach last; None for never.
    cut_off_at: Callable[[], datetime | None] = lambda: None
    #: How long messages wait for files' names.
    name_wait: timedelta = NAME_WAIT

    async def client(self, account: str) -> ProviderClient:
        """Return a client for the account that knows the scale its API was seen to use."""
        settings = self.in_force.settings.accounts[account]
        return self.provider.client(
            ApiKey(
                settings.api_key.get_secret_value(),
                place=None if self.key_place is None else self.key_place(account),
                redaction=self.redaction,
            ),
            settings.base_url,
            timeout_seconds=settings.request_timeout.total_seconds(),
            progress_scale=settings.progress_scale,
            assume_fraction=await asyncio.to_thread(self._was_fraction_scale, account),
            observe_date=self.clock.observe,
        )

    def poll(
        self, account: str, client: Lister, *, at_least_every: timedelta = timedelta()
    ) -> AccountPoll:
        """Return the poll of one account.

        `at_least_every` is how often somebody else calls it, if not at the account's interval.
        """
        poll = AccountPoll(
            account,
            client=client,
            database=self.database,
            clock=self.clock,
            filters=self.in_force.filters,
            rules=self._rules(account, at_least_every),
            collecting=lambda: self.in_force.settings.collection_terms(account),
            name_wait=self.name_wait,
        )
        poll.coverage.cut_off_at = self.cut_off_at
        poll.key_place = lambda: self._key_place_name(account)
        return poll

    def watch(self, account: str) -> AccountWatch:
        """Return the watch over one account's time."""
        return AccountWatch(
            account,
            database=self.database,
            clock=self.clock,
            filters=self.in_force.filters,
            rules=self._rules(account),
        )

    async def look(self, watches: Sequence[AccountWatch]) -> DueTicks:
        """Find the watches that have something to tell. Raises `DatabaseError`."""
        return await asyncio.to_thread(look, self.database, watches)

    def _rules(self, account: str, at_least_every: timedelta = timedelta()) -> Rules:
        alerts = self.in_force.settings.alerts
        settings = self.in_force.settings.accounts[account]
        interval = max(settings.poll_interval, at_least_every)
        return Rules(
            deadline_warnings=alerts.deadline_warnings,
            stalled_after=alerts.stalled_after,
            grace_period=grace_period(interval, settings.request_timeout),
            provider=self.provider.words.name,
            shows_progress=self.provider.capabilities.progress,
            unreachable_after=alerts.unreachable_after,
        )

    def _key_place_name(self, account: str) -> str:
        return "" if self.key_place is None else self.key_place(account).name

    def _was_fraction_scale(self, account: str) -> bool:
        with self.database.read() as connection:
            return accounts.load(connection, account).fraction_scale
