"""What a message says of a job as it is: how far it came, its state, its files and its times."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.core.event import ENDS, VERDICT_KINDS, EventKind
from batchbell.messages.event_words import (
    LATE_AFTER,
    WARNS_OF_DEADLINE,
    corrects,
    name_text,
    run_time,
)
from batchbell.messages.fact import Fact, Role, brief
from batchbell.messages.outage_details import has_lasted
from batchbell.messages.overtaken import over_since
from batchbell.messages.plain_text import percent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.messages.view import View

#: The kinds of which another fact, or the headline, says by when the job is due.
_SAYS_WHEN_DUE = WARNS_OF_DEADLINE | {EventKind.STALLED, EventKind.DEADLINE_MISSED}
#: The account of whoever has but one.
USUAL_ACCOUNT = "default"
_NONE = "none"


def about_progress(event: Event) -> Iterator[Fact]:
    """Yield how far its job came."""
    if event.job is not None and event.job.progress is not None:
        # All or nothing is what the status says, and what came back says more.
        uncounted = event.facts.results.succeeded is None
        is_news = event.facts.reminder is None
        says = 0 < event.job.progress < 1 and uncounted and is_news
        text = percent(event.job.progress)
        if says and event.kind is EventKind.FAILED and not _left_files(event.job):
            # No bar: that draws what is there.
            yield brief("Progress", f"{text}, nothing of it is kept")
            return
        yield Fact("Progress", text, Role.PROGRESS, is_brief=uncounted, is_shown=says)


def _left_files(job: BatchJob) -> bool:
    return bool(job.output_file_id or job.error_file_id)


def about_state(event: Event, view: View) -> Iterator[Fact]:
    """Yield the status of its job, as it was seen and as it is now."""
    job, reminder, end = event.job, event.facts.reminder, over_since(event, view)
    if job is None:
        return
    # What the API lists no longer has none.
    label = "Last status" if event.kind is EventKind.VANISHED else "Status"
    yield brief(label, name_text(job.status or "not given"), Role.STATUS)
    now = reminder.status_now if reminder else ""
    if end is not None and end.job is not None:
        now = (end.job.status or "") if end.job.status != job.status else ""
    yield brief("Status now", name_text(now), Role.STATUS)
    previous, is_shown = event.facts.status.previous, event.kind not in ENDS
    yield Fact("Previous status", name_text(previous), Role.STATUS, is_shown=is_shown)
    yield Fact("Told before as", corrects(event), Role.STATUS, is_shown=False)


def about_files(event: Event) -> Iterator[Fact]:
    """Yield the files with what its job left."""
    job = event.job
    if job is not None:
        for label, file_id in (
            ("Output file", job.output_file_id),
            ("Error file", job.error_file_id),
        ):
            yield brief(label, name_text(file_id or _NONE), Role.FILE, shown=bool(file_id))


def about_work(event: Event) -> Iterator[Fact]:
    """Yield whose job it is, and what it works on."""
    job = event.job
    is_told = job is not None and event.account != USUAL_ACCOUNT
    yield brief("Account", name_text(event.account), Role.ACCOUNT, shown=is_told)
    if job is not None:
        yield Fact("Input file", _input_file(event, job), Role.WORK)
        yield Fact("Model", name_text(job.model_id), Role.WORK)
        yield Fact("Endpoint", name_text(job.endpoint), Role.WORK, is_shown=False)


def _input_file(event: Event, job: BatchJob) -> str:
    """Return the file's name, and its id as far as that is known."""
    name, file_id = name_text(event.input_file), name_text(job.input_file_id)
    return f"{name} ({file_id})" if name and file_id else name or file_id


def about_time(event: Event, view: View) -> Iterator[Fact]:
    """Yield when its job ran and is due, and when this happened."""
    job, is_end = event.job, event.kind in ENDS
    if job is not None:
        yield Fact("Created", view.time_and_distance(job.created_at), Role.TIME)
        yield Fact("Finished", view.time_and_distance(job.completed_at), Role.TIME)
        # How far off it is say headline and time left, as of when that was seen.
        is_told = event.kind in _SAYS_WHEN_DUE
        due = (replace(view, now=None) if is_told else view).time_and_distance(job.job_deadline)
        is_over = is_end or event.kind in VERDICT_KINDS
        # In a digest it is enough that a headline says it.
        yield Fact("Deadline", due, Role.TIME, is_brief=not is_told, is_shown=not is_over)
        results = event.facts.results
        says_nothing = results.verdict is None and not results.is_awaited
        in_headline = event.kind is EventKind.COMPLETED and says_nothing
        yield Fact("Duration", run_time(job), Role.TIME, is_shown=not in_headline)
    if job is not None and is_end:
        # Without the API's own time all that is known is when it was seen.
        seen = "" if job.completed_at else view.time_and_distance(event.seen_at)
        is_past = _is_past(event.seen_at, view)
        # After a gap its own line says when it was seen.
        is_shown = is_past or event.facts.gap is None
        yield Fact("Ended, seen at", seen, Role.TIME, is_brief=is_past, is_shown=is_shown)
    else:
        happened = view.time_and_distance(event.happened_at)
        # A channel began to fail when its outage began; of a message it is said when it failed.
        is_said = event.kind is EventKind.CHANNEL_MESSAGE_LOST or (
            event.kind is EventKind.CHANNEL_FAILING and has_lasted(event)
        )
        is_shown = _is_past(event.happened_at, view) and not is_said
        label = "Missing since" if event.kind is EventKind.VANISHED else "Happened"
        yield Fact(label, happened, Role.TIME, is_shown=is_shown)


def _is_past(moment: datetime, view: View) -> bool:
    """Whether a message tells something by a time: each has its own."""
    return view.now is None or abs(view.now - moment) > LATE_AFTER
