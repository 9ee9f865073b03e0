"""Ask the API for the names of new jobs' input files, beside a poll and never for long."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from batchbell.core.file_names import KnownFile, worth_asking
from batchbell.errors import ApiError, RateLimitedError, UnauthorizedError, UsageError
from batchbell.store import accounts, files

if TYPE_CHECKING:
    from batchbell.clock import Clock
    from batchbell.core.listing import Listing
    from batchbell.providers.port import FileApi
    from batchbell.store.sqlite.database import Database

logger = logging.getLogger(__name__)

#: The longest that one poll waits for names, seconds: a message never waits longer for one.
LONGEST_WAIT_SECONDS = 2.0
#: Calls at the same time.
_AT_ONCE = 4


class FileNames:
    """The names of one account's input files."""

    def __init__(self, account: str, *, api: FileApi, database: Database, clock: Clock) -> None:
        """Ask for nothing yet."""
        self._account = account
        self._api = api
        self._database = database
        self._clock = clock
        #: Files that need no look-up any more, so that an unchanged listing asks the database
        #: nothing.
        self._settled: set[str] = set()

    async def look_up(self, listing: Listing) -> list[KnownFile]:
        """Ask for what the messages about this listing need; return what came of it.

        Takes `LONGEST_WAIT_SECONDS` at most; what is not answered by then counts as tried, and what
        was not asked for has its turn with the next poll. Raises `DatabaseError` alone.
        """
        tries = await asyncio.to_thread(self._wanted, listing)
        if not tries:
            return []
        left, names = deque(tries), dict[str, str]()
        try:
            async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                await asyncio.gather(*(self._ask(left, names) for _ in range(_AT_ONCE)))
        except TimeoutError:
            logger.debug("file names take too long", extra={"account": self._account})
        now = self._clock.now()
        return [
            KnownFile(
                id=file_id,
                filename=names.get(file_id, ""),
                tries=before + 1,
                looked_up_at=now,
            )
            for file_id, before in tries.items()
            if file_id not in left
        ]

    async def _ask(self, left: deque[str], names: dict[str, str]) -> None:
        """Ask for one file after the other; stop once the API wants no more calls."""
        while left:
            file_id = left.popleft()
            try:
                names[file_id] = await self._api.fetch_file_name(file_id)
            except (RateLimitedError, UnauthorizedError):
                left.appendleft(file_id)
                return
            except (ApiError, UsageError) as error:
                # The latter: an id that can't be asked for.
                facts = {"account": self._account, "file": file_id}
                logger.debug("a file's name is not known: %s", error, extra=facts)

    def _wanted(self, listing: Listing) -> dict[str, int]:
        """Return the files to ask for now, each with how often it was asked for before."""
        jobs = [
            job
            for job in listing.jobs
            if job.input_file_id and job.input_file_id not in self._settled
        ]
        if not jobs:
            return {}
        ids = {job.input_file_id for job in jobs if job.input_file_id}
        finished = [job.id for job in jobs if job.finished]
        with self._database.read() as connection:
            known = files.load(connection, self._account, ids)
            state = accounts.load(connection, self._account)
            # The first listing tells of no end.
            is_first = state.last_good_poll_at is None
            told = (
                set(finished) if is_first else files.ended_jobs(connection, self._account, finished)
            )
        self._settled |= {file.id for file in known.values() if file.settled}
        self._settled |= {job.input_file_id for job in jobs if job.input_file_id and job.id in told}
        asked = worth_asking(jobs, known=known, told=told, now=self._clock.now())
        return {file_id: known[file_id].tries if file_id in known else 0 for file_id in asked}
