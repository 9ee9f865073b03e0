"""The deadlines of running jobs as a calendar. Source: RFC 5545 and RFC 7986."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from batchbell import __version__
from batchbell.core.addresses import job_page
from batchbell.messages.forecast_words import describe_job
from batchbell.messages.plain_text import one_line, percent
from batchbell.messages.subject import job_name, short_model
from batchbell.store import accounts
from batchbell.store.views import jobs
from batchbell.store.views.jobs import Sort
from batchbell.store.views.status import seen_jobs
from batchbell.web.api.lists import job_filter
from batchbell.web.feeds.content_lines import escaped, folded, moment
from batchbell.web.feeds.names import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from icalendar import Timezone

    from batchbell.store.database import Transaction
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.remembered_trends import RememberedTrends
    from batchbell.store.views.status import SeenJobs

#: Deadlines in the calendar, the nearest first.
MOST = 1_000
#: How often a calendar should ask again.
_REFRESH = timedelta(minutes=15)
_NAME_LIMIT = 100


def read_calendar(
    connection: Transaction,
    chosen: Mapping[str, Any],
    *,
    page_url: str,
    now: datetime,
    remembered: RememberedTrends,
) -> str:
    """Return the calendar of the jobs that are asked for; `page_url` is for links, '' for none.

    Raises `DatabaseError`.
    """
    wanted = job_filter(chosen)
    found = jobs.running(connection, now, wanted=wanted, sort=Sort.DEADLINE, offset=0, limit=MOST)
    began = accounts.first_baseline(connection)
    head, foot = _around_events()
    seen = seen_jobs(connection, found, now, remembered)
    return "".join([head, *_events(seen, page_url, began), foot])


@cache
def _around_events() -> tuple[str, str]:
    """Return what stands before the events, and behind them."""
    # Half a second, which only those wait for who have a calendar.
    from icalendar import Calendar  # noqa: PLC0415

    calendar = Calendar()
    calendar.add("prodid", f"-//batchbell//batchbell {__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("name", "Batch deadlines")
    # What most calendars read instead of that.
    calendar.add("x-wr-calname", "Batch deadlines")
    calendar.add("refresh-interval", _REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    calendar.add_component(_utc())
    text: bytes = calendar.to_ical()
    head, end, rest = text.decode().rpartition("END:VCALENDAR")
    return head, end + rest


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


def _events(seen: SeenJobs, page_url: str, began: datetime | None) -> Iterator[str]:
    for item in seen.jobs:
        deadline = item.record.job.job_deadline
        if deadline is not None:
            uid = f"{name_of(began, item.account, item.record.job.id)}@batchbell"
            yield "".join(map(folded, _event(item, deadline, uid, seen, page_url)))


def _event(
    item: AccountJob, deadline: datetime, uid: str, seen: SeenJobs, page_url: str
) -> Iterator[str]:
    """Yield the lines of an event, not folded yet."""
    record, job = item.record, item.record.job
    input_file = one_line(seen.input_file(item), _NAME_LIMIT)
    model = one_line(job.model_id or "", _NAME_LIMIT)
    # An unnamed job goes by its model already.
    more = f" ({short_model(model)})" if input_file and model else ""
    standing = one_line(job.status or "no status", _NAME_LIMIT)
    if job.progress is not None:
        standing += f" at {percent(job.progress)}"
    outlook = seen.outlook(item)
    forecast = "" if outlook is None else describe_job(record, outlook, seen.now)
    description = [
        standing,
        forecast and f"Forecast: {forecast}",
        f"Account: {item.account}",
        f"Job: {one_line(job.id)}",
    ]
    yield "BEGIN:VEVENT"
    last_seen = moment(record.last_seen_at)
    yield "SUMMARY:" + escaped(f"Deadline: {job_name(input_file, model, job.id)}{more}")
    yield f"DTSTART:{moment(deadline)}"
    yield f"DTSTAMP:{last_seen}"
    yield f"UID:{uid}"
    yield "DESCRIPTION:" + escaped("\n".join(filter(None, description)))
    yield f"LAST-MODIFIED:{last_seen}"
    yield "TRANSP:TRANSPARENT"
    if page_url:
        yield f"URL:{page_url}/{job_page(item.account, job.id)}"
    yield "END:VEVENT"
