from __future__ import annotations

import pytest

from batchbell.messages.receiver_advice import answered, what_to_look_at


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("HTTP 500 Internal Server Error", "an error of the receiver's own"),
        ("HTTP 401 Unauthorized (invalid_auth)", "does not take the key: mend the channel"),
        ("HTTP 404 Not Found", "Nothing is at this address"),
        ("HTTP 410 Gone", "no message any more"),
        ("HTTP 429 Too Many Requests", "fewer messages for now: wait"),
        ("HTTP 400 Bad Request", "refuses the message: its own log may say why"),
        ("HTTP 302, a redirect, which is not followed", "at another address"),
        ("no answer within 60 s", "see that it runs"),
        ("SMTP 550, no such user", "see that it runs"),
    ],
)
def test_each_failure_says_where_to_look(reason: str, said: str) -> None:
    assert said in what_to_look_at(reason)


def test_the_host_stands_before_a_reason_that_does_not_name_it() -> None:
    assert answered("HTTP 500", "example.org") == "example.org answered HTTP 500"
    assert answered("connection failed", "example.org") == "example.org: connection failed"
    assert answered("no connection to example.org", "example.org") == "no connection to example.org"
    assert answered("HTTP 500", "") == "HTTP 500"
