"""The page of one job: how it stands, its progress as a drawing, and who was told of what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.addresses import DEFAULT_BASE_URL, fetch_command
from batchbell.core.wording.advice import what_to_do
from batchbell.core.wording.fact_words import LATE_AFTER
from batchbell.core.wording.headline import headline
from batchbell.core.wording.plain_text import duration
from batchbell.store import gaps, jobs
from batchbell.store.job_history import job_history
from batchbell.store.samples import latest_samples
from batchbell.web.asked import NoSuchPageError
from batchbell.web.chart import Chart, chart
from batchbell.web.job_facts import JobFact, job_facts
from batchbell.web.job_lines import JobLine, job_line
from batchbell.web.telling import Telling, telling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.store.database import Transaction
    from batchbell.store.events import StoredEvent
    from batchbell.store.job_history import JobHistory
    from batchbell.web.asked import Asked

#: Old gaps would be drawn as hairlines.
_MOST_GAPS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event of the job's timeline."""

    id: int
    event: Event
    headline: str
    #: How much later it was seen; '' if it was seen in time.
    late: str
    told: Sequence[Telling]
    #: Why which channel was not told.
    not_told: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """Everything about one job."""

    now: datetime
    line: JobLine
    chart: Chart | None
    facts: Sequence[JobFact]
    #: Oldest first.
    happenings: Sequence[Happening]
    #: What helps, after what happened last; '' if nothing is known to.
    advice: str
    #: The command that fetches its output; '' without one.
    fetch: str


def read_job_page(connection: Transaction, asked: Asked) -> JobPage:
    """Read a job's page. Raises `NoSuchPageError` for an unknown job, `DatabaseError`."""
    account, job_id = asked.path["account"], asked.path["job_id"]
    item = jobs.one(connection, account, job_id)
    if item is None:
        raise NoSuchPageError(f"account {account} has no job {job_id}, or not any more")
    history = job_history(connection, item, asked.now)
    record = item.record
    samples = latest_samples(connection, account, job_id)
    since = record.job.created_at or record.first_seen_at
    blind = gaps.lately(connection, until_after=since).get(account, [])[-_MOST_GAPS:]
    base_url = asked.watching.base_urls.get(account, DEFAULT_BASE_URL)
    return JobPage(
        now=asked.now,
        line=job_line(item, asked.now, history.outlook, input_file=history.input_file),
        chart=chart(record, samples, history.outlook, blind, asked.now),
        facts=list(job_facts(history)),
        happenings=[_happening(stored, history) for stored in history.events],
        advice=what_to_do(history.events[-1].event) if history.events else "",
        fetch=fetch_command(record.job.output_file_id or "", base_url=base_url),
    )


def _happening(stored: StoredEvent, history: JobHistory) -> Happening:
    event = stored.event
    late = event.seen_at - event.happened_at
    return Happening(
        id=stored.id,
        event=event,
        headline=headline(event),
        late=duration(late) if late >= LATE_AFTER else "",
        told=list(_tellings(stored, history)),
        not_told=dict(sorted(stored.not_told.items())),
    )


def _tellings(stored: StoredEvent, history: JobHistory) -> Iterator[Telling]:
    for deliveries in (history.deliveries, history.reminders):
        for delivery in deliveries.get(stored.id, ()):
            yield telling(
                delivery,
                history.channels.get(delivery.channel),
                history.attempts.get(delivery.notification_id, ()),
                history.now,
            )
