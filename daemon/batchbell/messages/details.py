"""The facts under a message's first line, in reading order."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.core.forecast.words import outlook_words
from batchbell.core.plain_text import duration, one_line, parse_time, percent
from batchbell.messages.advice import what_to_do
from batchbell.messages.fact import Fact, Role
from batchbell.messages.fact_words import (
    LATE_AFTER,
    NAME_LIMIT,
    cohort,
    error_text,
    fact_duration,
    fact_text,
    fact_time,
    run_time,
    time_left,
)
from batchbell.messages.headline import is_reminder
from batchbell.messages.view import PLAIN_VIEW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.messages.view import View

#: Joins the two ends of a time span: an en dash.
_TO = "\u2013"
_ENDS = frozenset(
    {
        EventKind.COMPLETED,
        EventKind.COMPLETED_WITH_ERRORS,
        EventKind.COMPLETED_EMPTY,
        EventKind.FAILED,
        EventKind.EXPIRED,
        EventKind.CANCELLED,
    }
)
_HAPPENED = {
    EventKind.CREATED: "created",
    EventKind.DEADLINE_MISSED: "deadline",
    EventKind.STALLED: "stalled",
    EventKind.VANISHED: "missing since",
    EventKind.ACCOUNT_UNREACHABLE: "failing since",
    EventKind.ACCOUNT_UNAUTHORIZED: "failing since",
    EventKind.CHANNEL_FAILING: "failing since",
    **dict.fromkeys(_ENDS, "finished"),
}


def details_of(event: Event, view: View = PLAIN_VIEW) -> tuple[Fact, ...]:
    """Return everything worth knowing about an event; those without a text are left out."""
    facts = [
        _brief("Reminder", _repetition(event, view)),
        *_about_state(event),
        _brief("Late news", late_news(event, view)),
        *_about_rule(event, view),
        *_about_job(event),
        *_about_look(event),
        *_about_outage(event, view),
        *_about_time(event, view),
        *_about_files(event, view),
    ]
    return tuple(fact for fact in facts if fact.text)


def _brief(label: str, text: str, role: Role = Role.DETAIL) -> Fact:
    """Return a fact that a digest gives too."""
    return Fact(label, text, role, is_brief=True)


def _repetition(event: Event, view: View) -> str:
    """Say the how-many-eth reminder it is, when it was told first, and how to end this."""
    if not is_reminder(event):
        return ""
    first = parse_time(event.facts.get("first_told"))
    told = "" if first is None else f", first told {view.time(first)}"
    job_id = shlex.quote(one_line(event.job_id, NAME_LIMIT))
    number = fact_text(event, "reminder")
    return f"number {number}{told}; `batchbell ack {job_id}` ends this"


def late_news(event: Event, view: View = PLAIN_VIEW) -> str:
    """Return when it happened and was seen if those are apart, and when nobody looked, else ''.

    Reads `finished 02:14, seen 05:05 UTC; not polling 02:10-05:05 UTC (daemon down)`.
    """
    parts = []
    if event.seen_at - event.happened_at > LATE_AFTER:
        happened, seen = view.times(event.happened_at, event.seen_at)
        verb = _HAPPENED.get(event.kind, "happened")
        parts.append(f"{verb} {happened}, seen {seen}")
    parts.append(_blind_time(event, view))
    return "; ".join(part for part in parts if part)


def _blind_time(event: Event, view: View) -> str:
    start = parse_time(event.facts.get("blind_from"))
    end = parse_time(event.facts.get("blind_until"))
    if start is None or end is None:
        return ""
    first, last = view.times(start, end)
    reason = fact_text(event, "blind_reason")
    return f"not polling {first}{_TO}{last}" + (f" ({reason})" if reason else "")


def _about_state(event: Event) -> Iterator[Fact]:
    yield _brief("Job", one_line(event.job_id, NAME_LIMIT), Role.JOB)
    job = event.job
    if job is not None:
        yield _brief("Status", one_line(job.status or "not given", NAME_LIMIT), Role.STATUS)
        yield _brief("Status now", fact_text(event, "status_now"))
        yield Fact("Previous status", fact_text(event, "previous_status"))
        yield Fact("Told before as", fact_text(event, "corrects"))
    yield _brief("Error", error_text(event), Role.ERROR)


def _about_job(event: Event) -> Iterator[Fact]:
    yield _brief("Account", one_line(event.account, NAME_LIMIT), Role.ACCOUNT)
    job = event.job
    if job is not None:
        yield _brief("Input file", _input_file(event, job), Role.WORK)
        yield _brief("Model", one_line(job.model_id or "", NAME_LIMIT), Role.WORK)
        yield Fact("Endpoint", one_line(job.endpoint or "", NAME_LIMIT), Role.WORK)
        yield _brief(
            "Progress", "" if job.progress is None else percent(job.progress), Role.PROGRESS
        )
        yield _brief("Output file", one_line(job.output_file_id or "none", NAME_LIMIT), Role.FILE)
        yield _brief("Error file", one_line(job.error_file_id or "none", NAME_LIMIT), Role.FILE)


def _input_file(event: Event, job: BatchJob) -> str:
    """Return the file's name, and its id as far as that is known."""
    name, file_id = (
        one_line(text or "", NAME_LIMIT) for text in (event.input_file, job.input_file_id)
    )
    return f"{name} ({file_id})" if name and file_id else name or file_id


def _about_files(event: Event, view: View) -> Iterator[Fact]:
    """Yield the commands that save an ended job's files."""
    job = event.job
    if job is None or event.kind not in _ENDS:
        return
    fetch, base_url = view.provider.fetch_command, fact_text(event, "api")
    yield Fact("Fetch output", fetch(job.output_file_id, base_url), Role.COMMAND)
    yield Fact("Fetch errors", fetch(job.error_file_id, base_url), Role.COMMAND)


def _about_rule(event: Event, view: View) -> Iterator[Fact]:
    """Yield what a warning is about: it stands above what the job is."""
    yield Fact("Time left", time_left(event, view), Role.OUTLOOK)
    yield _brief("Forecast", _outlook(event, view), Role.OUTLOOK)
    yield Fact("No progress since", view.time_and_distance(parse_time(event.facts.get("since"))))
    yield Fact("Stalled together", cohort(event, view))
    yield Fact("What to do", what_to_do(event, view.provider))


def _about_look(event: Event) -> Iterator[Fact]:
    yield Fact("Warning step", fact_text(event, "step"))
    yield Fact("Polls without it", fact_text(event, "missed_polls"))
    age = fact_duration(event, "poll_age")
    yield _brief("Last poll", f"{age} before" if age else "")


def _about_outage(event: Event, view: View) -> Iterator[Fact]:
    yield _brief("Channel", fact_text(event, "channel"), Role.CHANNEL)
    yield Fact("Outage since", view.time_and_distance(parse_time(event.facts.get("outage_since"))))
    yield Fact("Outage lasted", _outage_length(event))
    yield Fact("Failed polls", fact_text(event, "failures"))
    yield Fact("Jobs", fact_text(event, "jobs"))
    yield Fact("Running", fact_text(event, "running"))
    yield Fact("Ended in the last 24 h, not told", fact_text(event, "ended_untold"))


def _outlook(event: Event, view: View) -> str:
    """Say when it will be done: as it was put into words, or by the readers' clock."""
    finish, earliest, latest = (
        parse_time(event.facts.get(name)) for name in ("forecast", "earliest", "latest")
    )
    if finish is None or earliest is None or latest is None:
        return fact_text(event, "outlook") or fact_time(event, "forecast", view)
    pace = fact_text(event, "pace")
    return outlook_words(finish, earliest, latest, now=event.seen_at, pace=pace, zone=view.zone)


def _outage_length(event: Event) -> str:
    since = parse_time(event.facts.get("outage_since"))
    if since is None or event.seen_at < since:
        return fact_duration(event, "blind_seconds")
    return duration(event.seen_at - since)


def _about_time(event: Event, view: View) -> Iterator[Fact]:
    job = event.job
    if job is not None:
        yield Fact("Created", view.time_and_distance(job.created_at))
        yield _brief("Finished", view.time_and_distance(job.completed_at))
        yield _brief("Deadline", view.time_and_distance(job.job_deadline))
        yield Fact("Duration", run_time(job))
    if job is not None and event.kind in _ENDS:
        # Without the API's own time all that is known is when it was seen.
        yield _brief("Seen", "" if job.completed_at else view.time_and_distance(event.seen_at))
    else:
        yield Fact("Happened", view.time_and_distance(event.happened_at))
