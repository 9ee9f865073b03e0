from __future__ import annotations

import pytest

from batchbell.core.results.retry_helps import retry_helps


@pytest.mark.parametrize(
    ("status", "code", "message", "helps"),
    [
        (429, "", "", True),
        (408, "", "", True),
        (503, "", "", True),
        (None, "500", "", True),
        (None, "rate_limit_exceeded", "", True),
        (None, "", "Request timed out after …", True),
        (None, "", "The server is overloaded", True),
        (None, "", "No capacity available", True),
        (None, "server_error", "invalid", True),
        (400, "", "rate limit", False),
        (402, "", "", False),
        (None, "404", "", False),
        (None, "invalid_request_error", "timeout", False),
        (None, "context_length_exceeded", "", False),
        (None, "", "violates policy", False),
        (None, "", "malformed", False),
        (None, "", "something happened", None),
        (200, "17", "", None),
        (None, "", "", None),
    ],
)
def test_it_helps_where_the_failure_was_not_the_requests(
    status: int | None, code: str, message: str, *, helps: bool | None
) -> None:
    assert retry_helps(status, code, message) is helps
