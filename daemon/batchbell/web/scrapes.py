"""`/metrics`: counted here, and read from the database where no scrape holds up the bell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from batchbell.errors import DatabaseError
from batchbell.store.views.metrics import read_gauges

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.requests import Request

    from batchbell.core.gauges import Condition, Gauges
    from batchbell.observability.metrics import Metrics
    from batchbell.store.database import Database
    from batchbell.web.watching import Watching
    from batchbell.web.work import Work


class Scrapes:
    """Answers those who collect metrics."""

    def __init__(
        self,
        metrics: Metrics,
        *,
        database: Database,
        condition: Callable[[], Condition],
        watching: Callable[[], Watching],
        now: Callable[[], datetime],
        work: Work,
    ) -> None:
        """`condition` tells how the daemon is, `watching` gives what is in force."""
        self._metrics = metrics
        self._database = database
        self._condition = condition
        self._watching = watching
        self._now = now
        self._work = work

    async def answer(self, request: Request) -> Response:
        """Return the metrics, as OpenMetrics if asked for; also while the database fails.

        Raises `BusyError`.
        """
        gauges = await self._work.do(self._gauges)
        page, content_type = self._metrics.expose(
            gauges,
            self._condition(),
            now=self._now(),
            accept=request.headers.get("Accept", ""),
        )
        headers = {"Content-Type": content_type, "Cache-Control": "no-store"}
        return Response(page, headers=headers)

    def _gauges(self) -> Gauges | None:
        watching = self._watching()
        try:
            with self._database.read() as connection:
                return read_gauges(
                    connection,
                    self._database.sizes(connection),
                    watched=watching.accounts,
                    receiving=watching.channels,
                    now=self._now(),
                )
        except DatabaseError:
            return None
