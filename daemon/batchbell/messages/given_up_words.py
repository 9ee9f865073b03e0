"""What was given up, in words: what its receivers answered, and what sends it again."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from batchbell.core.delivery.given_up import CHANNEL_REMOVED, is_refused, last_answer
from batchbell.messages.plain_text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

#: An answer without a word of the receiver's own: that would stand in brackets behind it.
_STATUS_ALONE = re.compile(r"HTTP \d{3}[^(]*")
#: So many answers are told apart.
_ANSWERS = 2
#: A command names so many messages at most.
_NAMED = 3
#: What a receiver takes then that refused it.
_REPAIRED = "the receiver or the channel's settings: unchanged, it is refused again."
#: So much of each stands in a line, characters.
_ANSWER_CHARS = 100


def given_up_words(reasons: Mapping[str, int], said: str = "") -> str:
    """Return `3 messages refused: HTTP 400 Bad Request (2), HTTP 413 Content Too Large (1)`.

    `reasons` says how many were given up why; '' for none. What was not refused is `given up`. An
    answer that was `said` before is not repeated.
    """
    if not reasons:
        return ""
    why = answers_words(reasons)
    is_new = why and why != one_line(said, _ANSWER_CHARS)
    return f"{given_up_count(reasons)}{f': {why}' if is_new else ''}"


def given_up_count(reasons: Mapping[str, int]) -> str:
    """Return `3 messages refused`, or `given up` where they were not."""
    word = "refused" if all(map(is_refused, reasons)) else "given up"
    return f"{counted(sum(reasons.values()), 'message')} {word}"


def repair_words(reasons: Collection[str], at: str = "") -> str:
    """Return what has to be done before anything is sent again; '' for nothing.

    A receiver of which no more than the status is known has its reason in its own log at most: it
    was refused `at` a moment, '' if that is not one.
    """
    refused = [*filter(is_refused, reasons)]
    if not refused:
        return ""
    is_bare = any(_STATUS_ALONE.fullmatch(last_answer(reason)) for reason in refused)
    if not is_bare:
        return f"Change {_REPAIRED}"
    return (
        f"See in the receiver's log{at and f' at {at}'} what it objects to, then change {_REPAIRED}"
    )


def again_words(reasons: Collection[str], *, several: bool = False) -> str:
    """Return what a command does that sends these again: `send it again once repaired`."""
    once = " once repaired" if any(map(is_refused, reasons)) else ""
    return f"send {'them' if several else 'it'} again{once}"


def message_again(reasons: Collection[str], channels: Collection[str]) -> str:
    """Return `Send this message again, once tickets takes it`, for where a job is spoken of.

    There `it`, and what is repaired, would be the job.
    """
    what, it = ("this message", "it") if len(reasons) == 1 else ("these messages", "them")
    to, takes = ", ".join(sorted(channels)), "takes" if len(channels) == 1 else "take"
    once = f", once {to} {takes} {it}" if any(map(is_refused, reasons)) else f" to {to}"
    return f"Send {what} again{once}"


def retry_command(numbers: Collection[int]) -> str:
    """Return what sends these messages again: by their numbers while they are few."""
    which = " ".join(map(str, numbers)) if 0 < len(numbers) <= _NAMED else "all"
    return f"batchbell deliveries retry {which}"


def answers_words(reasons: Mapping[str, int]) -> str:
    """Return `HTTP 400 Bad Request (2), HTTP 413 Content Too Large (1)`."""
    found: Counter[str] = Counter()
    for reason, count in reasons.items():
        said = reason if reason == CHANNEL_REMOVED else last_answer(reason)
        found[one_line(said, _ANSWER_CHARS)] += count
    named = [(said, count) for said, count in found.most_common() if said]
    if len(named) == 1:
        return named[0][0]
    told = [f"{said} ({count:,})" for said, count in named[:_ANSWERS]]
    left = sum(count for _, count in named[_ANSWERS:])
    return ", ".join(told) + (f", others ({left:,})" if left else "")
