"""What a reader can do about a running job, by what is to be expected of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.core.forecast.prospect import Expectation, Prospect, prospect
from batchbell.messages.forecast_words import pace_words
from batchbell.messages.plain_text import duration, roughly

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
#: A job that is late by less is let run, ...
_A_LITTLE = timedelta(hours=1)
#: ... and so is one of which more is done; one of which so much is done only has to end.
_MOST = 0.95
_ALL_BUT_ITS_END = 0.995
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
        "Cancel it now and submit {again}: it stands still, so waiting only loses time. {kept}"
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
    "Cancel it now and submit {again}: no progress for {still}, and it may expire at any time. "
    "{kept}"
)
_LATE_BY_A_LITTLE = "Let it run: it is late by about {late}{best_effort}. {if_it_expires}"
_LATE_BY_FAR = (
    "Cancel it now and submit {rest}: it is late by about {late}. "
    "If it runs on, it will probably expire unfinished. {afterwards}"
)
_ONLY_ITS_END = "Wait: all but its end is done."
_MAY_NEED_ITS_END = frozenset(
    {
        Expectation.PROBABLY_MISSES,
        Expectation.MISSES,
        Expectation.HOPELESS,
        Expectation.TOO_SLOW,
    }
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
    if found.expectation in _PATIENT or _needs_only_its_end(found):
        return False
    return not (_is_late(found) and _is_let_run(found))


def what_to_expect(found: Prospect, provider: ProviderWords) -> str:
    """Return what to do, as sentences: what to expect, the choice, and what is lost by each."""
    is_new, bills = found.has_begun is False, provider.bills_parts
    kept, afterwards, if_not = "", "Submit the rest afterwards.", ""
    if_it_expires = "If it expires, submit the rest then."
    if is_new:
        kept, afterwards = (
            "Nothing is done so far.",
            "Nothing is done so far; submit it afterwards.",
        )
    elif bills:
        kept = "What is done{} is kept and billed."
        afterwards = "What is done by then is kept and billed; submit the rest afterwards."
        if_it_expires = "If it expires, what is done is kept and billed; submit the rest then."
        if_not = "If not, what is done by then is kept and billed; submit the rest afterwards."
    words = _words(found).format(
        again="it again" if is_new else "the rest",
        rest="it" if is_new else "the rest",
        loses="loses nothing" if is_new else "loses only what it would still do",
        still="" if found.still_for is None else duration(found.still_for),
        needed="" if found.needed is None else pace_words(found.needed),
        made=_made(found),
        wait="Wait, as deadlines are best effort," if provider.runs_over else "Wait",
        kept=kept.format(""),
        kept_then=kept.format(" by then"),
        late="" if found.late_by is None else roughly(found.late_by),
        best_effort=", and deadlines are best effort" if provider.runs_over else "",
        if_it_expires=if_it_expires,
        afterwards=afterwards,
        if_not=if_not or kept,
    )
    return words.strip()


def _words(found: Prospect) -> str:
    if _needs_only_its_end(found):
        return _ONLY_ITS_END
    if found.expectation is Expectation.OVERDUE and found.still_for is not None:
        return _OVERDUE_AND_STILL
    if not _is_late(found):
        return _SAYS[found.expectation]
    return _LATE_BY_A_LITTLE if _is_let_run(found) else _LATE_BY_FAR


def _is_late(found: Prospect) -> bool:
    """Whether it is late by its forecast, and it is known by how much."""
    is_late = found.expectation in {Expectation.PROBABLY_MISSES, Expectation.MISSES}
    return is_late and found.late_by is not None


def _is_let_run(found: Prospect) -> bool:
    """Whether a late job is late by little, or as good as done."""
    is_late_by_little = found.late_by is not None and found.late_by < _A_LITTLE
    return is_late_by_little or (found.done or 0) > _MOST


def _needs_only_its_end(found: Prospect) -> bool:
    """Whether it is as good as done, and late or without a move."""
    is_overdue_and_still = found.expectation is Expectation.OVERDUE and bool(found.still_for)
    may_need_it = found.expectation in _MAY_NEED_ITS_END or is_overdue_and_still
    return may_need_it and (found.done or 0) >= _ALL_BUT_ITS_END


def _made(found: Prospect) -> str:
    return f" and made {pace_words(found.made)} so far" if found.made else ""
