"""How much of jobs' results is kept on the disk, as it is noted beside what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from batchbell.store.tables import results

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptResults:
    """How much is kept."""

    #: Jobs with kept files.
    jobs: int
    #: Of all their files together.
    bytes: int


def kept_results(connection: Connection) -> KeptResults:
    """Return how much is kept of jobs in the snapshot."""
    numbers = select(func.count(results.c.kept_bytes), func.sum(results.c.kept_bytes))
    jobs, size = connection.execute(numbers).one()
    return KeptResults(jobs=jobs, bytes=int(size or 0))


def forget_kept(connection: Connection, before: datetime, *, limit: int) -> int:
    """Note of at most `limit` jobs read before then that nothing is kept any more; how many."""
    read_at = func.coalesce(results.c.counted_at, results.c.created_at)
    old = results.c.kept_bytes.is_not(None) & (read_at < before)
    rows = connection.execute(select(results).where(old).limit(limit)).all()
    for row in rows:
        files = [{**file, "path": ""} for file in row.files]
        its = (results.c.account == row.account) & (results.c.job == row.job)
        connection.execute(update(results).where(its).values(files=files, kept_bytes=None))
    return len(rows)
