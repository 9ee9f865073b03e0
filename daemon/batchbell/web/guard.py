"""What stands before every answer: the Host header's check, and headers that forbid the rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from batchbell.config.urls import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from batchbell.web.access import Access

#: Addresses for machines, which may call under any name; they tell no secrets.
UNCHECKED_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

#: Everything the page needs comes from itself; script and style only as files.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

# RFC 9110, section 7.2: a host, an IPv6 address in brackets, then perhaps a port.
_HOST_HEADER = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]/@\s]+)(?::[0-9]*)?", re.ASCII | re.IGNORECASE)


class Guard:
    """Wraps the whole app, so that even its failures carry the headers."""

    def __init__(self, app: ASGIApp, *, access: Callable[[], Access]) -> None:
        """`access` is asked at every request: a new name is answered to at once."""
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request under a foreign name with 400, pass all others on."""
        if scope["type"] != "http":
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        host = Headers(scope=scope).get("host", "")
        if scope["path"] in UNCHECKED_PATHS or self._is_ours(host):
            await self._app(scope, receive, send_guarded)
        else:
            await _refusal(host)(scope, receive, send_guarded)

    def _is_ours(self, host: str) -> bool:
        match = _HOST_HEADER.fullmatch(host)
        if match is None:
            return False
        name = match[1].lower().strip("[]").removesuffix(".")
        return name in self._access().hosts or is_loopback(name)


def _refusal(host: str) -> PlainTextResponse:
    shown = "".join(char for char in host[:100] if char.isprintable())
    return PlainTextResponse(
        f'This page does not answer to the name "{shown}". '
        "If that is how you reach it, add the name to web.allowed_hosts.\n",
        status_code=400,
    )
