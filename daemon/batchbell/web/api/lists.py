"""Lists that come in parts: jobs by number, events and deliveries by their ids."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from batchbell.config.nearest import nearest
from batchbell.core.event import EventKind, Severity
from batchbell.json_views.events import entry_json, event_json
from batchbell.json_views.jobs import jobs_json
from batchbell.messages.plain_text import one_line
from batchbell.store import events
from batchbell.store.views import deliveries, jobs
from batchbell.store.views.job_filter import JobFilter
from batchbell.store.views.jobs import Sort
from batchbell.store.views.status import seen_jobs
from batchbell.web.api.parameters import BadQuestionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from batchbell.store.database import Transaction
    from batchbell.store.job_rows import AccountJob
    from batchbell.web.api.answers import DeliveriesJson, EventsJson, JobsJson
    from batchbell.web.api.question import Question

#: Longest glob that is repeated in an error, characters.
_GLOB_SHOWN = 60


def job_list(connection: Transaction, question: Question) -> JobsJson:
    """Answer with a part of the jobs: those that run first, as on the page."""
    chosen = question.chosen
    found, total = _jobs(connection, question)
    end = chosen["offset"] + len(found)
    return {
        "jobs": jobs_json(seen_jobs(connection, found, question.now)),
        "total": total,
        "next_offset": end if found and end < total else None,
    }


def job_filter(chosen: Mapping[str, Any]) -> JobFilter:
    """Return the filter of jobs that a question names."""
    names = ("account", "status", "model", "text")
    return JobFilter(**{name: chosen.get(name) or "" for name in names})


def _jobs(connection: Transaction, question: Question) -> tuple[Sequence[AccountJob], int]:
    """Return one part, and how many jobs all parts have."""
    chosen, wanted = question.chosen, job_filter(question.chosen)
    sort, offset, limit = Sort(chosen["sort"]), chosen["offset"], chosen["limit"]
    running, finished = jobs.matching(connection, wanted)
    if chosen["finished"] is True:
        running = 0
    if chosen["finished"] is False:
        finished = 0
    found: list[AccountJob] = []
    if offset < running:
        found = jobs.running(
            connection,
            question.now,
            wanted=wanted,
            sort=sort,
            offset=offset,
            limit=min(limit, running - offset),
        )
    if len(found) < limit and finished:
        found += jobs.finished(
            connection,
            wanted=wanted,
            sort=sort,
            offset=max(offset - running, 0),
            limit=limit - len(found),
        )
    return found, running + finished


def event_log(connection: Transaction, question: Question) -> EventsJson:
    """Answer with a part of the event log. Raises `BadQuestionError` for a glob without a kind."""
    chosen = question.chosen
    found = events.part(
        connection,
        events_wanted(chosen),
        behind=chosen["cursor"],
        oldest_first=chosen["order"] == "oldest",
        limit=chosen["limit"] + 1,
    )
    shown = found[: chosen["limit"]]
    return {
        "events": [event_json(stored) for stored in shown],
        "next_cursor": shown[-1].id if len(found) > len(shown) else None,
    }


def events_wanted(chosen: Mapping[str, Any]) -> events.EventFilter:
    """Return which events a question names. Raises `BadQuestionError` for a glob without a kind."""
    glob = chosen["kind"]
    if glob is not None and not any(fnmatchcase(kind, glob) for kind in EventKind):
        right = nearest(glob, [kind.value for kind in EventKind])
        shown = one_line(glob, _GLOB_SHOWN)
        raise BadQuestionError(f'no kind of event is "{shown}": do you mean "{right}"?')
    return events.EventFilter(
        account=chosen["account"],
        job=chosen["job"],
        since=chosen.get("since"),
        kind_like=glob,
        min_severity=Severity[chosen["min_severity"].upper()],
    )


def delivery_ledger(connection: Transaction, question: Question) -> DeliveriesJson:
    """Answer with a part of the delivery ledger."""
    chosen = question.chosen
    found = deliveries.part(
        connection,
        deliveries.DeliveryFilter(
            channel=chosen["channel"], state=chosen["state"], failed=chosen["failed"] is True
        ),
        behind=chosen["cursor"],
        oldest_first=chosen["order"] == "oldest",
        limit=chosen["limit"] + 1,
    )
    shown = found[: chosen["limit"]]
    ids = [entry.delivery.notification_id for entry in shown]
    attempts = deliveries.attempts_of(connection, ids)
    return {
        "deliveries": [
            entry_json(entry, attempts.get(entry.delivery.notification_id, ())) for entry in shown
        ],
        "next_cursor": ids[-1] if len(found) > len(shown) else None,
    }
