"""What a reader can do about an event: in words, and the command that shows more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchbell.core.event import VERDICT_KINDS, EventKind
from batchbell.core.results.counts import Verdict
from batchbell.core.text import is_plain_word
from batchbell.messages.event_words import corrects, error_text, name_text
from batchbell.messages.plain_text import cut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchbell.core.event import Event
    from batchbell.core.facts import ResultsFacts
    from batchbell.core.provider import ProviderWords

#: What helps, whoever runs the jobs; `{provider}` is its name.
_ADVICE = {
    EventKind.COMPLETED: "Fetch its output.",
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
    EventKind.CHANNEL_MESSAGE_LOST: "Tell its readers yourself: they will not get this message.",
}
#: Of a job that has a deadline, and will not miss it.
IN_TIME = "Nothing yet: it should be done in time."
_EMPTY = "Repair what the causes say, and submit it again: nothing succeeded."
#: The same of a job that left no file to go by.
_WITHOUT_FILE = {
    EventKind.COMPLETED: "",
    EventKind.COMPLETED_WITH_ERRORS: "Look in its output for what is missing.",
    EventKind.COMPLETED_EMPTY: "Read the error, repair the input, and submit it again.",
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


def what_to_do(event: Event, provider: ProviderWords) -> str:
    """Return what helps, as sentences; '' if there is nothing to do."""
    kind, results = event.kind, event.facts.results
    if kind in _BY_RESULTS and (results.is_counted or results.is_bad):
        return _by_results(results)
    if kind is EventKind.FAILED:
        return provider.advice.get(kind) or _repair(event)
    if kind in _WITHOUT_FILE and not _has_file(event):
        return _WITHOUT_FILE[kind]
    if kind is EventKind.DEADLINE_APPROACHING and _is_in_time(event):
        return IN_TIME
    if kind is EventKind.DEADLINE_APPROACHING and _is_late(event):
        kind = EventKind.AT_RISK
    return helps_with(kind, provider)


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


def _by_results(results: ResultsFacts) -> str:
    """Return what to do about a job that completed, by what came back of it."""
    if results.verdict is Verdict.EMPTY:
        return _EMPTY if results.causes else "Submit it again: nothing of it came back."
    again = {"what failed": results.failed, "what is missing": results.missing}
    parts = " and ".join(what for what, count in again.items() if count)
    if parts:
        return f"Fetch its output, and submit {parts} again."
    if results.is_flawed:
        return "Fetch its output, and look at the lines that are too many or can't be read."
    return _ADVICE[EventKind.COMPLETED]


def _repair(event: Event) -> str:
    """Return how to mend a job that failed, by what its error says."""
    found = _LINE.search(error_text(event))
    if found is None:
        return "Read the error, repair the input, and submit it again."
    name = cut(name_text(event.input_file), _FILE_CHARS) or "the input file"
    return f"Repair line {found[1]} of {name} and submit it again."


def _has_file(event: Event) -> bool:
    if event.job is None:
        return False
    needs_errors = event.kind in _NEEDS_ERRORS
    return bool(event.job.error_file_id if needs_errors else event.job.output_file_id)


def _is_in_time(event: Event) -> bool:
    latest = event.facts.outlook.latest
    deadline = event.job.job_deadline if event.job is not None else None
    return latest is not None and deadline is not None and latest <= deadline


def _is_late(event: Event) -> bool:
    finish = event.facts.outlook.finish
    deadline = event.job.job_deadline if event.job is not None else None
    return finish is not None and deadline is not None and finish > deadline
