"""The facts under a message's first line, in reading order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.messages.advice import job_command, what_to_do
from batchbell.messages.event_words import (
    ENDS,
    cohort,
    corrects,
    error_text,
    name_text,
    outlook_text,
    run_time,
    step_text,
    time_left,
)
from batchbell.messages.fact import Fact, Role
from batchbell.messages.late_news import late_news
from batchbell.messages.plain_text import duration, one_line, percent
from batchbell.messages.view import PLAIN_VIEW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.messages.view import View

#: The ids of the jobs that one message may be about, characters.
LOST_LIMIT = 2_000


def details_of(event: Event, view: View = PLAIN_VIEW) -> tuple[Fact, ...]:
    """Return everything worth knowing about an event; those without a text are left out."""
    facts = [
        _brief("What to do", what_to_do(event, view.provider), Role.REMEDY),
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
    reminder = event.facts.reminder
    if reminder is None:
        return ""
    first = reminder.first_told
    told = "" if first is None else f", first told {view.time(first)}"
    command = job_command("ack", event.job_id) or "batchbell ack"
    return f"number {reminder.number}{told}; `{command}` ends this"


def _about_state(event: Event) -> Iterator[Fact]:
    yield _brief("Job", name_text(event.job_id), Role.JOB)
    job, reminder = event.job, event.facts.reminder
    if job is not None:
        yield _brief("Status", name_text(job.status or "not given"), Role.STATUS)
        yield _brief("Status now", name_text(reminder.status_now if reminder else ""))
        yield Fact("Previous status", name_text(event.facts.status.previous))
        yield Fact("Told before as", corrects(event))
    yield _brief("Error", error_text(event), Role.ERROR)


def _about_job(event: Event) -> Iterator[Fact]:
    yield _brief("Account", name_text(event.account), Role.ACCOUNT)
    job = event.job
    if job is not None:
        yield _brief("Input file", _input_file(event, job), Role.WORK)
        yield _brief("Model", name_text(job.model_id), Role.WORK)
        yield Fact("Endpoint", name_text(job.endpoint), Role.WORK)
        yield _brief(
            "Progress", "" if job.progress is None else percent(job.progress), Role.PROGRESS
        )
        yield _brief("Output file", name_text(job.output_file_id or "none"), Role.FILE)
        yield _brief("Error file", name_text(job.error_file_id or "none"), Role.FILE)


def _input_file(event: Event, job: BatchJob) -> str:
    """Return the file's name, and its id as far as that is known."""
    name, file_id = name_text(event.input_file), name_text(job.input_file_id)
    return f"{name} ({file_id})" if name and file_id else name or file_id


def _about_files(event: Event, view: View) -> Iterator[Fact]:
    """Yield the commands that save an ended job's files."""
    job = event.job
    if job is None or event.kind not in ENDS:
        return
    fetch, base_url = view.provider.fetch_command, name_text(event.facts.api)
    yield Fact("Fetch output", fetch(job.output_file_id, base_url), Role.COMMAND)
    yield Fact("Fetch errors", fetch(job.error_file_id, base_url), Role.COMMAND)


def _about_rule(event: Event, view: View) -> Iterator[Fact]:
    """Yield what a warning is about: it stands above what the job is."""
    yield Fact("Time left", time_left(event, view), Role.OUTLOOK)
    yield _brief("Forecast", outlook_text(event, view), Role.OUTLOOK)
    yield Fact("No progress since", view.time_and_distance(event.facts.stall.since))
    yield Fact("Stalled together", cohort(event, view))


def _about_look(event: Event) -> Iterator[Fact]:
    yield Fact("Warning step", step_text(event))
    yield Fact("Polls without it", _number(event.facts.missed_polls))
    age = event.facts.deadline.poll_age
    yield _brief("Last poll", "" if age is None else f"{duration(age)} before")


def _about_outage(event: Event, view: View) -> Iterator[Fact]:
    yield _brief("Channel", name_text(event.facts.channel), Role.CHANNEL)
    yield _brief("Not sent about", one_line(", ".join(event.facts.lost.jobs), LOST_LIMIT))
    yield Fact("Not sent events", name_text(", ".join(event.facts.lost.kinds)))
    yield Fact("Outage since", view.time_and_distance(event.facts.outage.since))
    yield Fact("Outage lasted", _outage_length(event))
    yield Fact("Failed polls", _number(event.facts.outage.failures))
    found = event.facts.baseline
    if found is not None:
        yield Fact("Jobs", str(found.jobs))
        yield Fact("Running", str(found.running))
        yield Fact("Ended in the last 24 h, not told", str(found.ended_untold))


def _outage_length(event: Event) -> str:
    since = event.facts.outage.since
    if since is None or event.seen_at < since:
        blind_for = event.facts.outage.blind_for
        return "" if blind_for is None else duration(blind_for)
    return duration(event.seen_at - since)


def _number(count: int | None) -> str:
    return "" if count is None else str(count)


def _about_time(event: Event, view: View) -> Iterator[Fact]:
    job = event.job
    if job is not None:
        yield Fact("Created", view.time_and_distance(job.created_at))
        yield _brief("Finished", view.time_and_distance(job.completed_at))
        yield _brief("Deadline", view.time_and_distance(job.job_deadline))
        yield Fact("Duration", run_time(job))
    if job is not None and event.kind in ENDS:
        # Without the API's own time all that is known is when it was seen.
        yield _brief("Seen", "" if job.completed_at else view.time_and_distance(event.seen_at))
    else:
        yield Fact("Happened", view.time_and_distance(event.happened_at))
