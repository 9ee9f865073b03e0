"""Single facts of an event or job in words, for headlines and for the lines below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.wording.plain_text import duration, one_line, parse_time

if TYPE_CHECKING:
    from batchbell.core.batch_job import BatchJob
    from batchbell.core.event import Event
    from batchbell.core.wording.view import View

#: How much of an error's text every message carries, characters.
ERROR_LIMIT = 200
#: No id, name or path is shown longer, characters; real ones have about 40.
NAME_LIMIT = 300


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


def partial_output(job: BatchJob | None) -> str:
    """Say where the finished part of an ended job is.

    Source: Together's batch overview: an expired or cancelled job keeps, and bills, what was done.
    """
    if job is None or not job.output_file_id:
        return "no partial output"
    return f"partial output is in {one_line(job.output_file_id, NAME_LIMIT)}, and is billed"


def run_time(job: BatchJob | None) -> str:
    """Return how long a finished job took, from its creation; '' if the API did not say."""
    if job is None or job.created_at is None or job.completed_at is None:
        return ""
    return duration(job.completed_at - job.created_at) if job.completed_at > job.created_at else ""
