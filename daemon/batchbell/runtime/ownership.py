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
async def owned(database: Database, now: datetime) -> AsyncIterator[None]:
    """Own the database for the length of the block, and close it.

    Raises `AlreadyRunningError` if it has a daemon, `DatabaseError` if it is unusable.
    """
    with closing(database), ExitStack() as stack:
        # A server that is gone takes seconds to say so.
        await asyncio.to_thread(stack.enter_context, database.only_daemon())
        await asyncio.to_thread(prepare_database, database, now)
        yield


def prepare_database(database: Database, now: datetime) -> None:
    """Migrate, and free what a dead process had claimed; for the holder of the daemon lock."""
    upgraded = database.upgrade(now)
    if upgraded is not None:
        copy = {} if upgraded.copy is None else {"copy_of_the_old": str(upgraded.copy)}
        logger.info("database migrated", extra={"schema": schema.HEAD, **copy})
    with database.write() as connection:
        queue.void_claims(connection)
        results.void_claims(connection)
