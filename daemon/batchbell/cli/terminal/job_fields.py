"""The fields of a job on a terminal: how it stands, what it is, and when what happened."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from batchbell.cli.terminal.event_lines import dim, painted
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.mute_words import until
from batchbell.cli.terminal.outlook_words import AT_RISK
from batchbell.cli.terminal.phrases import ago, ahead
from batchbell.cli.terminal.readers_clock import readers_zone, shown_time, times
from batchbell.cli.terminal.signs import between
from batchbell.cli.terminal.sparkline import sparkline
from batchbell.core.ended import ended_at
from batchbell.core.forecast.prospect import defies_forecast, prospect_of
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import Reason
from batchbell.messages.deadline_words import fails, why_it_cant
from batchbell.messages.event_words import can_be_drawn
from batchbell.messages.forecast_words import describe_job
from batchbell.messages.plain_text import cut, one_line, percent
from batchbell.messages.results_line import results_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.store.views.job import JobHistory

#: Of a job that failed so much of its error stands above everything else, characters.
ERROR_CHARS = 200


def error_of_end(job: BatchJob) -> str:
    """Return the beginning of what the API says why a job ended so; '' if it says nothing."""
    return cut(one_line(job.error or ""), ERROR_CHARS) if job.finished else ""


def field_lines(history: JobHistory) -> Iterator[str]:
    """Yield the fields that have a value, one a line; a long value goes on below itself.

    A blank line sets apart what belongs together.
    """
    groups = [
        [(label, text) for label, text in fields(history) if text]
        for fields in (_how_it_stands, _what_it_is, _when)
    ]
    width = max(len(label) for label, _ in chain(*groups))
    for at, group in enumerate(filter(None, groups)):
        if at:
            yield ""
        for label, text in group:
            yield from hanging(f"{dim(f'{label:<{width}}')}  {text}", below=width + 2)


def _how_it_stands(history: JobHistory) -> Iterator[tuple[str, str]]:
    record, now = history.item.record, history.now
    job, standing = record.job, job_standing(record, now, results=history.results)
    status = painted(job.status or "not given", standing.severity)
    since = _unless(_end(history), ", known since ", record.status_since, now)
    # The heading has it already.
    yield "Status", f"{status}{since}" if since or not job.status else ""
    if standing.has(Reason.VANISHED):
        yield "Listed", f"no longer, since {_at(record.missing_since, now)}"
    yield "Progress", _progress(history)
    yield "Over time", _over_time(history)
    yield "Results", results_line(history.results, between=between())
    overdue = ", and it is not finished" if standing.has(Reason.OVERDUE) else ""
    found = prospect_of(record, history.outlook, now)
    cant = why_it_cant(found)
    at_risk = f", {AT_RISK}" if standing.has(Reason.AT_RISK) else ""
    at_risk = f", {fails(found)} it: {cant}" if cant else at_risk
    if not job.finished:
        yield "Deadline", _at(job.job_deadline, now) + overdue + at_risk
    outlook = history.outlook
    has_forecast = outlook is not None and not defies_forecast(record, outlook, now)
    yield (
        "Forecast",
        describe_job(record, outlook, now, readers_zone()) if outlook and has_forecast else "",
    )
    error = one_line(job.error or "")
    yield "Error", "" if job.finished and len(error) <= ERROR_CHARS else error
    yield "Acknowledged", _at(history.acknowledged_at, now)
    yield "Muted", "" if history.muted_until is None else until(history.muted_until, now)


def _what_it_is(history: JobHistory) -> Iterator[tuple[str, str]]:
    job = history.item.record.job
    yield "Job", job.id
    yield "Account", history.item.account
    yield "Model", job.model_id or ""
    yield "Endpoint", job.endpoint or ""
    yield "User", job.user_id or ""
    # A long name takes a whole line.
    yield "Input name", one_line(history.input_file)
    size = "" if job.file_size_bytes is None else f"{job.file_size_bytes:,} bytes"
    yield "Input file", ", ".join(filter(None, (job.input_file_id, size)))
    yield "Output file", job.output_file_id or ""
    yield "Error file", job.error_file_id or ""


def _when(history: JobHistory) -> Iterator[tuple[str, str]]:
    record, now = history.item.record, history.now
    yield "Created", _at(record.job.created_at, now)
    yield "Ended", _at(ended_at(record), now)
    yield "First seen", _unless(record.job.created_at, "", record.first_seen_at, now)
    # What a clock puts ahead of now was seen all the same.
    yield (
        "Last seen",
        _unless(_end(history), "", record.last_seen_at, max(now, record.last_seen_at)),
    )


def _end(history: JobHistory) -> datetime | None:
    return ended_at(history.item.record)


def _unless(said: datetime | None, lead: str, moment: datetime, now: datetime) -> str:
    """Return a moment behind what leads to it; '' if a field of its own has `said` that minute."""
    is_said = said is not None and shown_time(said) == shown_time(moment)
    return "" if is_said else f"{lead}{_at(moment, now)}"


def _at(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return ""
    relative = ahead(moment, now) if moment > now else ago(moment, now)
    return f"{shown_time(moment)} ({relative})"


def _progress(history: JobHistory) -> str:
    """Return how much is done and since when; for how long, of a standstill, is said elsewhere."""
    record, now = history.item.record, history.now
    if record.job.progress is None:
        return ""
    done, since = percent(record.job.progress), record.progress_since
    if prospect_of(record, history.outlook, now).still_for is not None:
        return f"{done} since {shown_time(since)}"
    return done if record.job.finished else f"{done}, seen {_at(since, now)}"


def _over_time(history: JobHistory) -> str:
    """Return the progress as signs between those of its ends and their times; '' if it never moved.

    The line is as high as all of a job: what little moved shows in the numbers alone.
    """
    if not can_be_drawn(history.samples):
        return ""
    until = ended_at(history.item.record) or history.now
    drawn = sparkline(history.samples, until)
    if not drawn:
        return ""
    (began, least), (_, most) = history.samples[0], history.samples[-1]
    _, first, last = times(history.now, began, until)
    return f"{first} {percent(least)} {drawn} {percent(most)} {last}"
