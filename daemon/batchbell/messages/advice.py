"""What a reader can do about an event: in words, and the command that shows more."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

from batchbell.core.event import ABOUT_PROSPECTS, VERDICT_KINDS, EventKind
from batchbell.core.results.retry_helps import is_of_the_model, is_passing
from batchbell.core.text import is_plain_word
from batchbell.messages.event_words import corrects, error_text
from batchbell.messages.lost_words import after_lost
from batchbell.messages.prospect_advice import prospect_at, what_to_expect
from batchbell.messages.results_advice import FETCH, by_results, of_the_rest
from batchbell.messages.subject import file_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from batchbell.core.event import Event
    from batchbell.core.provider import ProviderWords

#: What helps, whoever runs the jobs; `{provider}` is its name.
_ADVICE = {
    EventKind.COMPLETED: FETCH,
    EventKind.COMPLETED_WITH_ERRORS: (
        "Read in the error file why requests failed, and submit those again."
    ),
    EventKind.COMPLETED_EMPTY: "Read in the error file why, repair the input, and submit it again.",
    EventKind.EXPIRED: "Fetch what is done, and submit the rest again.",
    EventKind.CANCELLED: "Fetch what is done, and submit the rest again if it is still needed.",
    EventKind.VANISHED: "Ask {provider} where it is, unless one of you deleted it.",
    EventKind.RESULTS_LOST: "Ask {provider} for its files; what came back is not known.",
    EventKind.STATUS_UNKNOWN: "Look at {provider} what this status means; it is watched on.",
    EventKind.ACCOUNT_UNREACHABLE: (
        "Look whether {provider} is down or the network here is; it is polled on."
    ),
    EventKind.ACCOUNT_UNAUTHORIZED: "Give batchbell a key that works: its jobs are not seen.",
    EventKind.CHANNEL_FAILING: "Repair the receiver or its URL; what it was to be sent is kept.",
}
#: A channel whose receiver refused a message for good.
_GIVEN_UP = (
    "Repair the receiver or its URL, then send what was given up: batchbell deliveries retry all"
)
#: The same of a job that left no file to go by.
_WITHOUT_FILE = {
    EventKind.COMPLETED: "",
    EventKind.COMPLETED_WITH_ERRORS: "Look in its output for what is missing.",
    EventKind.EXPIRED: "Nothing of it was kept: submit it again.",
    EventKind.CANCELLED: "Nothing of it was kept: submit it again if it is still needed.",
}
#: The kinds of completed jobs, whose results say what to do.
_BY_RESULTS = frozenset(
    {
        EventKind.COMPLETED,
        EventKind.COMPLETED_WITH_ERRORS,
        EventKind.COMPLETED_EMPTY,
        EventKind.RESULTS,
        EventKind.INCOMPLETE,
    }
)
_NEEDS_ERRORS = frozenset({EventKind.COMPLETED_WITH_ERRORS, EventKind.COMPLETED_EMPTY})
#: The ends that keep a part.
CUT_SHORT = frozenset({EventKind.EXPIRED, EventKind.CANCELLED})
#: Where in the input the API found what is wrong.
_LINE = re.compile(r"\bline (\d{1,9})\b", re.IGNORECASE)
#: Longest name of a file in a sentence, characters.
_FILE_CHARS = 60


def advice(event: Event) -> str:
    """Return what to do next, as a command; '' if there is nothing to do."""
    if event.kind.startswith("channel."):
        return "batchbell deliveries --failed"
    if event.kind in {EventKind.ACCOUNT_UNREACHABLE, EventKind.ACCOUNT_UNAUTHORIZED}:
        return "batchbell doctor"
    if not event.job_id:
        return "batchbell status"
    return job_command(_shows_more(event), event.job_id) or "batchbell status"


def _shows_more(event: Event) -> str:
    if event.kind in {EventKind.VANISHED, EventKind.STATUS_UNKNOWN} or corrects(event):
        return "explain"
    is_about_results = event.kind in VERDICT_KINDS or event.facts.results.verdict is not None
    return "results" if is_about_results else "show"


def job_command(command: str, job_id: str) -> str:
    """Return a command about a job; '' if its id can't be copied into a shell without harm."""
    return f"batchbell {command} -- {job_id}" if is_plain_word(job_id) else ""


def what_to_do(
    event: Event, provider: ProviderWords, now: datetime | None = None, zone: tzinfo = UTC
) -> str:
    """Return what helps, as sentences; '' if there is nothing to do.

    `now` is when it is told, if it may be long after it was seen, `zone` whose clock readers have.
    """
    kind, results = event.kind, event.facts.results
    if kind in _BY_RESULTS and (results.is_counted or results.is_bad):
        return by_results(results)
    is_empty = kind is EventKind.COMPLETED_EMPTY and not _has_file(event)
    if kind is EventKind.FAILED or is_empty:
        return provider.advice.get(kind) or _repair(event)
    if kind in _WITHOUT_FILE and not _has_file(event):
        return _WITHOUT_FILE[kind]
    if kind.startswith("channel."):
        return _of_channel(event) or helps_with(kind, provider)
    if event.job is not None and kind in ABOUT_PROSPECTS:
        found = prospect_at(event, event.job, now)
        judged_at = max(now or event.seen_at, event.seen_at)
        helps = what_to_expect(found, provider, now=judged_at, zone=zone)
        return provider.advice.get(kind) or helps
    helps = helps_with(kind, provider)
    # Of an end that kept a part the last thing to do is to send the rest.
    return of_the_rest(helps, results) if kind in CUT_SHORT and helps else helps


def helps_with(kind: EventKind, provider: ProviderWords) -> str:
    """Return what helps whenever something like that happens; '' if there is nothing to do."""
    return provider.advice.get(kind) or _ADVICE.get(kind, "").format(provider=provider.name)


def what_helps_now(events: Iterable[Event], provider: ProviderWords) -> str:
    """Return the same after all that happened to a job, the oldest event first.

    A verdict on results that asks for nothing leaves what its end asks for.
    """
    for event in reversed([*events]):
        helps = what_to_do(event, provider)
        if helps or event.kind not in VERDICT_KINDS:
            return helps
    return ""


def _of_channel(event: Event) -> str:
    """Return what helps with a message that its receiver refused; '' if it is about none."""
    if event.kind is EventKind.CHANNEL_MESSAGE_LOST:
        return after_lost(event)
    is_given_up = event.kind is EventKind.CHANNEL_FAILING and event.facts.outage.given_up
    return _GIVEN_UP if is_given_up else ""


def _repair(event: Event) -> str:
    """Return how to mend a job that failed, by what its error says."""
    error = error_text(event)
    if not error:
        return "Submit it again: no reason is given."
    found = _LINE.search(error)
    if found is None and is_passing(error):
        return "Submit it again later; nothing is wrong with the input."
    if found is None and is_of_the_model(error):
        return "Submit it again with another model: this one takes no batches."
    if found is None:
        return (
            "Read the error: if it is about the input, repair that; else submit it again as it is."
        )
    name = file_name(event.input_file, _FILE_CHARS) or "the input file"
    return f"Repair line {found[1]} of {name} and submit it again."


def _has_file(event: Event) -> bool:
    if event.job is None:
        return False
    needs_errors = event.kind in _NEEDS_ERRORS
    return bool(event.job.error_file_id if needs_errors else event.job.output_file_id)
