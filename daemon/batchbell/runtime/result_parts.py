"""What reads the files of ended jobs, built from the configuration in force."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from batchbell.core.results.cost import cost_of
from batchbell.usecases.count_results import ResultCount
from batchbell.usecases.keep_files import FileKeeper

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from batchbell.config.settings import AccountSettings, Settings
    from batchbell.core.results.job_results import JobResults
    from batchbell.providers.port import ProviderClient, ResultApi
    from batchbell.runtime.account_parts import AccountParts
    from batchbell.usecases.collection_queue import ClaimedEnd
    from batchbell.usecases.count_results import Aside, CountedJob


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpenClient:
    account: str
    settings: AccountSettings
    client: ProviderClient


class ResultReader:
    """Reads the files of one job after the other, through a client of its own."""

    def __init__(self, parts: AccountParts, *, aside: Aside, on_piece: Callable[[], None]) -> None:
        """Open nothing yet; `on_piece` is called at each piece of a file, `aside` looks at it."""
        self._parts = parts
        self._aside = aside
        self._on_piece = on_piece
        self._open: _OpenClient | None = None

    def accounts(self) -> frozenset[str]:
        """Return the accounts whose files are to be read: of several replicas, any reads any."""
        if not self._parts.takes_part():
            return frozenset()
        return frozenset(self._parts.in_force.settings.accounts) - self.turned_off()

    def turned_off(self) -> frozenset[str]:
        """Return the accounts whose files are not to be read."""
        settings = self._parts.in_force.settings
        return frozenset(
            name for name in settings.accounts if settings.collection_terms(name) is None
        )

    async def read(self, claimed: ClaimedEnd, now: datetime) -> CountedJob:
        """Read an end's files and count; while a message waits for it, it waits for the input.

        Raises `KeepError` if they are to be kept and can't be.
        """
        settings, end = self._parts.in_force.settings, claimed.collection
        keeper = self._keeper(settings, end.results)
        source: ResultApi = await self._client(end.results.account)
        count = ResultCount(
            source if keeper is None else keeper.reading(source),
            self._parts.provider,
            max_bytes=settings.results.max_file_bytes,
            observe=lambda _read: self._on_piece(),
            aside=self._aside,
        )
        counted = await count.read(end.results, now, waits_for_input=now < end.free_at)
        cost = cost_of(counted.results.tokens, settings.price_of(claimed.model))
        results = replace(counted.results, cost=cost)
        if keeper is not None:
            results = await asyncio.to_thread(keeper.finish, results)
        return replace(counted, results=results)

    async def close(self) -> None:
        """Close the client, once nothing is read any more."""
        if self._open is not None:
            await self._open.client.close()
            self._open = None

    def _keeper(self, settings: Settings, results: JobResults) -> FileKeeper | None:
        folder = settings.results.folder
        if folder is None or settings.collect_of(results.account) != "keep":
            return None
        return FileKeeper(Path(folder), results)

    async def _client(self, account: str) -> ProviderClient:
        """Return a client that has what is in force of its account."""
        settings = self._parts.in_force.settings.accounts[account]
        known = self._open
        if known is not None and (known.account, known.settings) == (account, settings):
            return known.client
        await self.close()
        client = await self._parts.client(account)
        self._open = _OpenClient(account=account, settings=settings, client=client)
        return client
