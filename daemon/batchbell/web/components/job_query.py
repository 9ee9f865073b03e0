"""Which jobs the overview is asked for: what is chosen in its form, and the page of each list."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from batchbell.messages.plain_text import one_line
from batchbell.store.views.job_filter import JobFilter
from batchbell.store.views.jobs import Sort

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Rows of one page of each list; a forecast of each running job has to be made.
ROWS = {"running": 25, "finished": 50}
#: More digits than any page number has; `int` would take its time over a million of them.
_DIGITS = 9
#: Longest text that is looked for, characters.
_TEXT_LIMIT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class JobQuery:
    """What the address of the overview says."""

    wanted: JobFilter
    sort: Sort
    #: The number of the page of each list, from 1.
    numbers: Mapping[str, int]

    @property
    def is_by_attention(self) -> bool:
        """Whether it is all jobs, those first that need a look most."""
        return self.sort is Sort.ATTENTION and not self.wanted

    def link(self, name: str, number: int) -> str:
        """Return the address of another page of a list, everything else being the same."""
        pages = {key: value for key, value in {**self.numbers, name: number}.items() if value > 1}
        chosen = {
            field.name: getattr(self.wanted, field.name)
            for field in fields(self.wanted)
            if getattr(self.wanted, field.name)
        }
        sort = {} if self.sort is Sort.ATTENTION else {"sort": self.sort.value}
        return f"?{urlencode({**chosen, **sort, **pages})}#{name}"


def job_query(query: Mapping[str, str]) -> JobQuery:
    """Read `?status=FAILED&sort=model&finished=3`; nonsense is as if it was not there."""
    chosen = {
        field.name: one_line(query.get(field.name, ""))[:_TEXT_LIMIT] for field in fields(JobFilter)
    }
    sort = query.get("sort", "")
    return JobQuery(
        wanted=JobFilter(**chosen),
        sort=Sort(sort) if sort in set(Sort) else Sort.ATTENTION,
        numbers={name: page_number(query.get(name, "")) for name in ROWS},
    )


def page_number(text: str) -> int:
    """Return the number of a page; the first one for nonsense."""
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        return 1
    return max(int(text), 1)
