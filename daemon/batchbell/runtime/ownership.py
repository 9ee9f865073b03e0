"""The database of a process that watches: nobody else's, migrated, free of dead claims."""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack, asynccontextmanager, closing
from typing import TYPE_CHECKING

from batchbell.store import queue, results, schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from batchbell.store.database import Database

logger = logging.getLogger(__name__)


@asynccontextmanager
async def owned(
    database: Database, now: datetime, *, beside_others: bool = False
) -> AsyncIterator[None]:
    """Own the database for the length of the block, and close it.

    With `beside_others` those who do so as well may own it at the same time, where it can have
    several daemons. Raises `AlreadyRunningError` if it has one, `DatabaseError` if it is unusable.
    """
    is_alone = not (beside_others and database.has_replicas)
    lock = database.only_daemon if is_alone else database.one_of_daemons
    with closing(database), ExitStack() as stack:
        # A server that is gone takes seconds to say so.
        await asyncio.to_thread(stack.enter_context, lock())
        await asyncio.to_thread(prepare_database, database, now, is_alone=is_alone)
        yield


def prepare_database(database: Database, now: datetime, *, is_alone: bool = True) -> None:
    """Migrate; who is alone also frees what a dead process had claimed."""
    upgraded = database.upgrade(now)
    if upgraded is not None:
        copy = {} if upgraded.copy is None else {"copy_of_the_old": str(upgraded.copy)}
        logger.info("database migrated", extra={"schema": schema.HEAD, **copy})
    if not is_alone:
        return
    with database.write() as connection:
        queue.void_claims(connection)
        results.void_claims(connection)
