"""What the daemon does for its own house: reminders, pruning, a check-up of the database."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from batchbell.errors import DatabaseError
from batchbell.observability.outage_log import Outage
from batchbell.store.sqlite import checkup
from batchbell.usecases.remind import LOOK_EVERY, remind
from batchbell.usecases.retain import prune

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.runtime.bootstrap import Assembly
    from batchbell.runtime.liveness import Vitals
    from batchbell.runtime.scheduler import Scheduler

logger = logging.getLogger(__name__)

PRUNE_SECONDS = 3600.0
#: A sound database is checked again a day later.
CHECK_UP_SECONDS = 86400.0
#: What failed is tried again after this long.
RETRY_SECONDS = 60.0

_REMINDERS, _PRUNING, _CHECK_UP = "reminders", "pruning", "the check-up"


class Housekeeping:
    """Does each of these in its turn; a database that fails is told to the vitals."""

    def __init__(
        self,
        assembly: Assembly,
        *,
        scheduler: Scheduler,
        vitals: Vitals,
        has_tried: Callable[[], bool],
        on_reminders: Callable[[], None],
    ) -> None:
        """Start nothing yet.

        `has_tried` says whether there was a poll attempt; `on_reminders` is called when some were
        queued.
        """
        self._assembly = assembly
        self._scheduler = scheduler
        self._vitals = vitals
        self._has_tried = has_tried
        self._on_reminders = on_reminders
        self._reminding = Outage(logger, level=logging.ERROR)
        self._pruning = Outage(logger, level=logging.ERROR)
        self._checking = Outage(logger, level=logging.ERROR)
        self._prunes = False

    def start(self) -> None:
        """Begin with what needs no clock."""
        look_seconds = self._assembly.clock.real_seconds(LOOK_EVERY)
        self._scheduler.keep(_REMINDERS, interval_seconds=look_seconds, run=self._remind)
        self._scheduler.keep(_CHECK_UP, interval_seconds=RETRY_SECONDS, run=self._check_up)

    def polled_well(self) -> None:
        """Begin with the rest: until an answer has come, the clock may be years off."""
        if not self._prunes:
            self._prunes = True
            self._scheduler.keep(_PRUNING, interval_seconds=RETRY_SECONDS, run=self._prune)

    async def _remind(self) -> None:
        """Queue due reminders; before a first poll the clock may be hours off."""
        if not self._has_tried():
            return
        database, clock = self._assembly.database, self._assembly.clock
        filters = self._assembly.filters()
        try:
            queued = await asyncio.to_thread(remind, database, filters=filters, now=clock.now())
        except DatabaseError as error:
            self._vitals.database_failed(_REMINDERS, error)
            self._reminding.failed("reminders wait: %s", error)
            return
        self._reminding.ended("reminders are queued again")
        if queued:
            self._vitals.database_written(_REMINDERS)
            self._on_reminders()
        else:
            self._vitals.database_worked(_REMINDERS)

    async def _prune(self) -> float:
        """Prune; return how long until the next time, seconds."""
        keep = self._assembly.settings.history.keep
        try:
            await asyncio.to_thread(
                prune, self._assembly.database, keep, self._assembly.clock.earlier
            )
        except DatabaseError as error:
            self._vitals.database_failed(_PRUNING, error)
            self._pruning.failed("pruning waits for its next turn: %s", error)
            return RETRY_SECONDS
        self._vitals.database_worked(_PRUNING)
        self._pruning.ended("it is pruned again")
        return PRUNE_SECONDS

    async def _check_up(self) -> float:
        """Look for damage, which rounds that touch other rows would not notice."""
        try:
            damage = await asyncio.to_thread(self._damage)
        except DatabaseError as error:
            damage = str(error)
        self._vitals.database_examined(damage)
        if damage:
            self._checking.failed("the check-up found damage: %s", damage)
            return RETRY_SECONDS
        self._checking.ended("the check-up finds the database sound again")
        return CHECK_UP_SECONDS

    def _damage(self) -> str:
        database = self._assembly.database
        with database.read() as connection:
            found = checkup.damage(connection)
        return f"{database.path} is damaged: {found}; {checkup.ADVICE}" if found else ""
