"""The failures of jobs that nobody has acknowledged yet."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from batchbell.core.event import EventKind, Severity, severity_of
from batchbell.core.standing import FAILURE_NEEDS_A_LOOK, is_open_failure
from batchbell.store import acks, jobs
from batchbell.store.job_rows import AccountJob
from batchbell.store.tables import events
from batchbell.store.views.results import results_in_brief

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_FAILURES = [kind.value for kind in EventKind if severity_of(kind) is Severity.FAILURE]


def open_failures(connection: Connection, now: datetime) -> list[AccountJob]:
    """Return the ended jobs whose failure needs a look, the last to fail first.

    What a first poll found ended is no news: nothing was recorded of it. `now` is on the API's
    clock.
    """
    failed = _failed_since(connection, now - FAILURE_NEEDS_A_LOOK)
    acknowledged = acks.load_all(connection)
    of_account = defaultdict[str, list[str]](list)
    for account, job_id in failed:
        of_account[account].append(job_id)
    found = [
        AccountJob(account=account, record=record)
        for account, ids in of_account.items()
        for record in jobs.load_some(connection, account, ids).values()
    ]
    known = results_in_brief(connection, found)
    still_open = [
        item
        for item in found
        if is_open_failure(
            item.record,
            now,
            failed_at=failed[item.key],
            is_acknowledged=item.key in acknowledged,
            results=known.get(item.key),
        )
    ]
    return sorted(still_open, key=lambda item: (failed[item.key], item.key), reverse=True)


def _failed_since(connection: Connection, since: datetime) -> dict[tuple[str, str], datetime]:
    """Return when the last failure of each (account, job) was seen, if that was since then."""
    query = (
        select(events.c.account, events.c.job, func.max(events.c.seen_at))
        .where(events.c.seen_at >= since, events.c.kind.in_(_FAILURES), events.c.job != "")
        .group_by(events.c.account, events.c.job)
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}
