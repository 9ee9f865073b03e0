"""Together's batch API: get, list and cancel batch jobs."""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing
from typing import TYPE_CHECKING, Self

from batchbell import __version__
from batchbell.config.together import API_KEY_VARIABLE, BASE_URL_VARIABLE, DEFAULT_BASE_URL
from batchbell.config.urls import check_base_url
from batchbell.errors import MalformedError, UsageError
from batchbell.providers.api_key import ApiKey
from batchbell.providers.together.addresses import with_version
from batchbell.providers.together.calls import LISTING, Calls, path_of
from batchbell.providers.together.cleaning import Cleaning
from batchbell.providers.together.file_content import pieces
from batchbell.providers.together.file_facts import (
    MAX_FILE_BYTES,
    file_name_of,
    file_size_of,
    parse_file,
)
from batchbell.providers.together.known_listing import KnownListing
from batchbell.providers.together.listing import (
    MAX_ROW_CHARS,
    ListingReader,
    RereadError,
    parse_single,
)
from batchbell.wire.http import HttpClient

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.provider import ProgressScale
    from batchbell.providers.together.reading import Reading

#: Total time for one call, retry included.
DEFAULT_TIMEOUT_SECONDS = 30.0


class AsyncClient:
    """Calls the batch API with one key; closed by `async with`, or by `close`.

    Every call is bounded by `timeout_seconds` in total and raises an `ApiError`: what went wrong,
    with the API's own words in `text`.
    """

    def __init__(
        self,
        api_key: str | ApiKey | None = None,
        base_url: str | None = None,
        *,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        progress_scale: ProgressScale = "auto",
        assume_fraction: bool = False,
        observe_date: Callable[[datetime], None] | None = None,
        http: HttpClient | None = None,
    ) -> None:
        """Take the key and the address, with or without `/v1`; raises `UsageError` for bad ones.

        None for the key is what TOGETHER_API_KEY says, for the address what TOGETHER_BASE_URL says,
        else the usual one.
        `assume_fraction`: the API was earlier found to send progress as 0 to 1. `observe_date`
        gets the `Date` of every answer. `http` is shared and stays open; without it the client has
        its own.
        """
        api_key = _key_of(os.environ) if api_key is None else api_key
        self._key = ApiKey(api_key) if isinstance(api_key, str) else api_key
        base_url = _address_of(os.environ) if base_url is None else base_url
        self._cleaning = Cleaning(self._key.redact)
        self._progress_scale: ProgressScale = progress_scale
        self._fraction_scale = assume_fraction
        address = with_version(_checked_url(base_url.strip()))
        self._owns_http = http is None
        self._http = http or HttpClient(user_agent=f"batchbell/{__version__}")
        self._calls = Calls(
            self._http,
            self._key,
            address,
            timeout_seconds=timeout_seconds,
            observe_date=observe_date,
        )

    @property
    def base_url(self) -> str:
        """Where the API is, with `/v1` and no slash at its end."""
        return self._calls.base_url

    @property
    def elsewhere(self) -> str:
        """The same if it is not the usual place, else ''."""
        return "" if self.base_url == DEFAULT_BASE_URL else self.base_url

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Return a client for `TOGETHER_API_KEY`, at `TOGETHER_BASE_URL` if that is set.

        Scripts of version 0.1 begin so; without arguments the class itself does the same. Raises
        `UsageError` without a key.
        """
        environ = os.environ if environ is None else environ
        return cls(_key_of(environ), _address_of(environ))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections, unless they are shared."""
        if self._owns_http:
            await self._http.close()

    async def get_batch(self, batch_job_id: str) -> BatchJob:
        """Return one job. Raises `NotFoundError` for an id the API does not know."""
        return await self._ask_for(batch_job_id, "GET", path_of("batches", batch_job_id))

    async def list_batches(self) -> list[BatchJob]:
        """Return all jobs of the account, in the API's order; rows without an id are left out."""
        return list((await self.fetch_listing()).jobs)

    async def cancel_batch(self, batch_job_id: str) -> BatchJob:
        """Ask for a cancel and return the job, usually not cancelled yet.

        Raises `RefusedError` for a job that has ended. Source: docs/api.md, calls.
        """
        path = f"{path_of('batches', batch_job_id)}/cancel"
        return await self._ask_for(batch_job_id, "POST", path)

    async def fetch_file_name(self, file_id: str) -> str:
        """Return a file's name, one line; '' if the API gives none. Source: docs/api.md, calls."""
        return self._key.redact(file_name_of(await self._describe(file_id)))

    async def fetch_file_size(self, file_id: str) -> int | None:
        """Return how many bytes the API says that a file has. Source: docs/api.md, calls."""
        return file_size_of(await self._describe(file_id))

    async def _describe(self, file_id: str) -> Mapping[str, object]:
        async with self._calls.call("GET", path_of("files", file_id)) as answer:
            return parse_file(await answer.read(MAX_FILE_BYTES))

    async def file_content(self, file_id: str, *, max_bytes: int) -> AsyncGenerator[bytes]:
        """Yield a file's bytes, unpacked; an `ApiError` says that not all of them came.

        A redirect to where the file is stored is followed without the key.
        Source: docs/api.md, calls.
        """
        path = f"{path_of('files', file_id)}/content"
        async with (
            self._calls.file(path, max_bytes) as answer,
            aclosing(pieces(answer, max_bytes=max_bytes)) as some,
        ):
            async for piece in some:
                yield piece

    async def fetch_listing(self, known: object | None = None) -> Reading:
        """Return what the account's jobs are, read against what an earlier listing is known by."""
        if isinstance(known, KnownListing):
            try:
                return await self._fetch_listing(known)
            except RereadError:
                pass
        return await self._fetch_listing(None)

    async def _fetch_listing(self, known: KnownListing | None) -> Reading:
        reader = ListingReader(
            known,
            scale=self._progress_scale,
            assume_fraction=self._fraction_scale,
            cleaning=self._cleaning,
        )
        async with (
            self._calls.call("GET", LISTING) as answer,
            aclosing(answer.chunks()) as chunks,
        ):
            async for chunk in chunks:
                reader.feed(chunk)
        # In a thread: where nothing is known of 100,000 jobs it takes a while.
        reading = await asyncio.to_thread(reader.close)
        self._fraction_scale = reading.fraction_scale
        return reading

    async def _ask_for(self, batch_job_id: str, method: str, path: str) -> BatchJob:
        async with self._calls.call(method, path) as answer:
            body = await answer.read(MAX_ROW_CHARS)
        row, self._fraction_scale = parse_single(
            body, scale=self._progress_scale, assume_fraction=self._fraction_scale
        )
        if row.id != batch_job_id:
            raise MalformedError("the API answered with another job than the one asked for")
        return self._cleaning.clean(row)


def _key_of(environ: Mapping[str, str]) -> str:
    api_key = environ.get(API_KEY_VARIABLE)
    if not api_key:
        raise UsageError(
            f"there is no API key: {API_KEY_VARIABLE} is not set, and none is given as api_key"
        )
    return api_key


def _address_of(environ: Mapping[str, str]) -> str:
    return environ.get(BASE_URL_VARIABLE) or DEFAULT_BASE_URL


def _checked_url(text: str) -> str:
    try:
        return check_base_url(text)
    except ValueError as error:
        raise UsageError(f"the base URL {error}") from None
