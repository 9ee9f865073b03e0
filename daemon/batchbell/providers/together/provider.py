"""Together as a provider: everything the rest of batchbell asks of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.provider import Capabilities
from batchbell.providers.together.addresses import with_version
from batchbell.providers.together.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from batchbell.core.provider import ProgressScale
    from batchbell.core.results.lines import ResultLine
    from batchbell.providers.api_key import ApiKey
    from batchbell.providers.port import ProviderClient
    from batchbell.providers.submitting import Submitting, SubmitWay


class Together:
    """Fills in `providers.port.Provider`."""

    words = WORDS
    capabilities = Capabilities()

    def input_id(self, line: bytes) -> str | None:
        """Return whose request a line of an input is, None for a line that can't be read."""
        from batchbell.providers.together.result_lines import input_id  # noqa: PLC0415  (for those who read files alone)

        return input_id(line)

    def result_line(self, line: bytes) -> ResultLine | None:
        """Return what a line of an output or error file says, None for one that can't be read."""
        from batchbell.providers.together.result_lines import result_line  # noqa: PLC0415  (for those who read files alone)

        return result_line(line)

    def submit_commands(
        self, path: str, endpoint: str | None, base_url: str, key: str, way: SubmitWay
    ) -> Submitting:
        """Return how to submit a file of requests; no lines for a hostile name."""
        from batchbell.providers.together.submitting import submit_commands  # noqa: PLC0415  (for those who submit)

        return submit_commands(path, endpoint, base_url, key, way)

    def address(self, base_url: str) -> str:
        """Return where the API is, as calls and commands have it."""
        return with_version(base_url)

    def client(
        self,
        key: ApiKey,
        base_url: str,
        *,
        timeout_seconds: float,
        progress_scale: ProgressScale = "auto",
        assume_fraction: bool = False,
        observe_date: Callable[[datetime], None] | None = None,
    ) -> ProviderClient:
        """Return a client that has not called yet. Raises `UsageError` for a bad address."""
        from batchbell.providers.together.client import AsyncClient  # noqa: PLC0415  (httpx takes 0.3 s: not for `--help`)

        return AsyncClient(
            key,
            base_url,
            timeout_seconds=timeout_seconds,
            progress_scale=progress_scale,
            assume_fraction=assume_fraction,
            observe_date=observe_date,
        )
