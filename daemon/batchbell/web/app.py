"""The app: its addresses, and what each of them answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from batchbell.errors import DatabaseError
from batchbell.store import accounts
from batchbell.web.api.app import create_api
from batchbell.web.asked import Asked, NoSuchPageError
from batchbell.web.gate import Gate
from batchbell.web.guard import Guard
from batchbell.web.health import health_report, ready_report
from batchbell.web.live import Changes, announcements
from batchbell.web.pages import Pages, severity_style
from batchbell.web.places.about import read_about_page
from batchbell.web.places.channels import read_channels_page
from batchbell.web.places.deliveries import read_deliveries_page
from batchbell.web.places.events import read_events_page
from batchbell.web.places.job import read_job_page
from batchbell.web.places.overview import read_overview
from batchbell.web.scrapes import Scrapes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from batchbell.core.gauges import Condition
    from batchbell.metrics import Metrics
    from batchbell.store.database import Database, Transaction
    from batchbell.web.access import Access
    from batchbell.web.health import Complaining
    from batchbell.web.pages import Seen
    from batchbell.web.watching import Watching

#: What changes with every poll is kept nowhere; files are asked for again each time.
_NOT_KEPT = {"Cache-Control": "no-store"}


def create_app(
    *,
    database: Database,
    vitals: Complaining,
    metrics: Metrics,
    condition: Callable[[], Condition],
    now: Callable[[], datetime],
    watching: Callable[[], Watching],
    stop: asyncio.Event,
    access: Callable[[], Access],
) -> ASGIApp:
    """Return the status page's ASGI app.

    `database` is only read. `condition` is the daemon's, in numbers, `watching` gives what the
    configuration in force asks for and `access` whom it lets in, `stop` ends the open streams.
    """
    handlers = _Handlers(database, vitals, now, watching, stop)
    scrapes = Scrapes(metrics, database=database, condition=condition, watching=watching, now=now)
    app = Starlette(
        routes=[
            Route("/", handlers.page("overview.html", read_overview)),
            Route("/jobs/{account}/{job_id:path}", handlers.page("job.html", read_job_page)),
            Route("/events", handlers.page("events.html", read_events_page)),
            Route("/deliveries", handlers.page("deliveries.html", read_deliveries_page)),
            Route("/channels", handlers.page("channels.html", read_channels_page)),
            Route("/about", handlers.page("about.html", read_about_page)),
            Route("/live", handlers.live),
            Route("/healthz", handlers.healthz),
            Route("/readyz", handlers.readyz),
            Route("/metrics", scrapes.answer),
            Route("/static/severity.css", handlers.severity_style),
            Mount("/api", create_api(database, now)),
            Mount("/static", StaticFiles(packages=[("batchbell.web", "static")])),
        ],
        exception_handlers={
            HTTPException: handlers.problem,
            NoSuchPageError: handlers.no_such_page,
            DatabaseError: handlers.database_problem,
            Exception: handlers.failure,
        },
    )
    # A redirect would lead out of a proxy's prefix.
    app.router.redirect_slashes = False
    return Guard(Gate(app, access=access), access=access)


class _Handlers:
    def __init__(
        self,
        database: Database,
        vitals: Complaining,
        now: Callable[[], datetime],
        watching: Callable[[], Watching],
        stop: asyncio.Event,
    ) -> None:
        self._database = database
        self._vitals = vitals
        self._now = now
        self._watching = watching
        self._stop = stop
        self._pages = Pages()
        self._changes = Changes(database, vitals)

    def page(
        self, template: str, read: Callable[[Transaction, Asked], Seen]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return the handler of a page: `read` finds out what its template shows."""

        def rendered(request: Request, version: str) -> str:
            asked = Asked(
                query=request.query_params,
                path=request.path_params,
                watching=self._watching(),
                complaints=self._vitals.complaints(),
                now=self._now(),
            )
            # As it was written: a slash in a job's id does not lead down.
            address = request.scope["raw_path"].decode("latin-1")
            with self._database.read() as connection:
                seen = read(connection, asked)
            return self._pages.page(template, seen, version, address)

        async def answer(request: Request) -> Response:
            # First the version, then the rows: what changes in between is announced again.
            version = await self._changes.version()
            html = await asyncio.to_thread(rendered, request, version)
            return HTMLResponse(html, headers=_NOT_KEPT)

        return answer

    async def live(self, request: Request) -> Response:
        if request.method == "HEAD":
            return Response(media_type="text/event-stream", headers=_NOT_KEPT)
        return StreamingResponse(
            announcements(self._changes, self._stop),
            media_type="text/event-stream",
            # nginx would hold the events back otherwise.
            headers={**_NOT_KEPT, "X-Accel-Buffering": "no"},
        )

    async def healthz(self, _: Request) -> Response:
        report = health_report(self._vitals)
        return _report(report, fine=not report["complaints"])

    async def readyz(self, _: Request) -> Response:
        try:
            report = await asyncio.to_thread(self._ready_report)
        except DatabaseError as error:
            report = {"ready": False, "accounts": {}, "reason": str(error)}
        return _report(report, fine=bool(report["ready"]))

    def _ready_report(self) -> dict[str, object]:
        with self._database.read() as connection:
            states = accounts.load_all(connection)
        return ready_report(states, self._watching().patience, self._now())

    async def severity_style(self, _: Request) -> Response:
        return Response(
            severity_style(), media_type="text/css", headers={"Cache-Control": "no-cache"}
        )

    async def problem(self, _: Request, error: Exception) -> Response:
        known = cast("HTTPException", error)
        html = self._pages.problem(known.status_code)
        return HTMLResponse(html, status_code=known.status_code, headers=known.headers)

    async def no_such_page(self, _: Request, error: Exception) -> Response:
        return HTMLResponse(self._pages.problem(404, str(error)), 404, headers=_NOT_KEPT)

    async def database_problem(self, _: Request, error: Exception) -> Response:
        return HTMLResponse(self._pages.problem(503, str(error)), 503, headers=_NOT_KEPT)

    async def failure(self, _: Request, _error: Exception) -> Response:
        # Starlette raises the error again after this, which the server logs.
        return HTMLResponse(self._pages.problem(500), 500, headers=_NOT_KEPT)


def _report(report: dict[str, object], *, fine: bool) -> Response:
    return JSONResponse(report, status_code=200 if fine else 503, headers=_NOT_KEPT)
