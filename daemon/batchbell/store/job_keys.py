"""Rows of several jobs, given by account and id."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_

from batchbell.store.batches import in_batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement

#: Jobs of one statement: each account makes it one deeper, and SQLite takes none that is deeper
#: than 1,000. Source: https://www.sqlite.org/limits.html
_AT_ONCE = 500


def conditions(
    keys: Iterable[tuple[str, str]], account: ColumnElement[str], job: ColumnElement[str]
) -> Iterator[ColumnElement[bool]]:
    """Yield what is true of the rows whose `account` and `job` are among these, a batch at a time.

    Asked for the pairs themselves, SQLite goes through all rows of the table.
    """
    for some in in_batches(keys, _AT_ONCE):
        by_account: dict[str, list[str]] = defaultdict(list)
        for name, job_id in some:
            by_account[name].append(job_id)
        yield or_(*(and_(account == name, job.in_(ids)) for name, ids in by_account.items()))
