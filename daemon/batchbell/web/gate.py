"""Asking for the password, where the configuration has one."""

from __future__ import annotations

import asyncio
import math
from enum import Enum, auto
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from batchbell.web.peer import peer_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from batchbell.web.access import Access
    from batchbell.web.brake import Brake
    from batchbell.web.burst import BurstLog

#: What everybody may ask: probes have no password, and hear no more than yes or no.
FREE_PATHS = frozenset({"/healthz", "/readyz"})
_CLOSE = {"Connection": "close"}


class _Caller(Enum):
    """What somebody is by what was sent."""

    INSIDER = auto()
    STRANGER = auto()
    WRONG = auto()
    #: Too many wrong passwords came before: this one was not looked at.
    HELD = auto()


class Gate:
    """Lets those in who send the password or the token."""

    def __init__(
        self, app: ASGIApp, *, access: Callable[[], Access], brake: Brake, log: BurstLog
    ) -> None:
        """`access` is asked at every request: a new password holds at once."""
        self._app = app
        self._access = access
        self._brake = brake
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a stranger with 401, who guesses too often with 429, pass all others on."""
        access, headers = self._access(), Headers(scope=scope)
        peer = peer_of(scope.get("client"))
        caller = self._judge(access, headers.get("authorization", ""), peer)
        if scope["path"] in FREE_PATHS:
            is_ours = access.answers_to(headers.get("host", ""))
            scope.setdefault("state", {})["is_insider"] = caller is _Caller.INSIDER and is_ours
            await self._app(scope, receive, _closing(send))
        elif caller is _Caller.INSIDER:
            await self._app(scope, receive, send)
        elif caller is _Caller.HELD:
            await _too_many(self._brake.wait_seconds(peer))(scope, receive, send)
        else:
            if caller is _Caller.WRONG:
                await asyncio.sleep(access.slow_no_seconds)
            await _stranger(is_wrong=caller is _Caller.WRONG)(scope, receive, send)

    def _judge(self, access: Access, given: str, peer: str) -> _Caller:
        if access.is_free:
            return _Caller.INSIDER
        if not given:
            return _Caller.STRANGER
        if self._brake.wait_seconds(peer) > 0:
            self._log.note(peer)
            return _Caller.HELD
        if access.admits(given):
            self._brake.right(peer)
            return _Caller.INSIDER
        self._brake.wrong(peer)
        self._log.note(peer)
        return _Caller.WRONG


def _closing(send: Send) -> Send:
    """Return a way to send after which the connection is closed: who asks freely keeps none."""

    async def send_closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(_CLOSE)
        await send(message)

    return send_closing


def _stranger(*, is_wrong: bool) -> PlainTextResponse:
    what = "That is not the password" if is_wrong else "This page asks for a password"
    return PlainTextResponse(
        f"{what}: any user name, and web.password or web.token of batchbell's configuration.\n",
        status_code=401,
        # Source: RFC 7617, section 2.1, for the character set.
        headers={
            "WWW-Authenticate": 'Basic realm="batchbell", charset="UTF-8"',
            "Cache-Control": "no-store",
            **_CLOSE,
        },
    )


def _too_many(wait_seconds: float) -> PlainTextResponse:
    wait = max(1, math.ceil(wait_seconds))
    return PlainTextResponse(
        f"Too many wrong passwords came from there or in all: try again in {wait} s.\n",
        status_code=429,
        headers={"Retry-After": str(wait), "Cache-Control": "no-store", **_CLOSE},
    )
