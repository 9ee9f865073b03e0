"""What is known of the results of jobs that ended, and which of their files are to be read."""

from __future__ import annotations

from dataclasses import asdict, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, case, func, literal, select, tuple_, update

from batchbell.core.gauges import ResultBacklog
from batchbell.core.results.cause import Cause
from batchbell.core.results.collecting import CLAIM, LONGEST_RETRY, Collection
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import FileKind, JobResults, ResultFile, ResultsState
from batchbell.core.results.lines import Tokens
from batchbell.core.snapshot import END_MARK
from batchbell.store import claims, job_keys
from batchbell.store.batches import in_batches
from batchbell.store.tables import results
from batchbell.store.types import Instant
from batchbell.store.upsert import upsert
from batchbell.store.waking import wake_others

if TYPE_CHECKING:
    from collections.abc import Collection as Some
    from collections.abc import Iterable, Mapping
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Connection, Row, Update

_COUNTS = tuple(field.name for field in fields(Counts))


class EndClaim(NamedTuple):
    """An end whose files are ours to read."""

    collection: Collection
    #: The claim's own: later ones of the end have larger ones.
    number: int


def load(connection: Connection, account: str, job_id: str) -> JobResults | None:
    """Return what is known of a job's results; None if nothing of it was ever to be read."""
    found = collections(connection, [(account, job_id)])
    return found[0].results if found else None


def collections(connection: Connection, jobs: Iterable[tuple[str, str]]) -> list[Collection]:
    """Return how the files of these (account, job) are collected."""
    return [
        _collection(row)
        for theirs in job_keys.conditions(jobs, results.c.account, results.c.job)
        for row in connection.execute(select(results).where(theirs))
    ]


def begin(connection: Connection, new: Iterable[Collection]) -> None:
    """Write that these files are to be read, in place of what is known of other ends' or files."""
    for some in in_batches(new):
        upsert(connection, results, [{**_values(each), "locked_until": None} for each in some])
        wake_others(connection)


def save(connection: Connection, known: JobResults, now: datetime) -> None:
    """Write results that somebody counted: nothing more is to be read, if they are counted."""
    row = {
        **_known(known),
        **dict.fromkeys(("created_at", "free_at", "next_attempt_at", "give_up_at"), now),
        "attempts": 0,
        "locked_until": None,
    }
    upsert(connection, results, [row])


def claim(
    connection: Connection,
    accounts: Some[str],
    *,
    now: datetime,
    claim_for: timedelta,
    but: Some[tuple[str, str]] = (),
) -> EndClaim | None:
    """Claim the end of these accounts that has been due for longest; None if none is due.

    `but` has (account, job) that are left alone, whoever claimed them and until when. What another
    transaction is claiming or changing just now is passed over.
    """
    free = claims.is_free(connection, results.c.locked_until, now, CLAIM)
    query = select(results).where(_is_waiting(accounts, but), free, _due_at(now) <= now)
    order = results.c.next_attempt_at, results.c.account, results.c.job
    first = query.order_by(*order).limit(1).with_for_update(skip_locked=True)
    row = connection.execute(first).one_or_none()
    if row is None:
        return None
    found, number = _collection(row), row.claim + 1
    until, times = claims.until(connection.dialect.name), claims.times(now, claim_for)
    connection.execute(_of(found).values(locked_until=until, claim=number), times)
    return EndClaim(found, number)


def next_due(
    connection: Connection,
    accounts: Some[str],
    now: datetime,
    *,
    but: Some[tuple[str, str]] = (),
) -> datetime | None:
    """Return when the next end is due, or the claim of one runs out; None if none waits."""
    until = results.c.locked_until
    free = claims.is_free(connection, until, now, CLAIM)
    free_at = case((free, _due_at(now)), else_=claims.by_the_time_of(connection, until, now))
    earliest = select(func.min(free_at)).where(_is_waiting(accounts, but))
    due: datetime | None = connection.execute(earliest).scalar_one()
    return due


def renew(
    connection: Connection, claimed: EndClaim, *, now: datetime, claim_for: timedelta
) -> None:
    """Keep a claim while the files are read; one that was given back stays free."""
    is_ours = results.c.locked_until.is_not(None), results.c.claim == claimed.number
    until, times = claims.until(connection.dialect.name), claims.times(now, claim_for)
    connection.execute(_of(claimed.collection).where(*is_ours).values(locked_until=until), times)


def void_claims(connection: Connection) -> None:
    """Free what a dead process had claimed; only for the one process that may read."""
    claimed = update(results).where(results.c.locked_until.is_not(None))
    connection.execute(claimed.values(locked_until=None))


def record(connection: Connection, after: Collection, number: int) -> bool:
    """Write how an end stands and free its claim, which has this number.

    False if it is no longer the one to be read, or somebody else has claimed it since.
    """
    values = {**_values(after), "locked_until": None}
    is_ours = results.c.claim == number
    return connection.execute(_of(after).where(is_ours).values(values)).rowcount > 0


def skip(connection: Connection, end: Collection, *, reason: str) -> None:
    """Write that an end's files are not to be read any more, whoever reads them."""
    skipped = {"state": ResultsState.SKIPPED.value, "reason": reason, "locked_until": None}
    connection.execute(_of(end).values(skipped))


def waiting(connection: Connection, accounts: Some[str]) -> list[Collection]:
    """Return the ends of these accounts whose files are still to be read."""
    query = select(results).where(_is_waiting(accounts))
    return [_collection(row) for row in connection.execute(query)]


def backlogs(connection: Connection) -> dict[str, ResultBacklog]:
    """Return how many ends wait, by account; takes as long as those are many."""
    failing = func.count().filter(results.c.attempts > 0).label("failing")
    query = (
        select(
            results.c.account,
            func.count().label("pending"),
            failing,
            func.min(results.c.created_at).label("oldest_at"),
        )
        .where(results.c.state == ResultsState.WAITING.value)
        .group_by(results.c.account)
    )
    return {
        row.account: ResultBacklog(
            pending=row.pending, failing=row.failing, oldest_at=row.oldest_at
        )
        for row in connection.execute(query)
    }


def _is_waiting(accounts: Some[str], but: Some[tuple[str, str]] = ()) -> ColumnElement[bool]:
    is_waiting = results.c.state == ResultsState.WAITING.value
    others = tuple_(results.c.account, results.c.job).not_in(sorted(but))
    return and_(is_waiting, results.c.account.in_(sorted(accounts)), others)


def _due_at(now: datetime) -> ColumnElement[datetime]:
    """Return when an end is due: now, if that is further ahead than it can honestly be.

    Then it was written before the clock was stepped back. So it is with claims.
    """
    due = results.c.next_attempt_at
    return case((due > now + LONGEST_RETRY, literal(now, Instant)), else_=due)


def _of(one: Collection) -> Update:
    """Return an update of a row that still is about this end, and waits."""
    account, job_id = one.key
    return update(results).where(
        results.c.account == account,
        results.c.job == job_id,
        results.c.end == one.end,
        results.c.created_at == one.created_at,
        results.c.state == ResultsState.WAITING.value,
    )


def _values(one: Collection) -> dict[str, Any]:
    return {
        **_known(one.results),
        "created_at": one.created_at,
        "free_at": one.free_at,
        "attempts": one.attempts,
        "next_attempt_at": one.next_attempt_at,
        "give_up_at": one.give_up_at,
    }


def _known(known: JobResults) -> dict[str, Any]:
    counts, tokens = known.counts, known.tokens
    return {
        "account": known.account,
        "job": known.job_id,
        "end": END_MARK + known.status,
        "state": known.state.value,
        "verdict": None if known.verdict is None else known.verdict.value,
        **{name: None if counts is None else getattr(counts, name) for name in _COUNTS},
        "prompt_tokens": None if tokens is None else tokens.prompt,
        "completion_tokens": None if tokens is None else tokens.completion,
        "total_tokens": None if tokens is None else tokens.total,
        "cost": None if known.cost is None else f"{known.cost:f}",
        "causes": [asdict(cause) for cause in known.causes],
        "files": [{**asdict(file), "kind": file.kind.value} for file in known.files],
        "kept_bytes": _kept_bytes(known),
        "reason": known.reason,
        "counted_at": known.counted_at,
    }


def _kept_bytes(known: JobResults) -> int | None:
    sizes = [file.bytes or 0 for file in known.files if file.path]
    return sum(sizes) if sizes else None


def _collection(row: Row[Any]) -> Collection:
    return Collection(
        results=_results(row),
        created_at=row.created_at,
        free_at=row.free_at,
        give_up_at=row.give_up_at,
        next_attempt_at=row.next_attempt_at,
        attempts=row.attempts,
    )


def _results(row: Row[Any]) -> JobResults:
    counts: Mapping[str, Any] = {name: getattr(row, name) for name in _COUNTS}
    has_tokens = row.total_tokens is not None
    return JobResults(
        account=row.account,
        job_id=row.job,
        status=row.end.removeprefix(END_MARK),
        state=ResultsState(row.state),
        verdict=None if row.verdict is None else Verdict(row.verdict),
        counts=None if row.succeeded is None else Counts(**counts),
        tokens=Tokens(row.prompt_tokens, row.completion_tokens, row.total_tokens)
        if has_tokens
        else None,
        cost=None if row.cost is None else Decimal(row.cost),
        causes=tuple(Cause(**each) for each in row.causes),
        files=tuple(_file(each) for each in row.files),
        reason=row.reason,
        counted_at=row.counted_at,
    )


def _file(stored: Mapping[str, Any]) -> ResultFile:
    return ResultFile(**{**stored, "kind": FileKind(stored["kind"])})
