"""Answering readers of feeds: what is asked for, and nothing again that they have already."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import Response

from batchbell.web.api.addresses import EVENT_FILTER, JOB_FILTER
from batchbell.web.api.parameters import read_query
from batchbell.web.feeds.atom import read_feed
from batchbell.web.feeds.calendar import read_calendar

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.requests import Request

    from batchbell.store.database import Database
    from batchbell.store.remembered_trends import RememberedTrends
    from batchbell.web.rendering import Pages
    from batchbell.web.watching import Watching
    from batchbell.web.work import Work


class Feeds:
    """The feed of events and the calendar of deadlines."""

    def __init__(
        self,
        database: Database,
        pages: Pages,
        watching: Callable[[], Watching],
        now: Callable[[], datetime],
        work: Work,
        trends: RememberedTrends,
    ) -> None:
        """`database` is only read."""
        self._database = database
        self._pages = pages
        self._watching = watching
        self._now = now
        self._work = work
        self._trends = trends

    async def atom(self, request: Request) -> Response:
        """Answer `/feed.atom`.

        Raises `BadQuestionError`, `NoSuchPageError`, `DatabaseError`, `BusyError`.
        """
        given = request.query_params.multi_items()
        chosen = read_query(EVENT_FILTER, given)

        def made() -> str:
            watching = self._watching()
            with self._database.read() as connection:
                feed = read_feed(
                    connection,
                    chosen,
                    query=urlencode(sorted(given)),
                    page_url=watching.page_url or str(request.base_url).rstrip("/"),
                    provider=watching.provider,
                    now=self._now(),
                )
            return self._pages.xml("feed.xml", feed=feed)

        text = await self._work.do(made)
        return _answer(request, text, "application/atom+xml; charset=utf-8")

    async def calendar(self, request: Request) -> Response:
        """Answer `/deadlines.ics`.

        Raises `BadQuestionError`, `DatabaseError`, `BusyError`.
        """
        chosen = read_query(JOB_FILTER, request.query_params.multi_items())

        def made() -> str:
            with self._database.read() as connection:
                page_url = self._watching().page_url
                return read_calendar(
                    connection,
                    chosen,
                    page_url=page_url,
                    now=self._now(),
                    remembered=self._trends,
                )

        text = await self._work.do(made)
        return _answer(request, text, "text/calendar; charset=utf-8")


def _answer(request: Request, text: str, media_type: str) -> Response:
    """Return a feed; only its tag to a reader that has it. Source: RFC 9110, section 13.1.2."""
    body = text.encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    known = [
        each.strip().removeprefix("W/")
        for each in request.headers.get("if-none-match", "").split(",")
    ]
    if tag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
