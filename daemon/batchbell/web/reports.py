"""What probes are answered: whether the daemon works, and whether it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from batchbell.errors import DatabaseError
from batchbell.store.views.accounts import account_views
from batchbell.web.health import health_report, ready_report
from batchbell.web.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from batchbell.store.database import Database
    from batchbell.web.health import Complaining
    from batchbell.web.watching import Watching

#: What is told to insiders, as JSON; its first value is the verdict.
Report: TypeAlias = "dict[str, object]"


class Reports:
    """Makes them for whoever asks, on the page or beside it."""

    def __init__(
        self,
        database: Database,
        liveness: Complaining,
        watching: Callable[[], Watching],
        now: Callable[[], datetime],
    ) -> None:
        """`database` is only read."""
        self._database = database
        self._liveness = liveness
        self._watching = watching
        self._now = now
        # Of its own: readers hold it up no more than they do the bell.
        self._work = Work(threads=1, most=None)

    async def health(self) -> Report:
        """Say whether the daemon works."""
        return health_report(self._liveness)

    async def readiness(self) -> Report:
        """Say whether it sees; not if the database can't be read, or work on it is not ours."""
        if why := self._watching().cut_off:
            return {"ready": False, "accounts": {}, "reason": why}
        try:
            return await self._work.do(self._readiness)
        except DatabaseError as error:
            return {"ready": False, "accounts": {}, "reason": str(error)}

    def _readiness(self) -> Report:
        now = self._now()
        with self._database.read() as connection:
            seen = account_views(connection, now, daemon_runs=True)
        return ready_report(seen, self._watching().accounts, now)
