"""What an answer that is an error means, and its headers: status and text to one of our errors."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from batchbell.core.text import harmless_line, shortened
from batchbell.errors import (
    ApiError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The API's own words are cut to this, characters.
LONGEST_TEXT = 200
#: No `Retry-After` makes us wait longer, seconds.
LONGEST_RETRY_AFTER_SECONDS = 900.0
#: `Date` headers of other years come from a clock that was never set.
YEARS = range(2020, 2101)

#: Of a body that is not JSON only this much is searched for words, characters.
_SEARCHED = 4096
_TAG = re.compile(r"<[^<>]*>?")
_TITLE = re.compile(r"<title[^<>]*>([^<]*)", re.IGNORECASE)
_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


_MEANINGS: dict[int, tuple[type[ApiError], str]] = {
    401: (UnauthorizedError, "refused the API key"),
    402: (RefusedError, "wants the account's credit or payment seen to"),
    403: (UnauthorizedError, "does not let this API key do that"),
    404: (NotFoundError, "has no such thing"),
    408: (UnavailableError, "lost patience with the request"),
    429: (RateLimitedError, "asks for fewer calls"),
}
_REDIRECT, _REFUSAL = 3, 4


def error_for(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    host: str,
    redact: Callable[[str], str],
    now: datetime,
    advice: str = "",
) -> ApiError:
    """Return the error that an answer without success is.

    `headers` must not tell upper from lower case. `redact` takes out what the API may repeat of
    secrets. `now` is only used if the answer has no `Date`. `advice` is what helps; it stands
    before the API's words, as what is too long for a message is cut.
    """
    text = api_text(body, redact=redact)
    kind, words = _meaning(status)
    if advice:
        words = f"{words}; {advice}"
    message = f"{host} {words} ({status}: {text})" if text else f"{host} {words} ({status})"
    if kind is RateLimitedError:
        wait_seconds = retry_after_seconds(headers, now=now)
        return RateLimitedError(message, text=text, retry_after_seconds=wait_seconds)
    return kind(message, status_code=status, text=text)


def api_text(body: bytes, *, redact: Callable[[str], str] = str) -> str:
    """Return the API's own words from an error's body: one harmless line of 200 characters or less.

    Batch calls answer `{"error": "text"}`, file calls `{"error": {"message": ...}}`, proxies HTML.
    Source: docs/api.md, errors.
    """
    text = body.decode("utf-8", "replace")
    # before each cut: half a secret is one too
    try:
        text = _words_of_json(json.loads(text))
    except (ValueError, RecursionError):
        text = _words_of_html(redact(text)[:_SEARCHED])
    text = " ".join(text.split())
    return shortened(harmless_line(redact(text)), LONGEST_TEXT)


def retry_after_seconds(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return how long `Retry-After` asks to wait, 0 to 900 s; None if it doesn't or is nonsense.

    A time is taken against the answer's own `Date`. Source: RFC 9110, section 10.2.3.
    """
    value = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        seconds = float(value)
    elif (at := _http_date(value)) is not None:
        seconds = (at - (answered_at(headers) or now)).total_seconds()
    else:
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_SECONDS)


def answered_at(headers: Mapping[str, str]) -> datetime | None:
    """Return the `Date` header as aware UTC; None without one or for a year out of reason."""
    at = _http_date(headers.get("Date", ""))
    return at if at is not None and at.year in YEARS else None


def _meaning(status: int) -> tuple[type[ApiError], str]:
    if status in _MEANINGS:
        return _MEANINGS[status]
    if status // 100 == _REDIRECT:
        return UnavailableError, "answered with a redirect; check base_url"
    if status // 100 == _REFUSAL:
        return RefusedError, "refused the call"
    return UnavailableError, "is unavailable"


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
        # "-0000" says UTC without a zone
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _words_of_json(value: object) -> str:
    for name in ("error", "message", "detail"):
        if isinstance(value, dict) and value.get(name):
            value = value[name]
    return value if isinstance(value, str) else ""


def _words_of_html(text: str) -> str:
    title = _TITLE.search(text)
    return html.unescape(title[1] if title else _TAG.sub(" ", text))
