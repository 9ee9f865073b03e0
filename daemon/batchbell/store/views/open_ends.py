"""The ended jobs that need a look: one answer, also from what is remembered from page to page."""

from __future__ import annotations

from bisect import bisect
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.standing.jobs import FAILURE_NEEDS_A_LOOK
from batchbell.store.types import instant_of
from batchbell.store.views.not_whole import not_whole_since
from batchbell.store.views.open_failures import dated_failures
from batchbell.store.views.open_parts import dated_parts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.store.remembered_answers import Ask

#: When each ended, epoch microseconds, and account and id, the last first.
Dated = list[tuple[int, tuple[str, str]]]


class OpenEnds(NamedTuple):
    """Account and id of these jobs, the last to end first."""

    failures: Sequence[tuple[str, str]]
    #: What ended otherwise, and something is left to do.
    parts: Sequence[tuple[str, str]]


def open_ends(connection: Connection, now: datetime) -> OpenEnds:
    """Read these jobs; `now` is on the API's clock."""
    failures, parts = _dated_ends(connection, now)
    return OpenEnds([key for _, key in failures], [key for _, key in parts])


def open_ends_by(ask: Ask, now: datetime) -> OpenEnds:
    """Return these jobs, as `open_ends` has them.

    What is remembered are those that needed a look when this hour began, or since: only the time
    makes history of one until somebody commits.
    """
    failures, parts = ask(_dated_ends, now=now.replace(minute=0, second=0, microsecond=0))
    since = now - FAILURE_NEEDS_A_LOOK
    return OpenEnds(_since(failures, since), _since(parts, since))


def _dated_ends(connection: Connection, now: datetime) -> tuple[Dated, Dated]:
    not_whole = [*not_whole_since(connection, now - FAILURE_NEEDS_A_LOOK)]
    return dated_failures(connection, now, not_whole), dated_parts(connection, now, not_whole)


def _since(dated: Dated, since: datetime) -> list[tuple[str, str]]:
    count = bisect(dated, 0, key=lambda each: int(instant_of(each[0]) < since))
    return [key for _, key in dated[:count]]
