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
        ("no connection to example.org:1: Connection refused", "see that it runs"),
        ("connection refused", "see that it runs"),
        ("host name not found", "see that it runs"),
        ("timed out", "see that it runs"),
        ("example.org gave no complete answer in time", "see that it runs"),
        ("the connection to example.org broke: reset", "see that it runs"),
        ("SMTP 535, login refused", "does not take the key: mend the channel"),
        ("SMTP 550, mailbox refused", "refuses the message: its own log may say why"),
        ("exit status 1", "a program of your own: look at its output"),
        ("ended by signal 9", "a program of your own: look at its output"),
        ("took longer than 0.5 s and was ended", "a program of your own: look at its output"),
        ("the program may not be run", "a program of your own: see its path and its rights"),
    ],
)
def test_each_failure_says_where_to_look(reason: str, said: str) -> None:
    assert said in what_to_look_at(reason)


@pytest.mark.parametrize(
    "reason",
    [
        "Slack refuses it: invalid_token",
        "no thread left to send with",
        "the send broke off (ValueError)",
        "the receiver's certificate was not accepted",
        "the receiver did not accept it",
    ],
)
def test_what_says_not_whose_side_it_is_gets_no_advice(reason: str) -> None:
    assert not what_to_look_at(reason)


def test_the_host_stands_before_a_reason_that_does_not_name_it() -> None:
    assert answered("HTTP 500", "example.org") == "example.org answered HTTP 500"
    assert answered("connection failed", "example.org") == "example.org: connection failed"
    assert answered("no connection to example.org", "example.org") == "no connection to example.org"
    assert answered("HTTP 500", "") == "HTTP 500"


@pytest.mark.parametrize("place", ["mail", "example.org", "mail.example", "127.0.0.1:1"])
def test_another_host_that_holds_its_name_is_not_it(place: str) -> None:
    reason = "HTTP 400 Bad Request: see mail.example.org, 127.0.0.1:11"
    assert answered(reason, place) == f"{place} answered {reason}"


@pytest.mark.parametrize("place", ["….example.org:8443", "example.org", "[::1]:80"])
def test_the_host_is_found_between_words(place: str) -> None:
    reason = f"no connection to {place}: refused"
    assert answered(reason, place) == reason
