"""Asking for the password, where the configuration has one."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from batchbell.web.access import Access

logger = logging.getLogger(__name__)

#: What everybody may ask: probes have no password, and hear no secret.
FREE_PATHS = frozenset({"/healthz", "/readyz"})
#: How often wrong passwords are logged at most, seconds.
_LOG_EVERY_SECONDS = 60.0


class Gate:
    """Lets those in who send the password or the token."""

    def __init__(self, app: ASGIApp, *, access: Callable[[], Access]) -> None:
        """`access` is asked at every request: a new password holds at once."""
        self._app = app
        self._access = access
        self._wrong_times = 0
        self._logged_at = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a stranger with 401, pass all others on."""
        access = self._access()
        given = Headers(scope=scope).get("authorization", "")
        if scope["path"] in FREE_PATHS or access.is_free or access.admits(given):
            await self._app(scope, receive, send)
            return
        if given:
            self._log_wrong(scope)
            await asyncio.sleep(access.slow_no_seconds)
        await _stranger(is_wrong=bool(given))(scope, receive, send)

    def _log_wrong(self, scope: Scope) -> None:
        """Log a wrong password, but not each of them: who guesses must not fill the log."""
        self._wrong_times += 1
        if time.monotonic() - self._logged_at < _LOG_EVERY_SECONDS:
            return
        client = scope.get("client")
        logger.warning(
            "the status page was asked with a wrong password or token",
            extra={"times": self._wrong_times, "peer": client[0] if client else "unknown"},
        )
        self._wrong_times = 0
        self._logged_at = time.monotonic()


def _stranger(*, is_wrong: bool) -> PlainTextResponse:
    what = "That is not the password" if is_wrong else "This page asks for a password"
    return PlainTextResponse(
        f"{what}: any user name, and web.password or web.token of batchbell's configuration.\n",
        status_code=401,
        # Source: RFC 7617, section 2.1, for the character set.
        headers={
            "WWW-Authenticate": 'Basic realm="batchbell", charset="UTF-8"',
            "Cache-Control": "no-store",
        },
    )
