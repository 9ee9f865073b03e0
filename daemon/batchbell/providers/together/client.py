"""Together's batch API: get, list and cancel batch jobs."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from batchbell import __version__
from batchbell.config.together import API_KEY_VARIABLE, BASE_URL_VARIABLE, DEFAULT_BASE_URL
from batchbell.config.urls import check_base_url
from batchbell.errors import MalformedError, UnavailableError, UsageError
from batchbell.providers.api_key import ApiKey
from batchbell.providers.together.addresses import with_version
from batchbell.providers.together.cleaning import Cleaning
from batchbell.providers.together.file_content import (
    MOST_REDIRECTS,
    REDIRECTS,
    longest_seconds,
    pieces,
    redirected,
)
from batchbell.providers.together.file_name import MAX_FILE_BYTES, parse_file_name
from batchbell.providers.together.listing import (
    MAX_ROW_CHARS,
    ListingReader,
    RereadError,
    parse_single,
)
from batchbell.providers.together.reading import KnownListing
from batchbell.providers.together.row import is_usable_id
from batchbell.wire.http import ConnectFailedError, HttpClient
from batchbell.wire.refusal import answered_at, error_for

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Container, Mapping
    from contextlib import AbstractAsyncContextManager

    from batchbell.core.job import BatchJob
    from batchbell.core.provider import ProgressScale
    from batchbell.errors import ApiError
    from batchbell.providers.together.reading import Reading
    from batchbell.wire.http import Answer

#: The statuses of an answer that holds what was asked for, and of one that refuses the key.
SUCCESS = range(200, 300)
KEY_REFUSED = frozenset({401, 403})
#: Total time for one call, retry included.
DEFAULT_TIMEOUT_SECONDS = 30.0
#: After a failed connect, before the one retry: long enough for a server that restarts a socket.
CONNECT_RETRY_DELAY_SECONDS = 0.2


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
        self._base_url = with_version(_checked_url(base_url.strip()))
        self._timeout_seconds = timeout_seconds
        self._progress_scale: ProgressScale = progress_scale
        self._fraction_scale = assume_fraction
        self._observe_date = observe_date
        self._owns_http = http is None
        self._http = http or HttpClient(user_agent=f"batchbell/{__version__}")

    @property
    def base_url(self) -> str:
        """Where the API is, with `/v1` and no slash at its end."""
        return self._base_url

    @property
    def elsewhere(self) -> str:
        """The same if it is not the usual place, else ''."""
        return "" if self._base_url == DEFAULT_BASE_URL else self._base_url

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Return a client for `TOGETHER_API_KEY`, at `TOGETHER_BASE_URL` if that is set.

        Raises `UsageError` without a key.
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
        return await self._ask_for(batch_job_id, "GET", _path("batches", batch_job_id))

    async def list_batches(self) -> list[BatchJob]:
        """Return all jobs of the account, in the API's order; rows without an id are left out."""
        return list((await self.fetch_listing()).jobs)

    async def cancel_batch(self, batch_job_id: str) -> BatchJob:
        """Ask for a cancel and return the job, usually not cancelled yet.

        Raises `RefusedError` for a job that has ended. Source: docs/api.md, calls.
        """
        return await self._ask_for(batch_job_id, "POST", f"{_path('batches', batch_job_id)}/cancel")

    async def fetch_file_name(self, file_id: str) -> str:
        """Return a file's name, one line; '' if the API gives none. Source: docs/api.md, calls."""
        async with self._call("GET", _path("files", file_id)) as answer:
            body = await answer.read(MAX_FILE_BYTES)
        return self._key.redact(parse_file_name(body))

    async def file_content(self, file_id: str, *, max_bytes: int) -> AsyncGenerator[bytes]:
        """Yield a file's bytes, unpacked; an `ApiError` says that not all of them came.

        A redirect to where the file is stored is followed without the key.
        Source: docs/api.md, calls.
        """
        path = f"{_path('files', file_id)}/content"
        async with (
            self._content(path, max_bytes) as answer,
            aclosing(pieces(answer, max_bytes=max_bytes)) as some,
        ):
            async for piece in some:
                yield piece

    @asynccontextmanager
    async def _content(self, path: str, max_bytes: int) -> AsyncIterator[Answer]:
        """Enter the answer that is the file."""
        longest = longest_seconds(max_bytes)
        async with AsyncExitStack() as stack:
            try:
                # the content may take long, its beginning no longer than any other call
                async with asyncio.timeout(self._timeout_seconds):
                    answer = await self._found(stack, path, longest, max_bytes)
            except TimeoutError:
                raise UnavailableError("the API gave no answer in time") from None
            yield answer

    async def _found(
        self, stack: AsyncExitStack, path: str, longest: float, max_bytes: int
    ) -> Answer:
        """Follow the redirects to a file; what is said there is nothing about the key."""
        call = self._call("GET", path, REDIRECTS, longest, max_bytes)
        answer, url = await stack.enter_async_context(call), self._base_url + path
        for _ in range(MOST_REDIRECTS):
            if answer.status not in REDIRECTS:
                break
            url = redirected(url, answer.headers.get("Location", ""))
            moved = self._http.stream("GET", url, timeout_seconds=longest, max_bytes=max_bytes)
            answer = await stack.enter_async_context(moved)
        if answer.status in REDIRECTS:
            raise UnavailableError("the API redirects a file in circles")
        if answer.status not in SUCCESS:
            raise UnavailableError(
                f"{answer.host}, where the API keeps the file, does not give it ({answer.status})",
                status_code=answer.status,
            )
        return answer

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
        async with self._call("GET", "/batches") as answer, aclosing(answer.chunks()) as chunks:
            async for chunk in chunks:
                reader.feed(chunk)
        # In a thread: where nothing is known of 100,000 jobs it takes a while.
        reading = await asyncio.to_thread(reader.close)
        self._fraction_scale = reading.fraction_scale
        return reading

    async def _ask_for(self, batch_job_id: str, method: str, path: str) -> BatchJob:
        async with self._call(method, path) as answer:
            body = await answer.read(MAX_ROW_CHARS)
        row, self._fraction_scale = parse_single(
            body, scale=self._progress_scale, assume_fraction=self._fraction_scale
        )
        if row.id != batch_job_id:
            raise MalformedError("the API answered with another job than the one asked for")
        return self._cleaning.clean(row)

    @asynccontextmanager
    async def _call(
        self,
        method: str,
        path: str,
        also: Container[int] = (),
        timeout_seconds: float | None = None,
        max_bytes: int | None = None,
    ) -> AsyncIterator[Answer]:
        """Send a request and enter its answer of success, or of a status that is good `also`.

        A failed connect is tried once more, and so is a refused key if there is a new one by now.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (timeout_seconds or self._timeout_seconds)
        async with AsyncExitStack() as stack:
            used = self._key.value
            answer = await self._answer(stack, method, path, deadline, max_bytes)
            if answer.status in KEY_REFUSED and await asyncio.to_thread(self._key.renew, used):
                answer = await self._answer(stack, method, path, deadline, max_bytes)
            if answer.status not in SUCCESS and answer.status not in also:
                raise await self._refusal(answer)
            yield answer

    async def _answer(
        self,
        stack: AsyncExitStack,
        method: str,
        path: str,
        deadline: float,
        max_bytes: int | None,
    ) -> Answer:
        try:
            answer = await stack.enter_async_context(self._send(method, path, deadline, max_bytes))
        except ConnectFailedError:
            await asyncio.sleep(CONNECT_RETRY_DELAY_SECONDS)
            answer = await stack.enter_async_context(self._send(method, path, deadline, max_bytes))
        at = answered_at(answer.headers)
        if at is not None and self._observe_date is not None:
            self._observe_date(at)
        return answer

    async def _refusal(self, answer: Answer) -> ApiError:
        was_refused = answer.status in KEY_REFUSED
        return error_for(
            answer.status,
            answer.headers,
            await answer.beginning(),
            host=answer.host,
            redact=self._key.redact,
            now=datetime.now(UTC),
            advice=await asyncio.to_thread(lambda: self._key.advice) if was_refused else "",
        )

    def _send(
        self, method: str, path: str, deadline: float, max_bytes: int | None
    ) -> AbstractAsyncContextManager[Answer]:
        """Start a request that must end at `deadline`, on the event loop's clock."""
        return self._http.stream(
            method,
            self._base_url + path,
            headers={"Authorization": f"Bearer {self._key.value}", "Accept": "application/json"},
            timeout_seconds=max(deadline - asyncio.get_running_loop().time(), 0.0),
            max_bytes=max_bytes,
        )


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


def _path(collection: str, resource_id: str) -> str:
    # "." and ".." would be taken for steps in the path, quoted or not
    if not is_usable_id(resource_id) or resource_id in (".", ".."):
        what = "a batch job" if collection == "batches" else "a file"
        raise UsageError(f"this can't be the id of {what}: look it up in the listing")
    return f"/{collection}/{quote(resource_id, safe='')}"
