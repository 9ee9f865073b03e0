"""What stands before every answer: the Host header's check, and headers that forbid the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from batchbell.web.access import Access

#: For probes, which call under any name: one that is not ours hears yes or no, and nothing else.
UNCHECKED_PATHS = frozenset({"/healthz", "/readyz"})
#: For programs, which know a password rather than a name; the gate looks at what they sent.
_METRICS = "/metrics"

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

        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._may_call(scope["path"], host, sends_password="authorization" in headers):
            await self._app(scope, receive, send_guarded)
        else:
            await _refusal(host)(scope, receive, send_guarded)

    def _may_call(self, path: str, host: str, *, sends_password: bool) -> bool:
        access = self._access()
        if path in UNCHECKED_PATHS or access.answers_to(host):
            return True
        # A web site that leads its own name here knows no password.
        return path == _METRICS and sends_password and not access.is_free


def _refusal(host: str) -> PlainTextResponse:
    shown = "".join(char for char in host[:100] if char.isprintable())
    return PlainTextResponse(
        f'This page does not answer to the name "{shown}". '
        "If that is how you reach it, add the name to web.allowed_hosts.\n",
        status_code=400,
        headers={"Connection": "close"},
    )
