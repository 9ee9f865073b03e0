"""What reads the files of ended jobs, built from the configuration in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.usecases.count_results import ResultCount

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from batchbell.config.settings import AccountSettings
    from batchbell.core.results.collecting import Collection
    from batchbell.providers.port import ProviderClient
    from batchbell.runtime.account_parts import AccountParts
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
        """Return the accounts whose files are to be read."""
        settings = self._parts.in_force.settings
        return frozenset(settings.accounts) - self.turned_off()

    def turned_off(self) -> frozenset[str]:
        """Return the accounts whose files are not to be read."""
        settings = self._parts.in_force.settings
        return frozenset(
            name for name in settings.accounts if settings.collection_terms(name) is None
        )

    async def read(self, end: Collection, now: datetime) -> CountedJob:
        """Read an end's files and count; while a message waits for it, it waits for the input."""
        results = end.results
        count = ResultCount(
            await self._client(results.account),
            self._parts.provider,
            max_bytes=self._parts.in_force.settings.results.max_file_bytes,
            observe=lambda _read: self._on_piece(),
            aside=self._aside,
        )
        return await count.read(results, now, waits_for_input=now < end.free_at)

    async def close(self) -> None:
        """Close the client, once nothing is read any more."""
        if self._open is not None:
            await self._open.client.close()
            self._open = None

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
