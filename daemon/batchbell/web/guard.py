"""What stands before every answer: what is refused at once, and headers that forbid the rest."""

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

#: Each listener keeps a connection, and any web site could open some from its reader's browser.
_STREAM = "/live"
#: The longest address that is answered, path and query, bytes: as other servers have it.
_LONGEST = 8_190
#: And the deepest, in slashes; one in a job's id is written %2F. Each leads back up in every link.
_DEEPEST = 32

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
        """Refuse foreign names, endless addresses and foreign listeners, pass all others on."""
        if scope["type"] != "http":
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        headers = Headers(scope=scope)
        host = headers.get("host", "")
        answer: ASGIApp = self._app
        if not self._may_call(scope["path"], host, sends_password="authorization" in headers):
            answer = _no_such_name(host)
        elif _is_endless(scope["raw_path"], scope["query_string"]):
            answer = _refusal(414, "That address is too long: no page has one like it.")
        elif scope["path"] == _STREAM and _is_foreign(headers.get("sec-fetch-site", "")):
            answer = _refusal(403, "Only the page itself may listen to its changes.")
        await answer(scope, receive, send_guarded)

    def _may_call(self, path: str, host: str, *, sends_password: bool) -> bool:
        access = self._access()
        if path in UNCHECKED_PATHS or access.answers_to(host):
            return True
        # A web site that leads its own name here knows no password.
        return path == _METRICS and sends_password and not access.is_free


def _is_endless(path: bytes, query: bytes) -> bool:
    """Whether an address is longer than any link of the page: each answer repeats it many times."""
    return len(path) + len(query) > _LONGEST or path.count(b"/") > _DEEPEST


def _is_foreign(fetch_site: str) -> bool:
    """Whether a browser says that another origin asks. Source: Fetch Metadata, section 2.3."""
    return fetch_site not in {"", "same-origin", "none"}


def _no_such_name(host: str) -> PlainTextResponse:
    shown = "".join(char for char in host[:100] if char.isprintable())
    return _refusal(
        400,
        f'This page does not answer to the name "{shown}". '
        "If that is how you reach it, add the name to web.allowed_hosts.",
    )


def _refusal(status_code: int, sentence: str) -> PlainTextResponse:
    return PlainTextResponse(f"{sentence}\n", status_code, headers={"Connection": "close"})
