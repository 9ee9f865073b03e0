"""Single facts of an event or job in words, for headlines and for the lines below them."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from batchbell.core.event import ABOUT_PROSPECTS, EventKind
from batchbell.core.retelling import FRESH_FOR
from batchbell.messages.deadline_words import (
    cant_make_words,
    margin_words,
    misses_words,
    still_words,
    unlikely_words,
)
from batchbell.messages.forecast_words import (
    needs_words,
    no_forecast_words,
    outlook_words,
    reason_in,
)
from batchbell.messages.paces import pace_words
from batchbell.messages.plain_text import (
    duration,
    local_time_near,
    one_line,
    percent,
    short_local_times,
    utc_time,
)
from batchbell.messages.prospect_advice import prospect_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from batchbell.core.event import Event
    from batchbell.core.facts import CohortFacts
    from batchbell.core.job import BatchJob
    from batchbell.messages.view import View

#: How much of an error's text every message carries, characters.
ERROR_LIMIT = 200
#: No id, name or path is shown longer, characters; real ones have about 40.
NAME_LIMIT = 300
#: Longest name of a model in a sentence about several jobs, characters.
_MODEL_LIMIT = 80
#: News told later than this after it happened, or was seen, is told with both times.
LATE_AFTER = timedelta(minutes=10)
#: The time left is reckoned anew in a message that comes later than this after it was seen.
_RECKONED_FOR = timedelta(minutes=2)
#: The kinds that tell of a deadline ahead.
WARNS_OF_DEADLINE = frozenset({EventKind.DEADLINE_APPROACHING, EventKind.AT_RISK})
#: The kinds that tell how a running job did when it was seen.
_OF_THE_MOMENT = ABOUT_PROSPECTS | {EventKind.PROGRESS}
#: Values of progress that make a line.
_FEWEST = 2
#: The time left when a message that was held, or a standstill, comes after the deadline.
NOTHING_LEFT = "none"
#: The time left when it is over before anybody has read of it, and from when on it is.
SECONDS_LEFT = "seconds"
_TOO_SHORT_TO_READ = timedelta(seconds=10)


def name_text(text: str | None) -> str:
    """Return an id, name or path as one line, '' for none."""
    return one_line(text, NAME_LIMIT) if text else ""


def is_reminder(event: Event) -> bool:
    """Whether this tells an event again, until somebody acknowledges it."""
    return event.facts.reminder is not None


def corrects(event: Event) -> str:
    """Return the ends that were told before, if it tells a different one; else ''."""
    return name_text(", ".join(event.facts.status.corrects))


def error_text(event: Event) -> str:
    """Return the first 200 characters of the error, of the job's before the event's own; or ''."""
    of_job = event.job.error if event.job is not None else None
    return one_line(of_job or event.facts.outage.error, ERROR_LIMIT)


def how_long(event: Event) -> str:
    """Return how long what is over lasted, a standstill or an outage; '' if nobody knows."""
    lasted = event.facts.stall.lasted or event.facts.outage.blind_for
    since = event.facts.outage.since or event.facts.stall.since
    if lasted is None and since is not None and since <= event.happened_at:
        lasted = event.happened_at - since
    return "" if lasted is None else duration(lasted)


def step_text(event: Event) -> str:
    """Return how long before the deadline this warning is due, `6h`; '' if it is no such."""
    step = event.facts.deadline.step
    return "" if step is None else duration(step)


def time_left(event: Event, view: View) -> str:
    """Return how long until the deadline, `58m`, when it was seen, or told if that is much later.

    '' if nobody knows, `SECONDS_LEFT` if it is hardly ahead, `NOTHING_LEFT` of a standstill after
    it, and if a message that was held comes after it.
    """
    deadline = event.job.job_deadline if event.job is not None else None
    left = event.facts.deadline.time_left
    if event.kind is EventKind.STALLED and deadline is not None:
        left = deadline - event.seen_at
        if left <= timedelta():
            return NOTHING_LEFT
    if left is None:
        return ""
    if deadline is not None and view.now is not None and view.now - event.seen_at > _RECKONED_FOR:
        left = deadline - view.now
        if left <= timedelta():
            return NOTHING_LEFT
    return SECONDS_LEFT if left < _TOO_SHORT_TO_READ else duration(left)


def as_of(event: Event, view: View) -> str:
    """Return `as of 01:10 CET` of figures that are told long after they were seen, or ''.

    What a tick told while nobody could poll was seen by the last good poll.
    """
    if event.kind not in _OF_THE_MOMENT or view.now is None:
        return ""
    seen_at = event.seen_at - (event.facts.deadline.poll_age or timedelta())
    if view.now - seen_at <= FRESH_FOR:
        return ""
    return f"as of {local_time_near(seen_at, view.now, zone=view.zone)}"


def misses(event: Event, view: View) -> str:
    """Return `will miss its 04:12 CET deadline by about 1h`; '' if nothing says so.

    Of a job that stands still, or is far too slow, it is `can't make its 04:12 CET deadline: needs
    243 %/h, no progress for 42m`, whatever a forecast says that goes by how it moved before.
    Without a forecast one that needs a pace that is not to be expected `will probably miss` it.
    """
    finish, job = event.facts.outlook.finish, event.job
    deadline = None if job is None else job.job_deadline
    if job is None or deadline is None or time_left(event, view) == NOTHING_LEFT:
        return ""
    # As of when it is told, as what to do: they name the same figures.
    found = prospect_at(event, job, view.now)
    cant = cant_make_words(found, deadline, now=event.seen_at, zone=view.zone)
    if cant or finish is None:
        return cant or unlikely_words(found, deadline, now=event.seen_at, zone=view.zone)
    return misses_words(found.expectation, finish, deadline, now=event.seen_at, zone=view.zone)


def margin(event: Event, view: View) -> str:
    """Return `should be done about 05:14 CET, 58m before its 06:12 CET deadline`, or ''.

    Of one that is late `will be done about ...`: nobody is to hope for less.
    """
    finish = event.facts.outlook.finish
    if finish is None:
        return ""
    deadline = event.job.job_deadline if event.job is not None else None
    will = "will" if deadline is not None and finish > deadline else "should"
    return f"{will} be {margin_words(finish, deadline, now=event.seen_at, zone=view.zone)}"


def due(event: Event, view: View) -> str:
    """Return `due 20:35 CET`, or ''."""
    deadline = event.job.job_deadline if event.job is not None else None
    if deadline is None:
        return ""
    return f"due {local_time_near(deadline, event.seen_at, zone=view.zone)}"


def outlook_text(event: Event, view: View) -> str:
    """Say when it will be done: by the readers' clock, or as it was put into words."""
    known = event.facts.outlook
    if known.finish is None or known.earliest is None or known.latest is None:
        at = "" if known.finish is None else view.time(known.finish)
        reason = name_text(reason_in(known.words))
        return _why_not(event, reason) if reason else name_text(known.words) or at
    pace = "" if known.rate is None else pace_words(known.rate)
    return outlook_words(
        known.finish,
        known.earliest,
        known.latest,
        now=event.seen_at,
        pace=pace,
        zone=view.zone,
        told_at=view.now,
    )


def _why_not(event: Event, reason: str) -> str:
    """Say what stands against a forecast, and what the deadline asks for."""
    job = event.job
    still_for = None if job is None else prospect_at(event, job).still_for
    if job is not None and still_for is not None:
        return no_forecast_words(job, event.seen_at)
    return needs_words(reason, job, event.seen_at, still_for)


def still_text(event: Event) -> str:
    """Return `no progress for 42m` of a job that was seen to stand still, or ''."""
    job = event.job
    found = None if job is None else prospect_at(event, job)
    return "" if found is None or found.still_for is None else still_words(found.still_for)


def cohort(event: Event, view: View) -> str:
    """Say with which jobs it stalls, '' if it does so alone."""
    if event.facts.cohort is None:
        # 0.1.0 stored the words alone.
        return name_text(str(event.facts.others.get("cohort") or ""))
    return cohort_words(
        event.facts.cohort, provider=view.provider.name, now=event.seen_at, zone=view.zone
    )


def cohort_words(cohort: CohortFacts, *, provider: str, now: datetime, zone: tzinfo = UTC) -> str:
    """Return `all 3 jobs on M flat since 14:05 UTC: likely on PROVIDER's side`."""
    _, latest = short_local_times(now, cohort.since, zone=zone)
    count = cohort.jobs
    jobs = "both jobs" if count == len(("one", "the other")) else f"all {count} jobs"
    model, account = one_line(cohort.model, _MODEL_LIMIT), cohort.account
    where = f"on {model}" if model else f"of account {account}"
    return f"{jobs} {where} flat since {latest}: likely on {provider}'s side"


def partial_output(job: BatchJob | None) -> str:
    """Say where the finished part of an ended job is."""
    if job is None or not job.output_file_id:
        return "no partial output"
    return f"partial output is in {name_text(job.output_file_id)}"


def can_be_drawn(samples: Sequence[tuple[datetime, float]]) -> bool:
    """Whether that is enough progress for a drawing: a point is no line."""
    return len(samples) >= _FEWEST


def instead_of_a_drawing(samples: Sequence[tuple[datetime, float]]) -> str:
    """Say in words how far a running job came that can't be drawn."""
    if not samples:
        return "No progress was seen yet."
    at, done = samples[0]
    return f"{percent(done)} since {utc_time(at)}."


def run_time(job: BatchJob | None) -> str:
    """Return how long a finished job took, from its creation; '' if the API did not say."""
    if job is None or job.created_at is None or job.completed_at is None:
        return ""
    return duration(job.completed_at - job.created_at) if job.completed_at > job.created_at else ""
