from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.redaction import Redactor
from batchbell.errors import (
    ApiError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
    UnavailableError,
)
from batchbell.wire.refusal import answered_at, api_text, error_for, retry_after_seconds

NOW = datetime(2025, 6, 11, 12, tzinfo=UTC)
KEY = "tgp_fake_key_0123456789"
REDACT = Redactor([KEY])


def error(status: int, body: bytes = b'{"error": "words"}', *headers: tuple[str, str]) -> ApiError:
    return error_for(
        status, httpx.Headers(headers), body, host="api.example:443", redact=REDACT, now=NOW
    )


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, RefusedError, "api.example:443 refused the call (400: words)"),
        (401, UnauthorizedError, "api.example:443 refused the API key (401: words)"),
        (402, RefusedError, "credit or payment"),
        (403, UnauthorizedError, "does not let this API key do that (403: words)"),
        (404, NotFoundError, "has no such thing (404: words)"),
        (408, UnavailableError, "(408: words)"),
        (418, RefusedError, "refused the call (418: words)"),
        (429, RateLimitedError, "asks for fewer calls (429: words)"),
        (301, UnavailableError, "redirect; check base_url (301: words)"),
        (302, UnavailableError, "redirect; check base_url"),
        (307, UnavailableError, "redirect; check base_url"),
        (500, UnavailableError, "is unavailable (500: words)"),
        (503, UnavailableError, "is unavailable (503: words)"),
        (999, UnavailableError, "is unavailable (999: words)"),
    ],
)
def test_a_status_says_what_went_wrong(status: int, kind: type[ApiError], words: str) -> None:
    found = error(status)
    assert type(found) is kind
    assert words in str(found)
    assert found.status_code == status
    assert found.text == "words"


def test_an_error_without_a_body_has_a_sentence() -> None:
    assert str(error(503, b"")) == "api.example:443 is unavailable (503)"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"error": "batch job not found"}', "batch job not found"),
        (b'{"error": {"message": "no file", "type": "x", "param": null}}', "no file"),
        (b'{"message": "slow down"}', "slow down"),
        (b'{"detail": "Not Found"}', "Not Found"),
        (b'{"error": {"code": 1}}', ""),
        (b'{"error": null}', ""),
        (b'"just a string"', "just a string"),
        (b"[1]", ""),
        (b"null", ""),
        (b"", ""),
        (b"upstream connect error\r\nor reset", "upstream connect error or reset"),
        (
            b"<html><head><TITLE>502 Bad Gateway</TITLE></head><body>..</body></html>",
            "502 Bad Gateway",
        ),
        (b"<html><body><h1>Sorry &amp; bye</h1><p>Try later</p", "Sorry & bye Try later"),
        (b'{"error": "\\u001b[31mred\\u0000 \\ud800"}', "\ufffd[31mred\ufffd \ufffd"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"[" * 60_000, "[" * 199 + "…"),
        (b"9" * 5_000, "9" * 199 + "…"),
    ],
)
def test_the_api_s_own_words_are_found(body: bytes, text: str) -> None:
    assert api_text(body) == text


def test_a_secret_the_api_repeats_is_taken_out_before_the_text_is_cut() -> None:
    body = json.dumps({"error": "x" * 190 + KEY + " is wrong"}).encode()
    found = error(401, body)
    assert "tgp_fake" not in f"{found}{found.text}{found!r}"
    assert "x***" in found.text
    assert len(found.text) <= 200


def test_nor_is_half_of_one_left_where_a_page_is_cut() -> None:
    body = b"<i>" * ((4096 - 10) // 3) + f"{KEY} is wrong".encode()
    assert api_text(body, redact=REDACT) == "*** is wro"


@given(st.binary(max_size=200) | st.text('<>/title &;"{}').map(str.encode))
def test_any_body_gives_one_harmless_line(body: bytes) -> None:
    text = api_text(body, redact=REDACT)
    assert len(text) <= 200
    assert len(text.splitlines()) <= 1
    text.encode()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7.5 ", 7.5),
        ("86400", 900.0),
        ("Wed, 11 Jun 2025 12:00:30 GMT", 30.0),
        ("Wed, 11 Jun 2025 12:00:30 -0000", 30.0),
        ("Wed, 11 Jun 2025 11:00:00 GMT", 0.0),
        ("Wed, 11 Jun 2099 11:00:00 GMT", 900.0),
        ("-5", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("9" * 400, None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_time(value: str, seconds: float | None) -> None:
    headers = httpx.Headers([("retry-after", value)])
    assert retry_after_seconds(headers, now=NOW) == seconds


def test_a_rate_limit_carries_how_long_to_wait() -> None:
    limited = error(429, b"", ("Retry-After", "12"))
    assert isinstance(limited, RateLimitedError)
    assert limited.retry_after_seconds == 12
    without = error(429)
    assert isinstance(without, RateLimitedError)
    assert without.retry_after_seconds is None


def test_retry_after_is_taken_against_the_answer_s_own_date() -> None:
    headers = {
        "Date": "Wed, 11 Jun 2025 09:00:00 GMT",
        "Retry-After": "Wed, 11 Jun 2025 09:00:20 GMT",
    }
    assert retry_after_seconds(httpx.Headers(headers), now=NOW) == 20


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("Wed, 11 Jun 2025 12:00:00 GMT", NOW),
        ("Wed, 11 Jun 2025 14:00:00 +0200", NOW),
        ("Wed, 11 Jun 2025 12:00:00 -0000", NOW),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Fri, 01 Jan 2101 00:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("Wed, 11 Jun 1000000 12:00:00 GMT", None),
        ("Wed, 99 Jun 2025 12:00:00 GMT", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_date_of_an_answer_is_aware_utc_or_none(value: str, at: datetime | None) -> None:
    found = answered_at(httpx.Headers({"date": value}))
    assert found == at
    assert found is None or found.tzinfo is UTC


def test_an_answer_without_a_date_has_none() -> None:
    assert answered_at(httpx.Headers()) is None
