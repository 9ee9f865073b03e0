"""Looking after jobs at the API itself, where no daemon does."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Self

from batchbell.cli.wait.waiting import POLLS_TO_BE_UNKNOWN
from batchbell.errors import ApiError, NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from batchbell.cli.wait.waiting import Waited
    from batchbell.config import AccountSettings
    from batchbell.providers.api_key import ApiKey
    from batchbell.providers.port import Provider


class DirectLook:
    """Asks for each job with `get_batch`; use it as a context manager."""

    def __init__(
        self,
        accounts: Mapping[str, AccountSettings],
        *,
        provider: Provider,
        key: Callable[[str], ApiKey],
        fraction_scale: Mapping[str, bool],
        tell: Callable[[str], None],
    ) -> None:
        """`key` returns an account's key; `tell` gets what goes wrong, once.

        `fraction_scale` has the accounts whose API is known to send progress as 0 to 1.
        """
        self._clients = {
            name: provider.client(
                key(name),
                settings.base_url,
                timeout_seconds=settings.request_timeout.total_seconds(),
                progress_scale=settings.progress_scale,
                assume_fraction=fraction_scale.get(name, False),
            )
            for name, settings in accounts.items()
        }
        self.pause_seconds = min(each.poll_interval.total_seconds() for each in accounts.values())
        self._tell = tell
        self._told = ""
        self._missed: Counter[str] = Counter()
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._runner.run(self._close())
        self._runner.close()

    def __call__(self, waited: Iterable[Waited], seconds_left: float | None) -> None:
        """Write down what the API says; an API that fails for now is only told of.

        Raises `ApiError` if asking again won't help.
        """
        self._runner.run(self._look(waited, seconds_left))

    async def _look(self, waited: Iterable[Waited], seconds_left: float | None) -> None:
        try:
            async with asyncio.timeout(seconds_left):
                for each in waited:
                    await self._look_at(each)
        except TimeoutError:
            return
        except ApiError as error:
            if not error.retryable:
                raise
            if str(error) != self._told:
                self._told = str(error)
                self._tell(f"{error}; asking again")

    async def _look_at(self, each: Waited) -> None:
        for name in self._accounts_of(each):
            try:
                each.job = await self._clients[name].get_batch(each.id)
            except NotFoundError:
                continue
            each.account, self._told = name, ""
            self._missed[each.id] = 0
            return
        self._missed[each.id] += 1
        if self._missed[each.id] >= POLLS_TO_BE_UNKNOWN:
            each.gone = "unknown: the API does not know it"

    def _accounts_of(self, each: Waited) -> list[str]:
        if each.account is None:
            return list(self._clients)
        if each.account not in self._clients:
            known = ", ".join(self._clients)
            raise UsageError(f"account {each.account!r} is not configured; there is {known}")
        return [each.account]

    async def _close(self) -> None:
        for client in self._clients.values():
            await client.close()
