"""Rows of several jobs, given by account and id."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import and_, false, or_

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement


def is_among(
    keys: Iterable[tuple[str, str]], account: ColumnElement[str], job: ColumnElement[str]
) -> ColumnElement[bool]:
    """Return what is true of the rows whose `account` and `job` are among these.

    Asked for the pairs themselves, SQLite goes through all rows of the table.
    """
    by_account: dict[str, list[str]] = defaultdict(list)
    for name, job_id in keys:
        by_account[name].append(job_id)
    theirs = (and_(account == name, job.in_(ids)) for name, ids in by_account.items())
    return or_(false(), *theirs)
