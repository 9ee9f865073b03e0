"""What a reader can do about an event: in words, and the command that shows more."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

from batchbell.core.delivery.backoff import GIVE_UP_AFTER
from batchbell.core.event import ABOUT_PROSPECTS, COMPLETIONS, VERDICT_KINDS, EventKind
from batchbell.core.results.retry_helps import is_of_the_account, is_of_the_model, is_passing
from batchbell.core.text import is_plain_word
from batchbell.core.transition import kind_of_status
from batchbell.messages.event_words import corrects, error_text, name_text
from batchbell.messages.job_details import USUAL_ACCOUNT
from batchbell.messages.lost_words import after_lost
from batchbell.messages.plain_text import counted, duration
from batchbell.messages.prospect_advice import prospect_at, what_to_expect
from batchbell.messages.prospect_decision import Act, decision
from batchbell.messages.remedy import Asks, Remedy
from batchbell.messages.results_advice import FETCH, by_results, not_counted_yet, of_the_rest
from batchbell.messages.results_loss import lost_file
from batchbell.messages.subject import file_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from batchbell.core.event import Event
    from batchbell.core.facts import OutageFacts
    from batchbell.core.provider import ProviderWords

#: What helps, whoever runs the jobs; `{provider}` is its name.
_ADVICE = {
    EventKind.COMPLETED: Remedy(FETCH, Asks.DONE),
    EventKind.COMPLETED_WITH_ERRORS: Remedy(
        "Read in the error file why requests failed, and submit those again.",
        Asks.FETCH,
        "See its errors, submit those again",
    ),
    EventKind.COMPLETED_EMPTY: Remedy(
        "Read in the error file why, repair the input, and submit it again.",
        Asks.REPAIR,
        "See its errors, submit again",
    ),
    EventKind.EXPIRED: Remedy("Fetch what is done, and submit the rest again.", Asks.FETCH),
    EventKind.CANCELLED: Remedy(
        "Fetch what is done, and submit the rest again if it is still needed.",
        Asks.FETCH,
        "Submit the rest if needed",
    ),
    EventKind.VANISHED: Remedy(
        "Ask {provider} where it is, unless one of you deleted it.",
        Asks.LOOK,
        "Ask where it is",
    ),
    EventKind.RESULTS_LOST: Remedy(
        "Ask {provider} for its files, or submit it again: what came back is not known.",
        Asks.LOOK,
        "Ask for its files",
    ),
    EventKind.STATUS_UNKNOWN: Remedy(
        "Look at {provider} what this status means; it is watched on.",
        Asks.LOOK,
        "Look up its status",
    ),
    EventKind.ACCOUNT_UNREACHABLE: Remedy(
        "Look whether {provider} is down or the network here is: until it answers its jobs run on "
        "unseen.",
        Asks.CONNECT,
    ),
    EventKind.ACCOUNT_UNAUTHORIZED: Remedy(
        "Give batchbell a key that works: until then its jobs run on unseen.", Asks.CONNECT
    ),
    EventKind.CHANNEL_FAILING: Remedy(
        "Repair the receiver or its URL; what it was to be sent is kept.", Asks.CONNECT
    ),
}
#: The same where it is known what to ask for.
_ASK_FOR = "Ask {provider} for {file}, or submit it again: what came back is not known."
#: A channel that fails: how urgent that is, by how much nobody else is told, ...
_THERE_IS_TIME = "There is time: other channels are told all that it missed. "
_IS_URGENT = "Look now what it missed: {events} told nowhere else. "
#: ... and what to do, first if its receiver refused a message for good.
_SEND_GIVEN_UP = (
    "Repair the receiver or its URL, then send what was given up: batchbell deliveries retry all"
)
_IS_SENT = "Repair the receiver or its URL: what waits is sent then, and kept for {kept}."
#: The same of a job that left no file to go by.
_WITHOUT_FILE = {
    EventKind.COMPLETED: Remedy("", Asks.DONE),
    EventKind.COMPLETED_WITH_ERRORS: Remedy(
        "Look in its output for what is missing.", Asks.FETCH, "See what is missing"
    ),
    EventKind.EXPIRED: Remedy("Nothing of it was kept: submit it again.", Asks.SUBMIT),
    EventKind.CANCELLED: Remedy(
        "Nothing of it was kept: submit it again if it is still needed.",
        Asks.SUBMIT,
        "Submit it again if needed",
    ),
}
#: What did not succeed for a reason that nobody gave, as the headline of a failure says.
_WITHOUT_REASON = {
    EventKind.FAILED: "Submit it again.",
    EventKind.COMPLETED_EMPTY: "Submit it again: no reason is given.",
}
#: Nothing helps, and nothing has to.
_NOTHING = Remedy("", Asks.KNOW)
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

    `now` and `zone` are as for `remedy_of`.
    """
    return remedy_of(event, provider, now, zone).text


def remedy_of(
    event: Event, provider: ProviderWords, now: datetime | None = None, zone: tzinfo = UTC
) -> Remedy:
    """Return what helps, and what it asks for.

    `now` is when it is told, if it may be long after it was seen, `zone` whose clock readers have.
    """
    kind, results = _end_of(event), event.facts.results
    known = _by_results(event, kind, max(now or event.seen_at, event.seen_at), zone)
    if known is not None:
        return known
    is_empty = kind is EventKind.COMPLETED_EMPTY and not _has_file(event)
    if kind is EventKind.FAILED or is_empty:
        return _as_said_by(provider, kind, _repair(event))
    if kind in _WITHOUT_FILE and not _has_file(event):
        return _WITHOUT_FILE[kind]
    if kind.startswith("channel."):
        return _of_channel(event) or usual_remedy(kind, provider)
    if event.job is not None and kind in ABOUT_PROSPECTS:
        found = prospect_at(event, event.job, now)
        judged_at = max(now or event.seen_at, event.seen_at)
        helps = what_to_expect(found, provider, now=judged_at, zone=zone)
        asks = Asks.CANCEL if decision(found).act is Act.CANCEL_NOW else Asks.WATCH
        return _as_said_by(provider, kind, Remedy(helps, asks))
    helps_usually = _usually(event, kind, provider)
    # Of an end that kept a part the last thing to do is to send the rest.
    is_part = kind in CUT_SHORT and helps_usually.text
    return of_the_rest(helps_usually, results) if is_part else helps_usually


def _by_results(event: Event, kind: EventKind, now: datetime, zone: tzinfo) -> Remedy | None:
    """Return what helps by what came back of a job, or is to be counted yet; None for no say."""
    results = event.facts.results
    is_read = kind in _BY_RESULTS and (results.is_counted or results.is_bad)
    if is_read or (kind is EventKind.EXPIRED and results.is_nothing):
        return by_results(results)
    is_open = kind is EventKind.COMPLETED and results.is_awaited and _has_file(event)
    return not_counted_yet(results, now, zone) if is_open else None


def _usually(event: Event, kind: EventKind, provider: ProviderWords) -> Remedy:
    """Return what helps with such an event; of lost results it names the file to ask for."""
    usual = usual_remedy(kind, provider)
    is_lost = kind is EventKind.RESULTS_LOST and kind not in provider.advice
    file = lost_file(event.job, event.facts.results.reason) if is_lost else ""
    return (
        usual._replace(text=_ASK_FOR.format(provider=provider.name, file=file)) if file else usual
    )


def _end_of(event: Event) -> EventKind:
    """Return the kind by which an event is helped: a verdict on what a cut job left, by its end.

    An end of which nothing can be counted is helped like the loss of its results.
    """
    if event.kind in COMPLETIONS and event.facts.results.is_lost:
        return EventKind.RESULTS_LOST
    if event.kind not in VERDICT_KINDS or event.job is None:
        return event.kind
    end = kind_of_status(event.job)
    return end if end in CUT_SHORT else event.kind


def helps_with(kind: EventKind, provider: ProviderWords) -> str:
    """Return what helps whenever something like that happens; '' if there is nothing to do."""
    return usual_remedy(kind, provider).text


def usual_remedy(kind: EventKind, provider: ProviderWords) -> Remedy:
    """Return the same with what it asks for."""
    usual = _ADVICE.get(kind, _NOTHING)
    said = usual._replace(text=usual.text.format(provider=provider.name))
    return _as_said_by(provider, kind, said)


def _as_said_by(provider: ProviderWords, kind: EventKind, helps: Remedy) -> Remedy:
    """Return an advice in the words of whoever runs the jobs, if they have any for that kind."""
    own = provider.advice.get(kind)
    return helps._replace(text=own) if own else helps


def what_helps_now(events: Iterable[Event], provider: ProviderWords, zone: tzinfo = UTC) -> Remedy:
    """Return the same after all that happened to a job, the oldest event first.

    A verdict on results that asks for nothing leaves what its end asks for.
    """
    for event in reversed([*events]):
        helps = remedy_of(event, provider, zone=zone)
        if helps.text or event.kind not in VERDICT_KINDS:
            return helps
    return _NOTHING


def _of_channel(event: Event) -> Remedy | None:
    """Return what helps with a channel that fails, or can't be sent a message; None if it does."""
    if event.kind is EventKind.CHANNEL_MESSAGE_LOST:
        return Remedy(after_lost(event), Asks.CONNECT)
    outage = event.facts.outage
    if event.kind is not EventKind.CHANNEL_FAILING:
        return None
    repair = _SEND_GIVEN_UP if outage.given_up else _IS_SENT.format(kept=duration(GIVE_UP_AFTER))
    return Remedy(f"{_how_urgent(outage)}{repair}", Asks.CONNECT)


def _how_urgent(outage: OutageFacts) -> str:
    only_here = outage.told_nowhere_else
    if only_here is None:
        return ""
    events = f"{counted(only_here, 'event')} {'is' if only_here == 1 else 'are'}"
    return _IS_URGENT.format(events=events) if only_here else _THERE_IS_TIME


def _repair(event: Event) -> Remedy:
    """Return how to mend a job that failed, by what its error says."""
    error = error_text(event)
    if not error:
        return Remedy(_WITHOUT_REASON[event.kind], Asks.SUBMIT)
    found = named_line(error)
    if found is None and is_of_the_account(error):
        helps = f"Add credit to {_account(event)}, or raise its limit, then submit it again."
        return Remedy(helps, Asks.SUBMIT, "Add credit, submit it again")
    if found is None and is_passing(error):
        helps = "Submit it again later; nothing is wrong with the input."
        return Remedy(helps, Asks.SUBMIT, "Submit it again later")
    if found is None and is_of_the_model(error):
        helps = "Submit it again with another model: this one takes no batches."
        return Remedy(
            helps, Asks.REPAIR, "Take another model, submit again", "name another model in it"
        )
    if found is None:
        helps = (
            "Read the error: if it is about the input, repair that; else submit it again as it is."
        )
        return Remedy(
            helps, Asks.REPAIR, "Read the error, submit again", "if the error is about the input"
        )
    name = file_name(event.input_file, _FILE_CHARS) or "the input file"
    number, _ = found
    helps = f"Repair line {number} of {name} and submit it again."
    return Remedy(helps, Asks.REPAIR, f"Repair line {number}, submit again", f"line {number}")


def named_line(error: str) -> tuple[str, str] | None:
    """Return the line of the input that an error names, and what it says of it; None for none.

    `line 212: invalid JSON` is `("212", "invalid JSON")`. Said of it is '' where the line is named
    in the middle of more.
    """
    found = _LINE.search(error)
    if found is None:
        return None
    begins = not error[: found.start()].strip() and error[found.end() :].startswith(": ")
    return found[1], error[found.end() + len(": ") :].strip() if begins else ""


def _account(event: Event) -> str:
    named = event.account != USUAL_ACCOUNT and name_text(event.account)
    return f"the account {named}" if named else "the account"


def _has_file(event: Event) -> bool:
    if event.job is None:
        return False
    needs_errors = event.kind in _NEEDS_ERRORS
    return bool(event.job.error_file_id if needs_errors else event.job.output_file_id)
