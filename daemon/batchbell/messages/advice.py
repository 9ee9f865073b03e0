"""What a reader can do about an event, by what kind of event it is."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from batchbell.core.event import ABOUT_PROSPECTS, COMPLETIONS, VERDICT_KINDS, EventKind
from batchbell.core.transition import kind_of_status
from batchbell.messages.account_advice import of_account, usual_of_account
from batchbell.messages.channel_advice import of_channel
from batchbell.messages.error_advice import by_error
from batchbell.messages.prospect_advice import prospect_at, what_to_expect
from batchbell.messages.prospect_decision import Act, decision
from batchbell.messages.remedy import Asks, ByHand, Remedy
from batchbell.messages.results_advice import FETCH, by_results, not_counted_yet, of_the_rest
from batchbell.messages.results_loss import lost_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from batchbell.core.event import Event
    from batchbell.core.provider import ProviderWords

#: What is done by hand where only the provider can know.
_ASK_IT = "Ask {provider}"
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
        Asks.DECIDE,
        "Submit the rest if needed",
    ),
    EventKind.VANISHED: Remedy(
        "Ask {provider} where it is, unless one of you deleted it. If it is gone and still needed, "
        "submit it again.",
        Asks.LOOK,
        "Ask where it is",
        ByHand(_ASK_IT, "where it is, with its id"),
    ),
    EventKind.RESULTS_LOST: Remedy(
        "Ask {provider} for its files, or submit it again: what came back is not known.",
        Asks.LOOK,
        "Ask for its files",
    ),
    EventKind.STATUS_UNKNOWN: Remedy(
        "Ask {provider}, or look in its API reference, what this status means; it is watched on.",
        Asks.LOOK,
        "Look up its status",
    ),
    EventKind.CHANNEL_FAILING: Remedy(
        "Repair the receiver or its URL; what it was to be sent is kept.", Asks.CONNECT
    ),
}
#: The same where it is known what to ask for.
_ASK_FOR = "Ask {provider} for {file}, or submit {which} again: what came back is not known."
#: What helps with a job that left no file to go by.
_WITHOUT_FILE = {
    EventKind.COMPLETED: Remedy("", Asks.DONE),
    EventKind.COMPLETED_WITH_ERRORS: Remedy(
        "Look in its output for what is missing.", Asks.FETCH, "See what is missing"
    ),
    EventKind.EXPIRED: Remedy("Submit it again: nothing of it was kept.", Asks.SUBMIT),
    EventKind.CANCELLED: Remedy(
        "Submit it again if it is still needed: nothing of it was kept.",
        Asks.DECIDE,
        "Submit it again if needed",
    ),
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
        return _as_said_by(provider, kind, by_error(event, provider))
    if kind in _WITHOUT_FILE and not _has_file(event):
        return _WITHOUT_FILE[kind]
    of_outage = of_channel(event) or of_account(event, provider)
    if of_outage is not None:
        return _as_said_by(provider, kind, of_outage)
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
        return by_results(results, has_output=_has_output(event))
    is_open = kind is EventKind.COMPLETED and results.is_awaited and _has_file(event)
    return not_counted_yet(results, now, zone) if is_open else None


def _usually(event: Event, kind: EventKind, provider: ProviderWords) -> Remedy:
    """Return what helps with such an event; of lost results it names the file to ask for."""
    usual = usual_remedy(kind, provider)
    if kind is not EventKind.RESULTS_LOST:
        return usual
    file = lost_file(event.job, event.facts.results.reason)
    how = provider.asked(f"for {file or 'its files'}")
    asked = usual._replace(by_hand=ByHand(f"Ask {provider.name}", how))
    if not file or kind in provider.advice:
        return asked
    text, each = (
        _ASK_FOR.format(provider=provider.name, file=file, which=which) for which in ("it", "each")
    )
    return asked._replace(text=text, of_each=each)


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
    usual = usual_of_account(kind, provider) or _ADVICE.get(kind, _NOTHING)
    by_hand = usual.by_hand
    if by_hand.first == _ASK_IT:
        by_hand = ByHand(_ASK_IT.format(provider=provider.name), provider.asked(by_hand.how))
    said = usual._replace(text=usual.text.format(provider=provider.name), by_hand=by_hand)
    return _as_said_by(provider, kind, said)


def _as_said_by(provider: ProviderWords, kind: EventKind, helps: Remedy) -> Remedy:
    """Return an advice in the words of whoever runs the jobs, if they have any for that kind."""
    own = provider.advice.get(kind)
    return helps._replace(text=own, of_each="") if own else helps


def what_helps_now(events: Iterable[Event], provider: ProviderWords, zone: tzinfo = UTC) -> Remedy:
    """Return the same after all that happened to a job, the oldest event first.

    A verdict on results that asks for nothing leaves what its end asks for.
    """
    for event in reversed([*events]):
        helps = remedy_of(event, provider, zone=zone)
        if helps.text or event.kind not in VERDICT_KINDS:
            return helps
    return _NOTHING


def _has_output(event: Event) -> bool:
    return event.job is not None and bool(event.job.output_file_id)


def _has_file(event: Event) -> bool:
    if event.job is None:
        return False
    needs_errors = event.kind in _NEEDS_ERRORS
    return bool(event.job.error_file_id if needs_errors else event.job.output_file_id)
