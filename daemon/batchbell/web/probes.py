"""Answering probes on the page: `/healthz` and `/readyz`, to insiders with the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from batchbell.web.reports import Report, Reports


class Probes:
    """Answers those who watch the daemon or restart it."""

    def __init__(self, reports: Reports) -> None:
        """Take what makes the reports."""
        self._reports = reports

    async def healthz(self, request: Request) -> Response:
        """Say whether the daemon works."""
        return _answer(request, await self._reports.health(), "healthy")

    async def readyz(self, request: Request) -> Response:
        """Say whether it sees."""
        return _answer(request, await self._reports.readiness(), "ready")


def _answer(request: Request, report: Report, verdict: str) -> Response:
    """Return a report; to a stranger its verdict alone: the rest names accounts and errors."""
    told = report if request.state.is_insider else {verdict: report[verdict]}
    status_code = 200 if report[verdict] else 503
    return JSONResponse(told, status_code, headers={"Cache-Control": "no-store"})
