"""What was given up, in words."""

from __future__ import annotations

import pytest

from batchbell.core.delivery.given_up import CHANNEL_REMOVED, after_time
from batchbell.messages.given_up_words import (
    again_words,
    given_up_words,
    message_again,
    repair_words,
)

BAD, LARGE, GONE = "HTTP 400 Bad Request", "HTTP 413 Content Too Large", "HTTP 404 Not Found"
OLD = after_time("HTTP 503 Service Unavailable")


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ({}, ""),
        ({BAD: 1}, f"1 message refused: {BAD}"),
        ({BAD: 1, LARGE: 2}, f"3 messages refused: {LARGE} (2), {BAD} (1)"),
        ({BAD: 4, LARGE: 3, GONE: 1}, f"8 messages refused: {BAD} (4), {LARGE} (3), others (1)"),
        ({OLD: 2}, "2 messages given up: HTTP 503 Service Unavailable"),
        ({OLD: 1, BAD: 1}, f"2 messages given up: HTTP 503 Service Unavailable (1), {BAD} (1)"),
        ({CHANNEL_REMOVED: 1}, "1 message given up: channel removed"),
        ({"": 1}, "1 message given up"),
    ],
)
def test_what_was_answered_is_said_with_how_often(reasons: dict[str, int], words: str) -> None:
    assert given_up_words(reasons) == words


def test_an_answer_that_was_said_is_not_repeated() -> None:
    assert given_up_words({GONE: 2}, said=GONE) == "2 messages refused"


def test_what_was_refused_is_to_be_repaired_before_it_is_sent_again() -> None:
    assert repair_words([BAD, OLD], "14:56:00 CET") == (
        "See in the receiver's log at 14:56:00 CET what it objects to, then change the receiver or "
        "the channel's settings: unchanged, it is refused again."
    )
    assert again_words([BAD, OLD]) == "send it again once repaired"
    assert not repair_words([OLD])


def test_where_a_receiver_gave_no_reason_its_log_is_named() -> None:
    log = "See in the receiver's log what it objects to, then change the receiver"
    assert repair_words(["HTTP 400 Bad Request"]).startswith(log)
    is_known = repair_words(["HTTP 400 Bad Request (invalid_blocks)"])
    assert is_known.startswith("Change the receiver or the channel's settings: unchanged")


def test_what_only_waited_is_sent_again_as_it_is() -> None:
    assert again_words([OLD]) == "send it again"


def test_beside_a_job_it_is_a_message_that_is_sent_again() -> None:
    assert message_again([BAD], {"tickets"}) == "Send this message again, once tickets takes it"
    assert message_again([OLD], {"tickets"}) == "Send this message again to tickets"
    several = "Send these messages again, once mail, tickets take them"
    assert message_again([BAD, OLD], {"tickets", "mail"}) == several
