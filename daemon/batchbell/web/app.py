"""The app: its addresses, and what each of them answers."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from batchbell.errors import DatabaseError
from batchbell.store.remembered_answers import RememberedAnswers
from batchbell.store.remembered_trends import RememberedTrends
from batchbell.web.api.app import create_api
from batchbell.web.api.parameters import BadQuestionError
from batchbell.web.asked import Asked, NoSuchPageError
from batchbell.web.brake import Brake
from batchbell.web.burst import BurstLog
from batchbell.web.feeds.answers import Feeds
from batchbell.web.gate import Gate
from batchbell.web.guard import Guard
from batchbell.web.live import Changes, announcements
from batchbell.web.pages.about import read_about_page
from batchbell.web.pages.channels import read_channels_page
from batchbell.web.pages.deliveries import read_deliveries_page
from batchbell.web.pages.events import read_events_page
from batchbell.web.pages.job import read_job_page
from batchbell.web.pages.overview import read_overview
from batchbell.web.probes import Probes
from batchbell.web.rendering import Pages
from batchbell.web.reports import Reports
from batchbell.web.scrapes import Scrapes
from batchbell.web.shared import Shared
from batchbell.web.static_files import HashedFiles
from batchbell.web.work import RETRY_AFTER_SECONDS, BusyError, Work

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from batchbell.core.gauges import Condition
    from batchbell.observability.metrics import Metrics
    from batchbell.store.database import Database, Transaction
    from batchbell.web.access import Access
    from batchbell.web.health import Complaining
    from batchbell.web.rendering import Seen
    from batchbell.web.watching import Watching

#: What changes with every poll is kept nowhere; files are asked for again each time.
_NOT_KEPT = {"Cache-Control": "no-store"}
#: Higher ones take several times as long and save little of a page.
_PACKED_LEVEL = 5
_PACKED = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
#: The state of a page that its reader has, and wants only the difference to.
_SHOWN = "batchbell-shown"


def create_app(
    *,
    database: Database,
    liveness: Complaining,
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
    files, work = HashedFiles(), Work(stop)
    trends = RememberedTrends()
    handlers = _Handlers(
        database, liveness, now, watching, stop, work, Pages(files.address), trends
    )
    feeds = Feeds(database, handlers.pages, watching, now, work, trends)
    probes = Probes(Reports(database, liveness, watching, now))
    scrapes = Scrapes(
        metrics,
        database=database,
        condition=condition,
        watching=watching,
        now=now,
        work=work,
    )
    app = Starlette(
        routes=[
            Route("/", handlers.page("overview.html", read_overview)),
            Route("/jobs/{account}/{job_id:path}", handlers.page("job.html", read_job_page)),
            Route("/events", handlers.page("events.html", read_events_page)),
            Route("/deliveries", handlers.page("deliveries.html", read_deliveries_page)),
            Route("/channels", handlers.page("channels.html", read_channels_page)),
            Route("/about", handlers.page("about.html", read_about_page)),
            Route("/feed.atom", feeds.atom),
            Route("/deadlines.ics", feeds.calendar),
            Route("/live", handlers.live),
            Route("/healthz", probes.healthz),
            Route("/readyz", probes.readyz),
            Route("/metrics", scrapes.answer),
            Mount("/api", create_api(database, now, work)),
            Mount("/static", files),
        ],
        exception_handlers={
            HTTPException: handlers.problem,
            NoSuchPageError: handlers.no_such_page,
            BadQuestionError: handlers.bad_question,
            DatabaseError: handlers.database_problem,
            BusyError: handlers.busy,
            Exception: handlers.failure,
        },
    )
    # A redirect would lead out of a proxy's prefix.
    app.router.redirect_slashes = False
    packed = GZipMiddleware(app, compresslevel=_PACKED_LEVEL)
    gate = Gate(packed, access=access, brake=Brake(), log=BurstLog())
    return Guard(gate, access=access)


class _Handlers:
    def __init__(
        self,
        database: Database,
        liveness: Complaining,
        now: Callable[[], datetime],
        watching: Callable[[], Watching],
        stop: asyncio.Event,
        work: Work,
        pages: Pages,
        trends: RememberedTrends,
    ) -> None:
        self._database = database
        self._liveness = liveness
        self._now = now
        self._watching = watching
        self._stop = stop
        self._work = work
        self._trends = trends
        self._answers = RememberedAnswers(database.state)
        self._shared = Shared[bytes](stop, is_written=lambda: database.is_written)
        self.pages = pages
        self._changes = Changes(database, liveness)

    def page(
        self, template: str, read: Callable[[Transaction, Asked], Seen]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return the handler of a page: `read` finds out what its template shows."""

        def rendered(request: Request, version: str, *, is_packed: bool) -> bytes:
            asked = Asked(
                query=request.query_params,
                path=request.path_params,
                watching=self._watching(),
                complaints=self._liveness.complaints(),
                now=self._now(),
                trends=self._trends,
                answers=self._answers,
            )
            with self._database.read() as connection:
                seen = read(connection, asked)
            shown = request.headers.get(_SHOWN, "")
            html = self.pages.page(template, seen, version, _address(request), shown).encode()
            return gzip.compress(html, _PACKED_LEVEL) if is_packed else html

        async def answer(request: Request) -> Response:
            is_packed = "gzip" in request.headers.get("accept-encoding", "")

            async def made() -> bytes:
                # First the version, then the rows: what changes in between is announced again.
                version = await self._changes.version()
                return await self._work.do(lambda: rendered(request, version, is_packed=is_packed))

            # All that makes the answer what it is, but for what everybody gets.
            question = (
                _address(request),
                request.scope["query_string"],
                request.headers.get(_SHOWN, ""),
                is_packed,
            )
            html = await self._shared.answer(question, made)
            return HTMLResponse(html, headers=_NOT_KEPT | (_PACKED if is_packed else {}))

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

    async def problem(self, request: Request, error: Exception) -> Response:
        known = cast("HTTPException", error)
        return self._problem(request, known.status_code, headers=known.headers)

    async def no_such_page(self, request: Request, error: Exception) -> Response:
        return self._problem(request, 404, str(error))

    async def bad_question(self, request: Request, error: Exception) -> Response:
        return self._problem(request, 400, str(error))

    async def database_problem(self, request: Request, error: Exception) -> Response:
        return self._problem(request, 503, str(error))

    async def busy(self, request: Request, error: Exception) -> Response:
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        return self._problem(request, 503, headers=headers, sentence=str(error))

    async def failure(self, request: Request, _error: Exception) -> Response:
        # Starlette raises the error again after this, which the server logs.
        return self._problem(request, 500)

    def _problem(
        self,
        request: Request,
        status_code: int,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        sentence: str = "",
    ) -> Response:
        html = self.pages.problem(status_code, _address(request), detail, sentence)
        return HTMLResponse(html, status_code, headers={**_NOT_KEPT, **(headers or {})})


def _address(request: Request) -> str:
    """Return the path as it was written: a slash in a job's id does not lead down."""
    raw: bytes = request.scope["raw_path"]
    return raw.decode("latin-1")
