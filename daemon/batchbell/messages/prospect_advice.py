"""What a reader can do about a running job, by what is to be expected of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import EventKind
from batchbell.core.forecast.prospect import Expectation, Prospect, prospect, with_ring
from batchbell.core.ring import ring_at
from batchbell.messages.forecast_words import pace_words
from batchbell.messages.plain_text import duration, local_time_near, percent, relative, roughly
from batchbell.messages.prospect_decision import Act, decision

if TYPE_CHECKING:
    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.core.provider import ProviderWords
    from batchbell.core.ring import Ring


def prospect_at(event: Event, job: BatchJob, now: datetime | None = None) -> Prospect:
    """Judge the job of an event as it was seen then; `now` is when it is told, if that is later."""
    since, seen = event.facts.stall.since, event.seen_at
    found = prospect(
        job,
        event.facts.outlook,
        still_since=since,
        now=seen,
        at_risk=event.kind is EventKind.AT_RISK or event.facts.deadline.at_risk,
    )
    if found.expectation is Expectation.CANCELING:
        return found
    is_over = now is not None and job.job_deadline is not None and job.job_deadline <= now
    if is_over or event.kind is EventKind.DEADLINE_MISSED:
        return replace(found, expectation=Expectation.OVERDUE)
    if event.kind is EventKind.STALLED and found.expectation is Expectation.OPEN:
        found = replace(found, expectation=Expectation.STANDS_STILL)
    if now is not None and found.worth_waiting is not None:
        found = replace(found, worth_waiting=found.worth_waiting - max(now - seen, timedelta()))
    told_at = max(now or seen, seen)
    return with_ring(found, ring_at(job, event.facts.deadline.next_ring, told_at), told_at)


def says_what_is_known(found: Prospect) -> bool:
    """Whether what helps says all that is known of how a job moves that has no forecast.

    That is what it needs and what it made, that it is too early to say, or how long it has stood
    still past its deadline.
    """
    text = decision(found).text
    return (
        "{still}" in text or "{too_early}" in text or ("{pace}" in text and found.still_for is None)
    )


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
    says_it = found.waits_for_ring or "{rings}" in proposal.text
    return proposal.act is not Act.CANCEL_NOW and not says_it


def is_cancelling_a_choice(found: Prospect) -> bool:
    """Whether what helps is, or may become, to cancel the job."""
    return decision(found).cancels


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
        rest="it again" if is_new else "the rest",
        still="" if still is None else duration(still),
        rings="" if found.ring is None else _rings(found.ring, moments.text(found.ring.at)),
        left="" if found.ring is None else duration(found.ring.at + found.ring.step - moments.now),
        pace=_paces(found),
        done="" if found.done is None else percent(found.done),
        too_early="no progress yet" if is_new else "it is too early to say when it will be done",
        until=moments.text(until),
        late="" if found.late_by is None else roughly(found.late_by),
        best_effort="deadlines are best effort, and " if provider.runs_over else "",
        and_best_effort=", and deadlines are best effort" if provider.runs_over else "",
    )
    return words.strip()


def ring_words(ring: Ring, now: datetime, zone: tzinfo) -> str:
    """Return `21:00 CET, 6h before its deadline`, or `03:00 CET, its deadline`."""
    return _rings(ring, local_time_near(ring.at, now, zone=zone))


def _rings(ring: Ring, at: str) -> str:
    before = f"{duration(ring.step)} before its" if ring.step else "its"
    return f"{at}, {before} deadline"


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


def _paces(found: Prospect) -> str:
    """Return `13 %/h and made 10 %/h on average`; '' if nobody knows what it needs."""
    if found.needed is None:
        return ""
    made = f" and made {pace_words(found.made)} on average" if found.made else ""
    return f"{pace_words(found.needed)}{made}"
