"""Single facts of an event or job in words, for headlines and for the lines below them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.forecast.words import cohort_words, margin_words
from batchbell.core.plain_text import duration, one_line, parse_time

if TYPE_CHECKING:
    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.messages.view import View

#: How much of an error's text every message carries, characters.
ERROR_LIMIT = 200
#: No id, name or path is shown longer, characters; real ones have about 40.
NAME_LIMIT = 300
#: News told later than this after it happened, or was seen, is told with both times.
LATE_AFTER = timedelta(minutes=2)
#: The time left when a message that was held comes after the deadline.
NOTHING_LEFT = "none"


def error_text(event: Event) -> str:
    """Return the first 200 characters of the error, of the job's before the event's own; or ''."""
    of_job = event.job.error if event.job is not None else None
    return one_line(of_job or fact_text(event, "error"), ERROR_LIMIT)


def fact_text(event: Event, name: str) -> str:
    """Return a fact as one line of text, '' if it is missing."""
    value = event.facts.get(name)
    return "" if value is None else one_line(str(value), NAME_LIMIT)


def fact_time(event: Event, name: str, view: View) -> str:
    """Return a fact that holds a time as `2026-11-23 02:14 UTC`; as it came if it is no time."""
    moment = parse_time(event.facts.get(name))
    return fact_text(event, name) if moment is None else view.time(moment)


def fact_duration(event: Event, name: str) -> str:
    """Return a fact that holds seconds as `2h 51m`; as it came if it is no number."""
    value = event.facts.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    try:
        return duration(float(value)) if is_number and value is not None else fact_text(event, name)
    except OverflowError:
        return fact_text(event, name)


def time_left(event: Event, view: View) -> str:
    """Return how long until the deadline, `58m`, when it was seen, or told if that is much later.

    '' if nobody knows, `NOTHING_LEFT` if a message that was held comes after it.
    """
    left = fact_duration(event, "time_left")
    deadline = event.job.job_deadline if event.job is not None and left else None
    if deadline is None or view.now is None or view.now - event.seen_at <= LATE_AFTER:
        return left
    return duration(deadline - view.now) if deadline > view.now else NOTHING_LEFT


def margin(event: Event, view: View) -> str:
    """Return `forecast 1h 2m late (05:14 CET)`; the forecast as it came if it is no time, or ''."""
    finish = parse_time(event.facts.get("forecast"))
    if finish is None:
        forecast = fact_text(event, "forecast")
        return forecast and f"forecast {forecast}"
    deadline = event.job.job_deadline if event.job is not None else None
    return margin_words(finish, deadline, now=event.seen_at, zone=view.zone)


def cohort(event: Event, view: View) -> str:
    """Say with which jobs it stalls, '' if it does so alone."""
    since, count = parse_time(event.facts.get("cohort_since")), event.facts.get("cohort_jobs")
    if since is None or not isinstance(count, int):
        # As 0.1.0 stored it.
        return fact_text(event, "cohort")
    where = fact_text(event, "cohort_of")
    return cohort_words(
        count, where, since, provider=view.provider.name, now=event.seen_at, zone=view.zone
    )


def partial_output(job: BatchJob | None) -> str:
    """Say where the finished part of an ended job is."""
    if job is None or not job.output_file_id:
        return "no partial output"
    return f"partial output is in {one_line(job.output_file_id, NAME_LIMIT)}"


def run_time(job: BatchJob | None) -> str:
    """Return how long a finished job took, from its creation; '' if the API did not say."""
    if job is None or job.created_at is None or job.completed_at is None:
        return ""
    return duration(job.completed_at - job.created_at) if job.completed_at > job.created_at else ""
