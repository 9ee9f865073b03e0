"""A message that can't be sent, in words: what it would have told, and what helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.core.text import is_plain_word
from batchbell.messages.event_words import error_text, name_text
from batchbell.messages.kind_words import WORDS
from batchbell.messages.plain_text import cut
from batchbell.messages.subject import file_stem, short_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.core.event import Event

#: Longest error in a title, characters.
_WHY_CHARS = 60


def why_in_short(event: Event) -> str:
    """Return `refused (HTTP 400 Bad Request)`, of one that is still tried `still tried (...)`."""
    what = "refused" if event.facts.outage.given_up else "still tried"
    error = cut(error_text(event), _WHY_CHARS)
    return f"{what} ({error})" if error else what


def lost_jobs(event: Event) -> str:
    """Return `nightly-eval`, of several jobs `nightly-eval and 3 more`; '' if none is known.

    A job whose name is not known has its short id.
    """
    lost = event.facts.lost
    if not lost.jobs:
        return ""
    first, more = file_stem("".join(lost.names[:1])) or short_id(lost.jobs[0]), len(lost.jobs) - 1
    return f"{first} and {more} more" if more else first


def lost_words(event: Event) -> str:
    """Return `nightly-eval COMPLETED, 350 of 350 ok`; '' if nothing of it is known.

    Of several jobs or events `nightly-eval and 3 more, completed, near the deadline`.
    """
    lost = event.facts.lost
    labels = [WORDS[kind].label for kind in _kinds(event)]
    if not lost.jobs:
        return labels[0] if labels else ""
    named = lost_jobs(event)
    if len(lost.jobs) > 1:
        return f"{named}, {_lost_kinds(event)}"
    happened = f"{named} {labels[0]}" if len(labels) == 1 else f"{named}, {_lost_kinds(event)}"
    return ", ".join(filter(None, (happened, name_text(lost.said))))


def _lost_kinds(event: Event) -> str:
    """Return what its events are called after a count: `completed, near the deadline`."""
    return ", ".join(WORDS[kind].counted for kind in _kinds(event))


def to_test(event: Event) -> Iterator[tuple[str, str]]:
    """Yield what tests the channel of an event, with its label."""
    if is_plain_word(event.facts.channel):
        yield "Test it", f"batchbell notify-test {event.facts.channel}"


def to_send_lost(event: Event) -> Iterator[tuple[str, str]]:
    """Yield what shows the answer, sends again what was given up, and shows its job.

    A test would pass: it is the message that is refused.
    """
    number, given_up = event.facts.lost.number, event.facts.outage.given_up
    first, then = ("1 ", "2 ") if number and given_up else ("", "")
    if number:
        yield f"{first}See the answer", f"batchbell deliveries show {number}"
    if given_up:
        yield f"{then}Send it again once repaired", f"batchbell deliveries retry {number or 'all'}"
    yield from to_see_job(event)


def to_see_job(event: Event) -> Iterator[tuple[str, str]]:
    """Yield what shows the job of a message, if that was about one alone."""
    jobs = event.facts.lost.jobs
    if len(jobs) == 1 and is_plain_word(jobs[0]):
        yield "See its job", f"batchbell show -- {jobs[0]}"


def _kinds(event: Event) -> list[EventKind]:
    """Return the kinds of its events that this version knows."""
    return [kind for kind in EventKind if kind.value in event.facts.lost.kinds]
