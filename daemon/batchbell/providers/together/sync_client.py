"""The client for scripts that know no event loop."""

from __future__ import annotations

import os
import threading
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

from batchbell.errors import UsageError
from batchbell.providers.together.client import DEFAULT_TIMEOUT_SECONDS, AsyncClient
from batchbell.wire.loop_thread import LoopThread

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from batchbell.core.job import BatchJob
    from batchbell.core.provider import ProgressScale

_T = TypeVar("_T")


class Client:
    """Calls the batch API and waits for its answers; `AsyncClient` is the same for `await`.

    It may be used in a `with` block, which closes its connections; without one they are closed when
    nobody holds the client any more. Threads may share it, a forked process may go on with it, and
    it works where an event loop runs, which stands still for the length of a call.
    Every call is bounded by `timeout_seconds` in total and raises an `ApiError`.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        progress_scale: ProgressScale = "auto",
    ) -> None:
        """Take the key and the address as `AsyncClient` does; raises `UsageError`."""
        self._new = partial(
            AsyncClient,
            api_key,
            base_url,
            timeout_seconds=timeout_seconds,
            progress_scale=progress_scale,
        )
        self._opening = threading.Lock()
        self._closed = False
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; what another thread waits for ends with `UnavailableError`."""
        self._closed = True
        self._end()

    def get_batch(self, batch_job_id: str) -> BatchJob:
        """Return one job. Raises `NotFoundError` for an id the API does not know."""
        return self._run(lambda client: client.get_batch(batch_job_id))

    def list_batches(self) -> list[BatchJob]:
        """Return all jobs of the account, in the API's order; rows without an id are left out."""
        return self._run(lambda client: client.list_batches())

    def cancel_batch(self, batch_job_id: str) -> BatchJob:
        """Ask for a cancel and return the job, usually not cancelled yet.

        Raises `RefusedError` for a job that has ended.
        """
        return self._run(lambda client: client.cancel_batch(batch_job_id))

    def _run(self, call: Callable[[AsyncClient], Coroutine[Any, Any, _T]]) -> _T:
        if self._closed:
            raise UsageError("this client is closed: make a new one")
        with self._opening:
            if self._loop.process != os.getpid():
                self._open()
            loop, client = self._loop, self._client
        return loop.run(call(client))

    def _open(self) -> None:
        self._client = self._new()
        self._loop = LoopThread(self._client.close)
        # At the end of the process too.
        self._end = weakref.finalize(self, self._loop.stop)
