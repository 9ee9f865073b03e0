"""What the daemon does for its own house: reminders, pruning, a check-up of the database.

Old result files that are kept are removed, too.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from batchbell.errors import DatabaseError, KeepError
from batchbell.observability.outage_log import Outage
from batchbell.runtime.reminding import REMINDERS
from batchbell.usecases.prune_kept import prune_kept
from batchbell.usecases.remind import LOOK_EVERY
from batchbell.usecases.retain import prune

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.clock import Clock
    from batchbell.runtime.in_force import InForce
    from batchbell.runtime.liveness import Liveness
    from batchbell.runtime.reminding import Reminding
    from batchbell.runtime.scheduler import Scheduler
    from batchbell.store.database import Database

logger = logging.getLogger(__name__)

PRUNE_SECONDS = 3600.0
#: A sound database is checked again a day later.
CHECK_UP_SECONDS = 86400.0
#: What failed is tried again after this long.
RETRY_SECONDS = 60.0

_PRUNING, _CHECK_UP, _REMOVAL = "pruning", "the check-up", "removing kept files"


class Chores:
    """Does each of these in its turn; a database that fails is a failed sign of life."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        scheduler: Scheduler,
        liveness: Liveness,
        in_force: InForce,
        has_tried: Callable[[], bool],
        reminding: Reminding,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        """Start nothing yet.

        `has_tried` says whether there was a poll attempt, and whether these are done here for all
        replicas. What failed is tried again after `retry_seconds`.
        """
        self._database = database
        self._clock = clock
        self._scheduler = scheduler
        self._liveness = liveness
        self._in_force = in_force
        self._has_tried = has_tried
        self._reminding = reminding
        self._retry_seconds = retry_seconds
        self._pruning = Outage(logger, level=logging.ERROR)
        self._removing = Outage(logger)
        self._checking = Outage(logger, level=logging.ERROR)
        self._prunes = False

    def start(self) -> None:
        """Begin with what needs no clock."""
        look_seconds = self._clock.real_seconds(LOOK_EVERY)
        self._scheduler.keep(REMINDERS, interval_seconds=look_seconds, run=self._remind)
        self._scheduler.keep(_CHECK_UP, interval_seconds=self._retry_seconds, run=self._check_up)

    def polled_well(self) -> None:
        """Begin with the rest: until an answer has come, the clock may be years off."""
        if not self._prunes:
            self._prunes = True
            self._scheduler.keep(_PRUNING, interval_seconds=self._retry_seconds, run=self._prune)
            self._scheduler.keep(_REMOVAL, interval_seconds=self._retry_seconds, run=self._remove)

    async def _remind(self) -> None:
        """Before a first poll the clock may be hours off."""
        if self._is_to_do(REMINDERS):
            await self._reminding.look()

    async def _prune(self) -> float:
        """Prune; return how long until the next time, seconds."""
        if not self._is_to_do(_PRUNING):
            return self._retry_seconds
        keep = self._in_force.settings.history.keep
        try:
            await asyncio.to_thread(prune, self._database, keep, self._clock.earlier)
        except DatabaseError as error:
            self._liveness.database_failed(_PRUNING, error)
            self._pruning.failed("pruning waits for its next turn: %s", error)
            return self._retry_seconds
        self._liveness.database_worked(_PRUNING)
        self._pruning.ended("pruning works again")
        return PRUNE_SECONDS

    async def _remove(self) -> float:
        """Remove old result files; return how long until the next time, seconds."""
        if not self._is_to_do(_REMOVAL):
            return self._retry_seconds
        results = self._in_force.settings.results
        if results.folder is None or results.keep_for is None:
            return PRUNE_SECONDS
        before = self._clock.earlier - results.keep_for
        try:
            await asyncio.to_thread(prune_kept, self._database, Path(results.folder), before)
        except (KeepError, DatabaseError) as error:
            if isinstance(error, DatabaseError):
                self._liveness.database_failed(_REMOVAL, error)
            self._removing.failed("old result files stay: %s", error)
            return self._retry_seconds
        self._liveness.database_worked(_REMOVAL)
        self._removing.ended("old result files are removed again")
        return PRUNE_SECONDS

    def _is_to_do(self, chore: str) -> bool:
        """Whether it is done here; of what is another replica's now no failure is ours any more."""
        is_ours = self._has_tried()
        if not is_ours:
            self._liveness.forget(chore)
        return is_ours

    async def _check_up(self) -> float:
        """Look for damage, which rounds that touch other rows would not notice."""
        try:
            damage = await asyncio.to_thread(self._damage)
        except DatabaseError as error:
            damage = str(error)
        self._liveness.database_examined(damage)
        if damage:
            self._checking.failed("the check-up found damage: %s", damage)
            return self._retry_seconds
        self._checking.ended("the check-up finds the database sound again")
        return CHECK_UP_SECONDS

    def _damage(self) -> str:
        with self._database.read() as connection:
            return self._database.damage(connection) or ""
