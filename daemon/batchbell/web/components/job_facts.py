"""All fields of a job, as labelled facts of its page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.ended import ended_at
from batchbell.messages.forecast_words import describe_job
from batchbell.messages.plain_text import one_line
from batchbell.web.components.job_lines import outlook_to_show

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.snapshot import JobRecord
    from batchbell.store.views.job import JobHistory

#: What a forecast has in parentheses: a range of one day, and the end of any.
_RANGE = re.compile(r"\b(\d\d:\d\d)-(\d\d:\d\d)(?=\))")
_LAST_OF_RANGE = re.compile(r"\b(\d\d:\d\d)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFact:
    """A label and its value: a text, a time, or a time with words behind it."""

    label: str
    text: str = ""
    #: Whether the text is an id, to be copied.
    is_id: bool = False
    #: Whether times are among its words.
    has_times: bool = False
    at: datetime | None = None


def _naming_zone(forecast: str) -> str:
    """Return a forecast of which each range names its zone: the reader sees it by his own clock.

    `(02:48-03:08)` becomes `(02:48 to 03:08 UTC)`, `(not before 02:48)` `(not before 02:48 UTC)`.
    """
    return _LAST_OF_RANGE.sub(r"\1 UTC)", _RANGE.sub(r"\1 to \2", forecast))


def job_facts(history: JobHistory) -> Iterator[JobFact]:
    """Yield what is known of a job, in the order of `batchbell show`."""
    return (fact for fact in _facts(history) if fact.text or fact.at is not None)


def _facts(history: JobHistory) -> Iterator[JobFact]:
    record, now = history.item.record, history.now
    job, outlook = record.job, outlook_to_show(record, history.outlook, now)
    yield JobFact(label="Account", text=history.item.account)
    yield JobFact(label="Model", text=one_line(job.model_id or ""))
    yield JobFact(label="Endpoint", text=one_line(job.endpoint or ""))
    yield JobFact(label="User", text=one_line(job.user_id or ""))
    yield JobFact(label="Created", at=job.created_at)
    yield JobFact(label="Ended", at=ended_at(record))
    yield JobFact(label="Deadline", at=None if job.finished else job.job_deadline)
    yield JobFact(
        label="Forecast",
        text="" if outlook is None else _naming_zone(describe_job(record, outlook, now)),
        has_times=True,
    )
    yield JobFact(label="Input file", text=one_line(history.input_file))
    yield from _files(job, _shown_above(history))
    # When one ended stands above, and nobody waits for news of it.
    yield JobFact(label="Status since", at=None if job.finished else record.status_since)
    # Of an end it may be when nobody had looked yet.
    yield from _last_progress(record)
    yield JobFact(
        label="Not listed since", at=record.missing_since if record.has_vanished else None
    )
    yield JobFact(label="First seen", at=record.first_seen_at)
    yield JobFact(label="Last seen", at=None if job.finished else record.last_seen_at)
    yield JobFact(label="Acknowledged", at=history.acknowledged_at)
    yield JobFact(label="Muted until", at=history.muted_until)


def _last_progress(record: JobRecord) -> Iterator[JobFact]:
    """Yield when it was seen to get on, if ever: of nothing done there is no such time."""
    if record.job.finished:
        return
    has_begun = record.job.progress != 0
    yield JobFact(
        label="Last progress",
        text="" if has_begun else "none",
        at=record.progress_since if has_begun else None,
    )


def _shown_above(history: JobHistory) -> set[str]:
    """Return the ids of the files that stand with what came back."""
    found = history.collection
    return set() if found is None else {file.id for file in found.results.files}


def _files(job: BatchJob, shown: Container[str]) -> Iterator[JobFact]:
    """Yield the job's files, but those that are `shown` elsewhere."""
    size = job.file_size_bytes
    if job.input_file_id not in shown:
        yield JobFact(label="Input file's id", text=one_line(job.input_file_id or ""), is_id=True)
        yield JobFact(label="Input size", text="" if size is None else f"{size:,} bytes")
    for label, file_id in (("Output file", job.output_file_id), ("Error file", job.error_file_id)):
        if file_id not in shown:
            yield JobFact(label=label, text=one_line(file_id or ""), is_id=True)
