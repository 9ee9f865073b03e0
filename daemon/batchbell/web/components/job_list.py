"""One page of a list of jobs, and the way to its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.web.components.job_query import ROWS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from batchbell.web.components.job_lines import JobLine
    from batchbell.web.components.job_query import JobQuery


#: Rows of a list that don't fold.
_IN_SIGHT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Rows of which the first are in sight; the others take one line until somebody opens it."""

    in_sight: Sequence[JobLine]
    rest: Sequence[JobLine]

    @property
    def count(self) -> int:
        """How many there are in all."""
        return len(self.in_sight) + len(self.rest)


def folded(lines: Sequence[JobLine], in_sight: int = _IN_SIGHT) -> Folded:
    """Fold what is more than so many rows; one row more takes no more room than its line."""
    first = len(lines) if len(lines) <= in_sight + 1 else in_sight
    return Folded(in_sight=lines[:first], rest=lines[first:])


@dataclass(frozen=True, slots=True, kw_only=True)
class JobList:
    """What is shown of a list of jobs."""

    lines: Sequence[JobLine]
    #: Jobs on the pages before this one.
    before: int
    #: Jobs of this page that are shown elsewhere.
    elsewhere: int
    #: Jobs on all pages.
    total: int
    #: Where the neighbouring pages are; '' where there is none.
    previous: str
    next: str

    @property
    def rows(self) -> Folded:
        """The rows; of the first page alone some fold: who goes on wants to read them."""
        return folded(self.lines, len(self.lines) if self.before else _IN_SIGHT)

    @property
    def after(self) -> int:
        """How many jobs come on later pages."""
        return max(self.total - self.before - len(self.lines) - self.elsewhere, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPart:
    """Which jobs of a list are shown."""

    name: str
    #: The page's number from 1, and the last one's.
    number: int
    last: int
    #: Jobs on the pages before this one, and how many a page has.
    before: int
    rows: int


def list_part(name: str, query: JobQuery, total: int) -> ListPart:
    """Return the asked page of a list, its last one if it is shorter."""
    rows = ROWS[name]
    last = max(-(-total // rows), 1)
    number = min(query.numbers[name], last)
    return ListPart(name=name, number=number, last=last, before=(number - 1) * rows, rows=rows)


def job_list(
    part: ListPart,
    query: JobQuery,
    total: int,
    found: Sequence[JobLine],
    elsewhere: Collection[tuple[str, str]] = (),
) -> JobList:
    """Return what was `found` of a list; jobs of `elsewhere`, by account and id, are left out."""
    lines = [line for line in found if (line.account, line.job.id) not in elsewhere]
    name, number = part.name, part.number
    return JobList(
        lines=lines,
        elsewhere=len(found) - len(lines),
        before=part.before,
        total=total,
        previous=query.link(name, number - 1) if number > 1 else "",
        next=query.link(name, number + 1) if number < part.last else "",
    )
