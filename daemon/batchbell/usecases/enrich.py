"""Ask the API for the names of jobs' input files: after a poll's commit, and never for long."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchbell.core.file_names import KnownFile, files_of, worth_asking
from batchbell.core.results.masking import masked_within
from batchbell.errors import (
    ApiError,
    DatabaseError,
    RateLimitedError,
    UnauthorizedError,
    UsageError,
)
from batchbell.store import events, files
from batchbell.store.database import about_account
from batchbell.usecases.announce import announce_named, release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from batchbell.clock import Clock
    from batchbell.core.job import BatchJob
    from batchbell.core.routing import Filter
    from batchbell.providers.port import FileApi
    from batchbell.store.database import Database, Transaction

logger = logging.getLogger(__name__)

#: Calls at the same time.
_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which names a poll wants to know, as its transaction noted them."""

    #: Every file whose name is still to be asked for, now or later, by id.
    open: Mapping[str, KnownFile]
    #: Those that need no look-up any more, of the jobs that the poll looked at.
    settled: frozenset[str]
    #: The ids to ask for once the transaction is committed.
    asked: Sequence[str]
    #: When those will be answered at the latest.
    until: datetime


class FileNames:
    """The names of one account's input files.

    What is to be asked for stands in the database: a process that dies between a poll's commit and
    the answer leaves the question to the next one.
    """

    def __init__(
        self,
        account: str,
        *,
        api: FileApi,
        database: Database,
        clock: Clock,
        filters: Callable[[], Sequence[Filter]],
        wait: timedelta,
    ) -> None:
        """Ask for nothing yet; `wait` is how long one look-up may take."""
        self._account = account
        self._api = api
        self._database = database
        self._clock = clock
        self._filters = filters
        self._wait = wait
        #: As of the last commit, so that an unchanged listing asks the database nothing; None
        #: before the first one.
        self._wanted: Wanted | None = None

    def wanted(
        self,
        transaction: Transaction,
        jobs: Iterable[BatchJob],
        now: datetime,
        *,
        behind: Iterable[BatchJob] = (),
    ) -> Wanted:
        """Note the files of these jobs that nobody knows yet, and return what to ask for.

        The turn of those `behind` them comes last, in this and in the next polls.
        """
        last = (job.input_file_id for job in behind if job.input_file_id)
        ids = list(dict.fromkeys([*files_of(jobs), *last]))
        noted = self._noted(transaction)
        settled = frozenset() if self._wanted is None else self._wanted.settled.intersection(ids)
        unknown = [each for each in ids if each not in noted and each not in settled]
        if unknown:
            stored = files.load(transaction, self._account, unknown)
            new = {
                each: KnownFile(id=each, tries=0, looked_up_at=now)
                for each in unknown
                if each not in stored
            }
            files.save(transaction, self._account, new.values())
            settled |= {each.id for each in stored.values() if each.settled}
            noted |= new
        return Wanted(
            open=noted,
            settled=settled,
            asked=worth_asking([*ids, *noted], noted, now),
            until=now + self._wait,
        )

    def recorded(self, wanted: Wanted) -> None:
        """Take notice that the transaction is committed."""
        self._wanted = wanted

    async def look_up(self) -> Mapping[str, str]:
        """Ask for what the last poll wants to know; return the names, by file id.

        Takes the wait at most; what is not answered by then counts as tried, and what was not asked
        for has its turn with the next poll. Never raises but for cancellation.
        """
        if self._wanted is None or not self._wanted.asked:
            return {}
        left, names = deque(self._wanted.asked), dict[str, str]()
        try:
            async with asyncio.timeout(self._wait.total_seconds()):
                await asyncio.gather(*(self._ask(left, names) for _ in range(_AT_ONCE)))
        except TimeoutError:
            logger.debug("file names take too long", extra={"account": self._account})
        try:
            await asyncio.to_thread(self._record, self._wanted, left, names)
        except DatabaseError as error:
            # The next poll, which has to write too, asks again and says so.
            facts = {"account": self._account}
            logger.debug("file names are not recorded: %s", error, extra=facts)
        return names

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
                why = masked_within(str(error), error.text if isinstance(error, ApiError) else "")
                logger.debug("a file's name is not known: %s", why, extra=facts)

    def _record(self, wanted: Wanted, left: Iterable[str], names: Mapping[str, str]) -> None:
        """Write what came of it, and let go the messages that waited for it."""
        now = self._clock.now()
        tried = [
            replace(
                wanted.open[each],
                filename=names.get(each, ""),
                tries=wanted.open[each].tries + 1,
                looked_up_at=now,
            )
            for each in wanted.asked
            if each not in left
        ]
        with self._database.write(about_account(self._account)) as connection:
            files.save(connection, self._account, tried)
            told = events.of_files(connection, self._account, wanted.asked)
            announce_named(connection, told, names, self._filters(), now)
            release(connection, [each.id for each in told], now)
        known = {**wanted.open, **{each.id: each for each in tried}}
        self._wanted = replace(
            wanted,
            open={each.id: each for each in known.values() if not each.settled},
            settled=wanted.settled | {each.id for each in tried if each.settled},
            asked=(),
        )

    def _noted(self, transaction: Transaction) -> dict[str, KnownFile]:
        if self._wanted is None:
            return files.unsettled(transaction, self._account)
        return dict(self._wanted.open)
