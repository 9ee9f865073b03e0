"""Looks whether reminders are due, as long as there is a failure to be reminded of."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from batchbell.errors import DatabaseError
from batchbell.observability.outage_log import Outage
from batchbell.runtime.lull import Lull
from batchbell.usecases.remind import remind

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.clock import Clock
    from batchbell.runtime.in_force import InForce
    from batchbell.runtime.liveness import Liveness
    from batchbell.runtime.lull import News
    from batchbell.store.database import Database

logger = logging.getLogger(__name__)

#: What its signs of life are known by.
REMINDERS = "reminders"


class Reminding:
    """Queues the reminders that are due; a database that fails is a failed sign of life."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        liveness: Liveness,
        in_force: InForce,
        news: News,
        on_reminders: Callable[[], None],
    ) -> None:
        """Look at nothing yet; `on_reminders` is called when some were queued.

        Without `news` nobody looks as long as nothing is to be repeated.
        """
        self._database = database
        self._clock = clock
        self._liveness = liveness
        self._in_force = in_force
        self._lull = Lull(news)
        self._on_reminders = on_reminders
        self._outage = Outage(logger, level=logging.ERROR)

    async def look(self) -> None:
        """Queue what is due, unless nothing can be."""
        if self._lull.lasts:
            return
        self._lull.begin_look()
        try:
            queued = await asyncio.to_thread(
                remind, self._database, filters=self._in_force.filters(), now=self._clock.now()
            )
        except DatabaseError as error:
            self._liveness.database_failed(REMINDERS, error)
            self._outage.failed("reminders wait: %s", error)
            return
        self._outage.ended("reminders are queued again")
        if queued is None:
            self._lull.found_nothing()
        if queued:
            self._liveness.database_written(REMINDERS)
            self._on_reminders()
        else:
            self._liveness.database_worked(REMINDERS)
