"""What a reader can do about a running job, by what is to be expected of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.core.forecast.prospect import Expectation, Prospect, prospect
from batchbell.messages.forecast_words import pace_words
from batchbell.messages.plain_text import duration

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.core.provider import ProviderWords

#: The kinds that are about how a running job will do.
ABOUT_PROSPECTS = frozenset(
    {
        EventKind.DEADLINE_APPROACHING,
        EventKind.AT_RISK,
        EventKind.DEADLINE_MISSED,
        EventKind.STALLED,
    }
)
#: `kept` may be empty, so it stands at an end.
_SAYS = {
    Expectation.IN_TIME: "Nothing to do now: it should be done in time.",
    Expectation.JUST_IN_TIME: "Nothing to do now: it should just be done in time. {if_not}",
    Expectation.MAY_MISS: "Wait: it may still be done in time. {if_not}",
    Expectation.PROBABLY_MISSES: (
        "It will probably expire unfinished. {afterwards} "
        "Or cancel it now and submit {rest} at once, which {loses}."
    ),
    Expectation.HOPELESS: (
        "No progress for {still}: at this pace it can't make its deadline. "
        "Cancel it now and submit {rest} at once, or let it expire and submit {rest} afterwards: "
        "cancelling {loses}, waiting loses time. {kept}"
    ),
    Expectation.TOO_SLOW: "Cancel it now and submit {again}: it needs {needed}{made}. {kept}",
    Expectation.STANDS_STILL: (
        "Wait until it moves, or cancel it now and submit {rest} again, which {loses}. {kept}"
    ),
    Expectation.OVERDUE: "{wait} or cancel it. {kept}",
    Expectation.OPEN: (
        "Wait; or if it is needed by then, cancel it now and submit {rest} elsewhere. "
        "It may expire unfinished. {kept_then}"
    ),
}
_SAYS[Expectation.MISSES] = _SAYS[Expectation.PROBABLY_MISSES]
_OVERDUE_AND_STILL = (
    "No progress for {still}: it may expire at any time. "
    "Cancel it now and submit {rest} at once, which {loses}; or let it expire. {kept}"
)
_PATIENT = frozenset({Expectation.IN_TIME, Expectation.JUST_IN_TIME, Expectation.MAY_MISS})
_OVER = {EventKind.DEADLINE_MISSED: Expectation.OVERDUE}
_IF_OPEN = {EventKind.STALLED: Expectation.STANDS_STILL}


def prospect_at(event: Event, job: BatchJob, now: datetime | None = None) -> Prospect:
    """Judge the job of an event as it was seen then; `now` is when it is told, if that is later."""
    facts = event.facts
    found = prospect(
        job,
        facts.outlook,
        still_since=facts.stall.since,
        now=event.seen_at,
        at_risk=event.kind is EventKind.AT_RISK,
    )
    is_over = now is not None and job.job_deadline is not None and job.job_deadline <= now
    expected = Expectation.OVERDUE if is_over else _OVER.get(event.kind, found.expectation)
    if expected is Expectation.OPEN:
        expected = _IF_OPEN.get(event.kind, expected)
    return replace(found, expectation=expected)


def is_cancelling_a_choice(found: Prospect) -> bool:
    """Whether what helps may be to cancel the job."""
    return found.expectation not in _PATIENT


def what_to_expect(found: Prospect, provider: ProviderWords) -> str:
    """Return what to do, as sentences: what to expect, the choice, and what is lost by each."""
    is_new, bills = found.has_begun is False, provider.bills_parts
    kept, afterwards, if_not = "", "Submit the rest afterwards.", ""
    if is_new:
        kept, afterwards = (
            "Nothing is done so far.",
            "Nothing is done so far; submit it afterwards.",
        )
    elif bills:
        kept = "What is done{} is kept and billed."
        afterwards = "What is done by then is kept and billed; submit the rest afterwards."
        if_not = "If not, what is done by then is kept and billed; submit the rest afterwards."
    stands = found.expectation is Expectation.OVERDUE and found.still_for is not None
    words = (_OVERDUE_AND_STILL if stands else _SAYS[found.expectation]).format(
        again="it again" if is_new else "the rest",
        rest="it" if is_new else "the rest",
        loses="loses nothing" if is_new else "loses only what it would still do",
        still="" if found.still_for is None else duration(found.still_for),
        needed="" if found.needed is None else pace_words(found.needed),
        made=_made(found),
        wait="Wait, as deadlines are best effort," if provider.runs_over else "Wait",
        kept=kept.format(""),
        kept_then=kept.format(" by then"),
        afterwards=afterwards,
        if_not=if_not or kept,
    )
    return words.strip()


def _made(found: Prospect) -> str:
    return f" and made {pace_words(found.made)} so far" if found.made else ""
