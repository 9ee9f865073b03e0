"""What the reason of a message that was given up says."""

from __future__ import annotations

import pytest

from batchbell.core.delivery.given_up import (
    CHANNEL_REMOVED,
    after_attempts,
    after_time,
    is_refused,
    last_answer,
)

BUSY = "HTTP 503 Service Unavailable"


@pytest.mark.parametrize(
    ("reason", "answer", "refused"),
    [
        ("HTTP 400 Bad Request", "HTTP 400 Bad Request", True),
        (after_attempts(10, BUSY), BUSY, True),
        (after_time(BUSY), BUSY, False),
        (CHANNEL_REMOVED, "", False),
        ("", "", False),
    ],
)
def test_what_was_refused_is_told_from_what_only_waited_too_long(
    reason: str, answer: str, refused: object
) -> None:
    assert last_answer(reason) == answer
    assert is_refused(reason) is refused


def test_the_words_say_how_often_and_how_long_it_was_tried() -> None:
    assert after_attempts(10, BUSY) == f"gave up after 10 attempts: {BUSY}"
    assert after_time(BUSY) == f"gave up after 72 h: {BUSY}"
