"""One page of a list of jobs, and the way to its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from batchbell.web.job_lines import JobLine

#: Rows of one page of each list.
ROWS = {"running": 200, "finished": 50}
#: More digits than any page number has; `int` would take its time over a million of them.
_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class JobList:
    """What is shown of a list of jobs."""

    lines: Sequence[JobLine]
    #: Jobs on the pages before this one.
    before: int
    #: Jobs on all pages.
    total: int
    #: Where the neighbouring pages are; '' where there is none.
    previous: str
    next: str

    @property
    def after(self) -> int:
        """How many jobs come on later pages."""
        return max(self.total - self.before - len(self.lines), 0)


def page_numbers(query: Mapping[str, str]) -> dict[str, int]:
    """Read `?running=2&finished=3`; a list that isn't named, or nonsense, is at its first page."""
    return {name: _number(query.get(name, "")) for name in ROWS}


def job_list(
    name: str,
    numbers: Mapping[str, int],
    total: int,
    read: Callable[[int, int], Sequence[JobLine]],
) -> JobList:
    """Return the asked page of a list, its last one if it is shorter.

    `read` takes how many jobs to pass over and how many to return.
    """
    rows = ROWS[name]
    last = max(-(-total // rows), 1)
    number = min(numbers[name], last)
    before = (number - 1) * rows
    return JobList(
        lines=read(before, rows),
        before=before,
        total=total,
        previous=_link(numbers, name, number - 1) if number > 1 else "",
        next=_link(numbers, name, number + 1) if number < last else "",
    )


def _link(numbers: Mapping[str, int], name: str, number: int) -> str:
    asked = {key: value for key, value in {**numbers, name: number}.items() if value > 1}
    return f"?{urlencode(asked)}#{name}"


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        return 1
    return max(int(text), 1)
