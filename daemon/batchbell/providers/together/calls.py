"""Calls with a key: what is sent, what an answer means, and the way to a file's bytes."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from batchbell.errors import UnavailableError, UsageError
from batchbell.providers.together.file_content import (
    MOST_REDIRECTS,
    REDIRECTS,
    longest_seconds,
    redirected,
)
from batchbell.providers.together.row import is_usable_id
from batchbell.wire.refusal import answered_at, error_for
from batchbell.wire.request_errors import ConnectFailedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Container
    from contextlib import AbstractAsyncContextManager

    from batchbell.errors import ApiError
    from batchbell.providers.api_key import ApiKey
    from batchbell.wire.answer import Answer
    from batchbell.wire.http import HttpClient

#: The statuses of an answer that holds what was asked for, of one that refuses the key,
#: and of one that does not know the path.
SUCCESS = range(200, 300)
KEY_REFUSED = frozenset({401, 403})
_NOT_FOUND = 404
#: Where the jobs are listed.
LISTING = "/batches"
#: After a failed connect, before the one retry: long enough for a server that restarts a socket.
CONNECT_RETRY_DELAY_SECONDS = 0.2


class Calls:
    """Sends requests to one address with one key."""

    def __init__(
        self,
        http: HttpClient,
        key: ApiKey,
        base_url: str,
        *,
        timeout_seconds: float,
        observe_date: Callable[[datetime], None] | None,
    ) -> None:
        """`timeout_seconds` bounds a call as a whole; `observe_date` gets each answer's `Date`."""
        self.base_url = base_url
        self._http = http
        self._key = key
        self._timeout_seconds = timeout_seconds
        self._observe_date = observe_date

    @asynccontextmanager
    async def call(
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
                raise await self._refusal(answer, path)
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

    async def _refusal(self, answer: Answer, path: str) -> ApiError:
        return error_for(
            answer.status,
            answer.headers,
            await answer.beginning(),
            host=answer.host,
            redact=self._key.redact,
            now=datetime.now(UTC),
            advice=await self._advice(answer.status, path),
        )

    async def _advice(self, status: int, path: str) -> str:
        """Return what helps with a refusal; '' if nobody knows.

        Only the listing is there whatever the id: of a file that is not found no address is wrong.
        """
        if status in KEY_REFUSED:
            return await asyncio.to_thread(lambda: self._key.advice)
        return "check base_url" if status == _NOT_FOUND and path == LISTING else ""

    def _send(
        self, method: str, path: str, deadline: float, max_bytes: int | None
    ) -> AbstractAsyncContextManager[Answer]:
        """Start a request that must end at `deadline`, on the event loop's clock."""
        return self._http.stream(
            method,
            self.base_url + path,
            headers={"Authorization": f"Bearer {self._key.value}", "Accept": "application/json"},
            timeout_seconds=max(deadline - asyncio.get_running_loop().time(), 0.0),
            max_bytes=max_bytes,
        )

    @asynccontextmanager
    async def file(self, path: str, max_bytes: int) -> AsyncIterator[Answer]:
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
        call = self.call("GET", path, REDIRECTS, longest, max_bytes)
        answer, url = await stack.enter_async_context(call), self.base_url + path
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


def path_of(collection: str, resource_id: str) -> str:
    """Return where a job or a file is. Raises `UsageError` for what can't be its id."""
    # "." and ".." would be taken for steps in the path, quoted or not
    if not is_usable_id(resource_id) or resource_id in (".", ".."):
        what = "a batch job" if collection == "batches" else "a file"
        raise UsageError(f"this can't be the id of {what}: look it up in the listing")
    return f"/{collection}/{quote(resource_id, safe='')}"
