"""One page of a list of jobs, and the way to its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.web.components.job_query import ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from batchbell.web.components.job_lines import JobLine
    from batchbell.web.components.job_query import JobQuery


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
    def after(self) -> int:
        """How many jobs come on later pages."""
        return max(self.total - self.before - len(self.lines) - self.elsewhere, 0)


def job_list(
    name: str,
    query: JobQuery,
    total: int,
    read: Callable[[int, int], Sequence[JobLine]],
    elsewhere: Collection[tuple[str, str]] = (),
) -> JobList:
    """Return the asked page of a list, its last one if it is shorter.

    `read` takes how many jobs to pass over and how many to return. Jobs of `elsewhere`, by account
    and id, are left out.
    """
    rows = ROWS[name]
    last = max(-(-total // rows), 1)
    number = min(query.numbers[name], last)
    before = (number - 1) * rows
    found = read(before, rows)
    lines = [line for line in found if (line.account, line.job.id) not in elsewhere]
    return JobList(
        lines=lines,
        elsewhere=len(found) - len(lines),
        before=before,
        total=total,
        previous=query.link(name, number - 1) if number > 1 else "",
        next=query.link(name, number + 1) if number < last else "",
    )
