"""The deadlines of running jobs as a calendar. Source: RFC 5545 and RFC 7986."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from batchbell import __version__
from batchbell.core.addresses import job_page
from batchbell.messages.forecast_words import describe
from batchbell.messages.plain_text import one_line, percent
from batchbell.messages.subject import short_model
from batchbell.store import accounts
from batchbell.store.views import jobs
from batchbell.store.views.jobs import Sort
from batchbell.store.views.status import seen_jobs
from batchbell.web.api.lists import job_filter
from batchbell.web.feeds.names import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from icalendar import Event, Timezone

    from batchbell.store.database import Transaction
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import SeenJobs

#: Deadlines in the calendar, the nearest first.
MOST = 1_000
#: How often a calendar should ask again.
_REFRESH = timedelta(minutes=15)
_NAME_LIMIT = 100


def read_calendar(
    connection: Transaction, chosen: Mapping[str, Any], *, page_url: str, now: datetime
) -> str:
    """Return the calendar of the jobs that are asked for; `page_url` is for links, '' for none.

    Raises `DatabaseError`.
    """
    # Half a second, which only those wait for who have a calendar.
    from icalendar import Calendar  # noqa: PLC0415

    wanted = job_filter(chosen)
    found = jobs.running(connection, now, wanted=wanted, sort=Sort.DEADLINE, offset=0, limit=MOST)
    calendar = Calendar()
    calendar.add("prodid", f"-//batchbell//batchbell {__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("name", "Batch deadlines")
    # What most calendars read instead of that.
    calendar.add("x-wr-calname", "Batch deadlines")
    calendar.add("refresh-interval", _REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    calendar.add_component(_utc())
    began = accounts.first_baseline(connection)
    for event in _events(seen_jobs(connection, found, now), page_url, began):
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text.decode()


def _utc() -> Timezone:
    """Return a description of UTC: a calendar without any component is none (section 3.6)."""
    from icalendar import Timezone, TimezoneStandard  # noqa: PLC0415

    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001 (local time, as it is written)
    standard.add("tzoffsetfrom", timedelta())
    standard.add("tzoffsetto", timedelta())
    zone = Timezone()
    zone.add("tzid", "Etc/UTC")
    zone.add_component(standard)
    return zone


def _events(seen: SeenJobs, page_url: str, began: datetime | None) -> Iterator[Event]:
    for item in seen.jobs:
        if item.record.job.job_deadline is not None:
            event = _event(item, item.record.job.job_deadline, seen, page_url)
            event.add("uid", f"{name_of(began, item.account, item.record.job.id)}@batchbell")
            yield event


def _event(item: AccountJob, deadline: datetime, seen: SeenJobs, page_url: str) -> Event:
    from icalendar import Event  # noqa: PLC0415

    record, job = item.record, item.record.job
    name = one_line(seen.input_file(item), _NAME_LIMIT) or one_line(job.id, _NAME_LIMIT)
    model = short_model(one_line(job.model_id or "", _NAME_LIMIT))
    standing = one_line(job.status or "no status", _NAME_LIMIT)
    if job.progress is not None:
        standing += f" at {percent(job.progress)}"
    outlook = seen.outlook(item)
    lines = [
        standing,
        "" if outlook is None else f"Forecast: {describe(outlook, seen.now)}",
        f"Account: {item.account}",
        f"Job: {one_line(job.id)}",
    ]
    event = Event()
    event.add("dtstamp", record.last_seen_at)
    event.add("last-modified", record.last_seen_at)
    event.add("dtstart", deadline)
    event.add("summary", f"Deadline: {name}" + (f" ({model})" if model else ""))
    event.add("description", "\n".join(filter(None, lines)))
    event.add("transp", "TRANSPARENT")
    if page_url:
        event.add("url", f"{page_url}/{job_page(item.account, job.id)}")
    return event
