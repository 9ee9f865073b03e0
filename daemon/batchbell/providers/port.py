"""What a provider has to fulfil; each one is a folder beside this module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.listing import ReadListing
    from batchbell.core.provider import Capabilities, ProgressScale, ProviderWords
    from batchbell.core.results.lines import ResultLine
    from batchbell.providers.api_key import ApiKey
    from batchbell.providers.submitting import Submitting, SubmitWay


class FileApi(Protocol):
    """Knows the files of jobs."""

    async def fetch_file_name(self, file_id: str) -> str:
        """Return a file's name, one line; '' if there is none.

        Raises `ApiError`; `UsageError` for an id that can't be asked for.
        """


class ResultApi(Protocol):
    """Has the files of jobs."""

    def file_content(self, file_id: str, *, max_bytes: int) -> AsyncGenerator[bytes]:
        """Yield the bytes of a file, unpacked, in pieces of at most 256 KiB.

        Close it (`aclosing`) if it is not read to its end. A body that does not come whole, stands
        still, or is larger than `max_bytes` raises an `ApiError`: what came before it is a part.
        Raises `TooLargeError`; `UsageError` for an id that can't be asked for.
        """


class FileSizes(Protocol):
    """Knows how large files are."""

    async def fetch_file_size(self, file_id: str) -> int | None:
        """Return what a file is said to have, bytes; None if nothing is said.

        Raises `ApiError`; `UsageError` for an id that can't be asked for.
        """


class Located(Protocol):
    """Knows where it calls."""

    @property
    def elsewhere(self) -> str:
        """Where the API is, as the provider's `address` has it; '' for the usual place."""


class Lister(FileApi, Located, Protocol):
    """What a poll needs."""

    async def fetch_listing(self, known: object | None = None) -> ReadListing:
        """Return what the account's jobs are, all pages of them, or raise `ApiError`.

        `known` is what an earlier listing's `known_by` returned, of any client of this account.
        """


class Canceller(Located, Protocol):
    """What a cancel needs."""

    async def cancel_batch(self, batch_job_id: str) -> BatchJob:
        """Ask for a cancel and return the job as it is then.

        Raises `RefusedError` for a job that has ended, `NotFoundError`, another `ApiError`.
        """


class ProviderClient(Lister, Canceller, ResultApi, FileSizes, Protocol):
    """Calls one account's API; every call is bounded in time and raises an `ApiError`.

    Texts it returns hold no secret, and nothing that is live in a terminal.
    """

    async def get_batch(self, batch_job_id: str) -> BatchJob:
        """Return one job. Raises `NotFoundError` for an id the API does not know."""

    async def close(self) -> None:
        """Close the connections."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_exc: object) -> None: ...


class Provider(Protocol):
    """Where batch jobs run."""

    @property
    def words(self) -> ProviderWords:
        """What is said of it."""

    @property
    def capabilities(self) -> Capabilities:
        """What its API says of jobs."""

    def input_id(self, line: bytes) -> str | None:
        """Return whose request a line of an input is, None for a line that can't be read."""

    def result_line(self, line: bytes) -> ResultLine | None:
        """Return what a line of an output or error file says, None for one that can't be read."""

    def submit_commands(
        self, path: str, endpoint: str | None, base_url: str, key: str, way: SubmitWay
    ) -> Submitting:
        """Return how to submit a file of requests, with `way` if it can; no lines for no way.

        A job that asked `endpoint` had such requests. `base_url` is the configured one, `key` what
        a shell takes for the key: it is not the key.
        """

    def address(self, base_url: str) -> str:
        """Return where the API is, as calls and commands have it."""

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
        """Return a client; nothing is asked yet. Raises `UsageError` for a bad address.

        `timeout_seconds` bounds each call as a whole. `progress_scale` is configured,
        `assume_fraction` what the account's API was seen to send before. `observe_date` gets the
        API's time of every answer that says it.
        """
