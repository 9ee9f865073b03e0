"""What a reader can do about a running job, by what is to be expected of it."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import EventKind
from batchbell.core.forecast.expectation import Expectation, Prospect, WaitsFor
from batchbell.core.forecast.patience import outpaced_by_pace
from batchbell.core.forecast.prospect import prospect, with_patience, with_ring
from batchbell.core.ring import Hearing, ring_at
from batchbell.messages.paces import need_of, pace_words
from batchbell.messages.plain_text import (
    duration,
    local_time_near,
    percent,
    relative,
    roughly,
)
from batchbell.messages.prospect_decision import Act, decision

if TYPE_CHECKING:
    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.core.provider import ProviderWords
    from batchbell.core.ring import Ring

#: How long a new job has. Source: docs/api.md, `completion_window`.
_WINDOW = timedelta(hours=24)
#: Nobody counts more of them.
_MOST_PARTS = 9
#: How a channel that does not hear of something at once hears of it.
_HEARS = {
    Hearing.AT_ONCE: "",
    Hearing.IN_A_DIGEST: "tells of it only in the digest after that",
    Hearing.NOT_THEN: "is silent then",
}


def prospect_at(event: Event, job: BatchJob, now: datetime | None = None) -> Prospect:
    """Judge the job of an event as it was seen then; `now` is when it is told, if that is later."""
    since, seen, until = event.facts.stall.since, event.seen_at, event.facts.stall.waits_until
    made = None if event.facts.outlook.finish is not None else event.facts.outlook.rate
    outpaced = None if since is None else outpaced_by_pace(job, since, made, seen)
    found = prospect(
        job,
        event.facts.outlook,
        still_since=since,
        now=seen,
        at_risk=event.kind is EventKind.AT_RISK or event.facts.deadline.at_risk,
        waited_until=until,
        outpaced=outpaced,
    )
    if found.expectation is Expectation.CANCELING:
        return found
    is_over = now is not None and job.job_deadline is not None and job.job_deadline <= now
    if is_over or event.kind is EventKind.DEADLINE_MISSED:
        return replace(found, expectation=Expectation.OVERDUE)
    if event.kind is EventKind.STALLED and found.expectation is Expectation.OPEN:
        found = replace(found, expectation=Expectation.STANDS_STILL)
    told_at, due = max(now or seen, seen), event.facts.deadline
    if found.worth_waiting is not None and since is not None:
        found = with_patience(found, job, since, until, told_at, outpaced)
    if found.left is not None:
        found = replace(found, left=found.left - (told_at - seen))
    return with_ring(found, ring_at(job, due.next_ring, told_at, due.hearing), told_at)


def says_what_is_known(found: Prospect) -> bool:
    """Whether what helps says all that is known of how a job moves that has no forecast.

    That is what it needs and what it made, that it is too early to say, or how long it has stood
    still past its deadline.
    """
    text = decision(found).text
    needs = "{needs}" in text and found.still_for is None
    return "{still}" in text or "{too_early}" in text or needs


class _Moments(NamedTuple):
    """How moments to act at are told."""

    now: datetime
    zone: tzinfo
    is_live: bool

    def text(self, moment: datetime) -> str:
        """Return `04:50 CET`, or for who reads it now `04:50 CET (in 1h 36m)`."""
        at = local_time_near(moment, self.now, zone=self.zone)
        return f"{at} ({relative(moment, self.now)})" if self.is_live else at


def leaves_open_when_it_rings(found: Prospect) -> bool:
    """Whether what helps is to wait, and does not say when the bell rings next."""
    proposal = decision(found)
    says_it = any(place in proposal.text for place in ("{rings}", "{next}", "{no_bell}"))
    return proposal.act is not Act.CANCEL_NOW and not says_it


def counts_on_the_bell(found: Prospect) -> bool:
    """Whether what helps names when the bell rings next: until then nobody has to look."""
    return "{rings}" in decision(found).text and found.ring is not None


def act_of(found: Prospect) -> Act:
    """Return what to do with the job."""
    return decision(found).act


def what_to_expect(
    found: Prospect,
    provider: ProviderWords,
    *,
    now: datetime,
    zone: tzinfo = UTC,
    is_live: bool = False,
) -> str:
    """Return what to do, as sentences: one decision, its reason, and what becomes of what is done.

    `now` is as of when the job was judged, `zone` whose clock the readers have. For who reads it
    now, `is_live`, it says of a moment to act at how far off that is.
    """
    moments = _Moments(now, zone, is_live)
    return _with_figures(decision(found).text, found, provider, moments)


def until_when(found: Prospect, provider: ProviderWords, now: datetime, zone: tzinfo) -> str:
    """Return `Look again at 12:10 CET (in 24m)`, for who reads it now.

    '' of a job that is not one to be cancelled later.
    """
    moments = _Moments(now, zone, is_live=True)
    return _with_figures(decision(found).in_short, found, provider, moments)


def _with_figures(text: str, found: Prospect, provider: ProviderWords, moments: _Moments) -> str:
    is_new, bills, still = found.has_begun is False, provider.bills_parts, found.still_for
    until = moments.now + (found.worth_waiting or timedelta())
    words = text.format(
        **_what_is_kept(is_new=is_new, bills=bills),
        in_parts=_in_parts(found),
        kept_and_sooner=_kept_and_sooner(found, bills=bills),
        but_late=_but_late(found),
        rest="it again" if is_new else "the rest",
        still="" if still is None else duration(still),
        rings=_rings(found, moments),
        next=_next_ring(found, moments),
        no_bell=_no_bell(found, moments),
        hears="" if found.ring is None else _HEARS[found.ring.hearing],
        left="" if found.left is None else duration(found.left),
        needs=_needs(found),
        done="" if found.done is None else percent(found.done),
        too_early="no progress yet" if is_new else "it is too early to say when it will be done",
        until=moments.text(until),
        late="" if found.late_by is None else roughly(found.late_by),
        best_effort="deadlines are best effort, and " if provider.runs_over else "",
        and_best_effort=", and deadlines are best effort" if provider.runs_over else "",
    )
    return words.strip()


def _rings(found: Prospect, moments: _Moments) -> str:
    """Return when it rings; not how long before its deadline that is, but where a step does."""
    if found.ring is None:
        return ""
    at, ends_patience = moments.text(found.ring.at), found.waits_for is WaitsFor.PATIENCE
    return at if ends_patience and found.waits_for_ring else f"{at}, {_before(found.ring)}"


def _next_ring(found: Prospect, moments: _Moments) -> str:
    """Say when its deadline rings next: other news, as its end, may well ring before."""
    if found.ring is None or not found.ring.is_ahead_of_deadline:
        return "no bell rings for its deadline before that is over"
    at = local_time_near(found.ring.at, moments.now, zone=moments.zone)
    return f"no bell rings then, the next for its deadline is at {at}"


def _no_bell(found: Prospect, moments: _Moments) -> str:
    """Return `: no bell rings before 07:56 CET, which is too late`; '' if nobody knows."""
    if found.ring is None:
        return ""
    if not found.ring.is_ahead_of_deadline:
        return ": no bell rings before its deadline is over"
    at = local_time_near(found.ring.at, moments.now, zone=moments.zone)
    return f": no bell rings before {at}, which is too late"


def ring_words(ring: Ring, now: datetime, zone: tzinfo) -> str:
    """Return `21:00 CET, 6h before its deadline`, or `03:00 CET, its deadline`."""
    return f"{local_time_near(ring.at, now, zone=zone)}, {_before(ring)}"


def _before(ring: Ring) -> str:
    before = f"{duration(ring.step)} before its" if ring.step else "its"
    return f"{before} deadline"


def _what_is_kept(*, is_new: bool, bills: bool) -> dict[str, str]:
    """Return what becomes of the part that is done, in each decision's place."""
    if is_new:
        return {
            "kept": "Nothing is done so far.",
            "if_not": "Nothing is done so far.",
            "if_it_expires": "If it expires, submit it again.",
        }
    by_then = "what is done by then is kept and billed; " if bills else ""
    afterwards = f"{by_then}submit the rest afterwards."
    return {
        "kept": "What is done is kept and billed." if bills else "",
        "if_not": f"If not, {afterwards}" if bills else "",
        "if_it_expires": "If it expires, what is done is kept and billed; submit the rest then."
        if bills
        else "If it expires, submit the rest then.",
    }


def _kept_and_sooner(found: Prospect, *, bills: bool) -> str:
    """Return what cancelling a job gains: time; what is done of it is kept if it expires, too."""
    kept = _what_is_kept(is_new=found.has_begun is False, bills=bills)["kept"]
    if not kept or not found.has_begun or found.left is None:
        return kept
    return f"{kept.removesuffix('.')} either way; the rest starts now, not once it expires."


def _in_parts(found: Prospect) -> str:
    """Return that the rest, too, is more than one job can do at this pace, and in how many parts.

    '' of one that a new job can do, or if nobody knows.
    """
    needs = found.rest_needs
    if needs is None or needs <= _WINDOW:
        return ""
    count = math.ceil(needs / _WINDOW)
    parts = f"{count} parts" if count <= _MOST_PARTS else "smaller parts"
    too_much = "At this pace the rest needs more than the 24h of a new job"
    return f"{too_much}: submit it in {parts}. "


def _but_late(found: Prospect) -> str:
    """Return `, but may be about 1h 30m late` of one that is only expected to be in time."""
    late = found.late_at_worst
    return "" if late is None else f", but may be about {roughly(late)} late"


def _needs(found: Prospect) -> str:
    """Return `it needs 13 %/h and made 10 %/h on average`; '' if nobody knows what it needs."""
    needed = need_of(found.done, found.left)
    if needed is None:
        return ""
    if not found.made:
        return needed.as_clause
    and_made = " and made" if needed.is_pace else ", and it made"
    return f"{needed.as_clause}{and_made} {pace_words(found.made)} on average"
