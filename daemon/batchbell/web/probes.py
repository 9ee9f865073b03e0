"""Answering probes: `/healthz` and `/readyz`, to insiders with the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from batchbell.errors import DatabaseError
from batchbell.store.views.accounts import account_views
from batchbell.web.health import health_report, ready_report
from batchbell.web.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from batchbell.store.database import Database
    from batchbell.web.health import Complaining
    from batchbell.web.watching import Watching


class Probes:
    """Answers those who watch the daemon or restart it."""

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

    async def healthz(self, request: Request) -> Response:
        """Say whether the daemon works."""
        report = health_report(self._liveness)
        return _report(request, report, "healthy")

    async def readyz(self, request: Request) -> Response:
        """Say whether it sees; not if the database can't be read, or work on it is not ours."""
        if why := self._watching().cut_off:
            return _report(request, {"ready": False, "accounts": {}, "reason": why}, "ready")
        try:
            report = await self._work.do(self._ready_report)
        except DatabaseError as error:
            report = {"ready": False, "accounts": {}, "reason": str(error)}
        return _report(request, report, "ready")

    def _ready_report(self) -> dict[str, object]:
        now = self._now()
        with self._database.read() as connection:
            seen = account_views(connection, now, daemon_runs=True)
        return ready_report(seen, self._watching().accounts, now)


def _report(request: Request, report: dict[str, object], verdict: str) -> Response:
    """Return a report; to a stranger its verdict alone: the rest names accounts and errors."""
    told = report if request.state.is_insider else {verdict: report[verdict]}
    status_code = 200 if report[verdict] else 503
    return JSONResponse(told, status_code, headers={"Cache-Control": "no-store"})
