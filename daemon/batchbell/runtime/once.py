"""One round for cron: every account is polled once, then what is due is told once."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from batchbell.errors import KeepError
from batchbell.runtime.heartbeat import DEADLINE_SECONDS
from batchbell.runtime.ownership import owned
from batchbell.usecases.prune_kept import prune_kept
from batchbell.usecases.remind import remind
from batchbell.usecases.retain import prune

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from batchbell.clock import Clock
    from batchbell.config import Settings
    from batchbell.runtime.account_parts import AccountParts
    from batchbell.runtime.channel_workers import ChannelWorkers
    from batchbell.runtime.heartbeat import Heartbeat
    from batchbell.runtime.in_force import InForce
    from batchbell.runtime.result_workers import ResultWorkers
    from batchbell.store.database import Database
    from batchbell.usecases.poll import PollReport

logger = logging.getLogger(__name__)

#: Cron polls when it likes: no account counts as unseen as long as it comes at least this often.
CRON_INTERVAL = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Everything that one round needs."""

    in_force: InForce
    database: Database
    clock: Clock
    accounts: AccountParts
    channel_workers: ChannelWorkers
    result_workers: ResultWorkers
    heartbeat: Heartbeat
    #: Ends the connections that were kept for the next message.
    hang_up: Callable[[], Awaitable[None]]

    async def run(self) -> list[PollReport]:
        """Poll, remind, collect, deliver, prune.

        Raises `AlreadyRunningError` if a daemon runs on the database, `DatabaseError`.
        """
        settings = self.in_force.settings
        async with owned(self.database, self.clock.now()):
            reports = await asyncio.gather(*map(self._poll, settings.accounts))
            for report in reports:
                self.heartbeat.polled(report)
            await asyncio.to_thread(
                remind, self.database, filters=self.in_force.filters(), now=self.clock.now()
            )
            # Before the messages: those about ends say what came back.
            await self.result_workers.collect_once()
            await self.channel_workers.deliver_once(settings)
            if any(report.error is None for report in reports):
                await asyncio.to_thread(self._prune, settings)
            await self.heartbeat.close(grace_seconds=DEADLINE_SECONDS)
            await self.result_workers.stop(grace_seconds=0.0)
            await self.hang_up()
        return list(reports)

    def _prune(self, settings: Settings) -> None:
        prune(self.database, settings.history.keep, self.clock.earlier)
        results = settings.results
        if results.folder is None or results.keep_for is None:
            return
        try:
            prune_kept(self.database, Path(results.folder), self.clock.earlier - results.keep_for)
        except KeepError as error:
            logger.warning("old result files stay: %s", error)

    async def _poll(self, account: str) -> PollReport:
        async with await self.accounts.client(account) as client:
            return await self.accounts.poll(account, client, at_least_every=CRON_INTERVAL).poll()
