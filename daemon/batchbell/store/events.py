"""The event log: what was decided, once per unique key."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, bindparam, func, insert, select, update

from batchbell.core.event import Event, EventKind, Severity, severity_of
from batchbell.core.job import BatchJob
from batchbell.core.provider import JobState
from batchbell.core.times import rfc3339
from batchbell.messages.facts_json import facts_from_json, facts_json
from batchbell.messages.outage_ends import RECOVERED
from batchbell.messages.overtaken import OVERTAKES
from batchbell.store import job_keys
from batchbell.store.batches import in_batches
from batchbell.store.tables import batch_jobs, events

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Row

    from batchbell.core.event import EventKey
    from batchbell.core.routing import Route

_TIMES = ("created_at", "completed_at", "job_deadline")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event of the log."""

    id: int
    event: Event
    #: Why which channel was not notified, decided when the event was recorded.
    not_told: Mapping[str, str]


_KEY = (events.c.account, events.c.job, events.c.kind, events.c.qualifier)


def known_keys(connection: Connection, wanted: Iterable[Event]) -> set[EventKey]:
    """Return which of these events, and maybe of others about the same, the log has: their keys."""
    jobs = {(event.account, event.job_id) for event in wanted}
    return {
        (row.account, row.job, row.kind, row.qualifier)
        for theirs in job_keys.conditions(jobs, events.c.account, events.c.job)
        for row in connection.execute(select(*_KEY).where(theirs))
    }


def ids_of(
    connection: Connection, jobs: Iterable[tuple[str, str]], kinds: Iterable[EventKind]
) -> dict[EventKey, int]:
    """Return the numbers of all events of these kinds about these jobs, by their keys."""
    of_kinds = events.c.kind.in_(sorted(kinds))
    return {
        (row.account, row.job, row.kind, row.qualifier): row.id
        for theirs in job_keys.conditions(set(jobs), events.c.account, events.c.job)
        for row in connection.execute(select(events.c.id, *_KEY).where(theirs, of_kinds))
    }


def record(connection: Connection, routes: Sequence[Route]) -> dict[EventKey, int]:
    """Write events that the log does not have; return their ids."""
    statement = insert(events).returning(events.c.id, *_KEY)
    return {
        (row.account, row.job, row.kind, row.qualifier): row.id
        for some in in_batches(routes)
        for row in connection.execute(statement, [_values(route) for route in some])
    }


def of_files(connection: Connection, account: str, file_ids: Iterable[str]) -> list[StoredEvent]:
    """Return the events of the jobs with these input files, oldest first."""
    query = (
        select(events)
        .join(batch_jobs, (batch_jobs.c.account == account) & (batch_jobs.c.id == events.c.job))
        .where(events.c.account == account)
    )
    return [
        stored
        for some in in_batches(file_ids)
        for stored in found(
            connection, query.where(batch_jobs.c.input_file_id.in_(some)).order_by(events.c.id)
        )
    ]


def rewrite(connection: Connection, event_id: int, route: Route) -> None:
    """Write anew what is known of an event and who is not notified; its key is the same."""
    values = _values(route)
    changed = {name: values[name] for name in ("data", "not_told")}
    connection.execute(update(events).where(events.c.id == event_id).values(**changed))


# To put it together takes as long as to ask it, for each message that is sent.
_OF_IDS = select(events).where(events.c.id.in_(bindparam("ids", expanding=True)))


def of_ids(connection: Connection, ids: Iterable[int]) -> list[StoredEvent]:
    """Return these events."""
    return [
        _stored(row)
        for some in in_batches(list(ids))
        for row in connection.execute(_OF_IDS, {"ids": some})
    ]


def of_job(connection: Connection, account: str, job_id: str) -> list[StoredEvent]:
    """Return a job's events, oldest first."""
    query = select(events).where(events.c.account == account, events.c.job == job_id)
    return found(connection, query.order_by(events.c.id))


_OVERTAKING = select(events).where(
    events.c.job.in_(bindparam("jobs", expanding=True)), events.c.kind.in_(sorted(OVERTAKES))
)


def overtaking(connection: Connection, job_ids: Iterable[str]) -> list[Event]:
    """Return all that makes other news of jobs with these ids old, whatever their account."""
    return [
        stored.event
        for some in in_batches(sorted(job_ids))
        for stored in found(connection, _OVERTAKING, jobs=some)
    ]


_RECOVERIES = select(events).where(
    events.c.kind.in_(sorted(RECOVERED)), events.c.seen_at >= bindparam("since")
)


def recoveries(connection: Connection, since: datetime) -> list[Event]:
    """Return the ends of outages, of accounts and of channels."""
    return [stored.event for stored in found(connection, _RECOVERIES, since=since)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events of the log are asked for; None for any."""

    #: A job's whole id.
    job: str | None = None
    account: str | None = None
    since: datetime | None = None
    #: A glob of kinds.
    kind_like: str | None = None
    #: Nothing less severe than this.
    min_severity: Severity = Severity.INFO

    def kinds(self) -> list[EventKind]:
        """Return the kinds that are asked for."""
        return [
            kind
            for kind in EventKind
            if severity_of(kind) >= self.min_severity
            and (self.kind_like is None or fnmatchcase(kind, self.kind_like))
        ]


#: All there are.
EVERYTHING = EventFilter()


def log(
    connection: Connection, wanted: EventFilter = EVERYTHING, *, limit: int | None = None
) -> list[StoredEvent]:
    """Return the log, oldest first; with a `limit`, the youngest that many."""
    query = _narrowed(select(events), wanted).order_by(events.c.id.desc()).limit(limit)
    return found(connection, query)[::-1]


def part(
    connection: Connection,
    wanted: EventFilter,
    *,
    behind: int | None,
    oldest_first: bool,
    limit: int,
) -> list[StoredEvent]:
    """Return up to `limit` events of the log from one of its ends.

    They are those behind the event of the id `behind`, in the asked order; None for the first.
    """
    number = events.c.id
    query = _narrowed(select(events), wanted)
    if behind is not None:
        query = query.where(number > behind if oldest_first else number < behind)
    query = query.order_by(number if oldest_first else number.desc())
    return found(connection, query.limit(limit))


def log_size(connection: Connection, wanted: EventFilter = EVERYTHING) -> int:
    """Return how many events `log` has without a limit."""
    query = _narrowed(select(func.count()).select_from(events), wanted)
    size: int = connection.execute(query).scalar_one()
    return size


def _narrowed(query: Select[Any], wanted: EventFilter) -> Select[Any]:
    if wanted.job is not None:
        query = query.where(events.c.job == wanted.job)
    if wanted.account is not None:
        query = query.where(events.c.account == wanted.account)
    if wanted.since is not None:
        query = query.where(events.c.seen_at >= wanted.since)
    kinds = wanted.kinds()
    return query if len(kinds) == len(EventKind) else query.where(events.c.kind.in_(kinds))


def found(connection: Connection, query: Select[Any], **values: object) -> list[StoredEvent]:
    """Return the events whose rows a query asks for, in its order."""
    return [_stored(row) for row in connection.execute(query, values)]


def _stored(row: Row[Any]) -> StoredEvent:
    # As the table has them: to ask a row for each by its name takes half of what this does.
    number, account, job_id, kind, qualifier, happened_at, seen_at, data, not_told = tuple(row)
    event = Event(
        kind=EventKind(kind),
        account=account,
        job_id=job_id,
        qualifier=qualifier,
        happened_at=happened_at,
        seen_at=seen_at,
        job=_decoded(data["job"]),
        facts=facts_from_json(data["facts"]),
    )
    return StoredEvent(id=number, event=event, not_told=not_told)


def _values(route: Route) -> dict[str, Any]:
    event = route.event
    return {
        "account": event.account,
        "job": event.job_id,
        "kind": event.kind.value,
        "qualifier": event.qualifier,
        "happened_at": event.happened_at,
        "seen_at": event.seen_at,
        "data": {"job": _encoded(event.job), "facts": facts_json(event)},
        "not_told": dict(route.not_told),
    }


def _encoded(job: BatchJob | None) -> dict[str, Any] | None:
    """Return the fields that have a value, times as text."""
    if job is None:
        return None
    values = {field.name: getattr(job, field.name) for field in fields(job)}
    return {
        name: rfc3339(value) if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None
    }


def _decoded(data: dict[str, Any] | None) -> BatchJob | None:
    if data is None:
        return None
    times = {name: datetime.fromisoformat(data[name]) for name in _TIMES if name in data}
    meaning = JobState(data["meaning"]) if "meaning" in data else None
    return BatchJob(**{**data, **times, "meaning": meaning})
