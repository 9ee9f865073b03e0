"""The life of a job, played once for what its statements compile to.

A seventh of what a short-lived daemon computes is that: one that `warm_server` forks has it done.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.runtime.ownership import prepare_database
from batchbell.store import accounts, channels
from batchbell.usecases.retain import prune
from tests.shared_statements import share_statements
from tests.usecases.collecting import CollectingWorld, ended

if TYPE_CHECKING:
    from batchbell.store.database import Database


async def rehearse(database: Database) -> None:
    """Do what a daemon does when it starts, and while a job runs and ends."""
    share_statements()
    world = CollectingWorld(database)
    prepare_database(database, world.clock.now())
    with database.write() as connection:
        channels.configure(connection, ["team"])
        channels.enable(connection, ["team"])
        accounts.configure(connection, ["default"])
    prune(database, timedelta(days=90), world.clock.now())
    world.api.has()
    await world.baseline()
    await world.end(ended(status="IN_PROGRESS", progress=0.5))
    await world.end(ended())
    await world.collect()
    world.send_all()
