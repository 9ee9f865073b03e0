"""The overview: everything the page shows at one moment, read in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from batchbell.core.event import Severity
from batchbell.store import accounts, channels, page
from batchbell.store.overview import Backlog, backlogs
from batchbell.web.health_lines import HealthLine, account_line, channel_line
from batchbell.web.job_lines import JobLine, job_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.web.watching import Watching

#: Rows of one page.
RUNNING_ROWS = 200
FINISHED_ROWS = 50
#: How far back the counts of ended jobs reach.
COUNTED = timedelta(hours=24)
#: A page number beyond any list; SQLite's integers end at 2**63.
_LAST_PAGE = 1_000_000


@dataclass(frozen=True, slots=True)
class PageNumbers:
    """Which page of each list is asked for, from 1."""

    running: int = 1
    finished: int = 1

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """Read `?running=2&finished=3`; nonsense means the first page."""
        return cls(_number(query.get("running")), _number(query.get("finished")))


@dataclass(frozen=True, slots=True, kw_only=True)
class JobList:
    """One page of a list of jobs."""

    lines: Sequence[JobLine]
    #: This page's number and the last one's, from 1.
    number: int
    last: int
    #: Jobs before this page, on it and after it.
    before: int
    total: int

    @property
    def after(self) -> int:
        """How many jobs come on later pages."""
        return max(self.total - self.before - len(self.lines), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What is to be seen at one moment."""

    now: datetime
    #: What is wrong with the daemon itself.
    complaints: Sequence[str]
    accounts: Sequence[HealthLine]
    channels: Sequence[HealthLine]
    #: Running jobs a person should look at.
    urgent: int
    #: Jobs that ended lately, by status.
    ended: Mapping[str, int]
    running: JobList
    finished: JobList

    @property
    def severity(self) -> Severity:
        """How well batchbell itself does; a job's failure is not its failure."""
        lines = [line.severity for line in (*self.accounts, *self.channels)]
        own = [Severity.FAILURE] if self.complaints else []
        return max([*lines, *own], default=Severity.WARNING)

    @property
    def verdict(self) -> str:
        """One sentence that answers whether everything is all right."""
        if self.complaints:
            return "batchbell itself needs help"
        blind = sum(line.severity >= Severity.WARNING for line in self.accounts)
        mute = sum(line.severity >= Severity.WARNING for line in self.channels)
        parts = [
            _counted(blind, "account", "can't be seen", "can't be seen"),
            _counted(mute, "channel", "doesn't deliver", "don't deliver"),
        ]
        wrong = ", ".join(part for part in parts if part)
        if wrong or not self.accounts:
            return wrong or "No account is watched"
        return "All is well"


def read_overview(
    connection: Connection,
    watching: Watching,
    complaints: Sequence[str],
    numbers: PageNumbers,
    now: datetime,
) -> Overview:
    """Read the overview. Raises `DatabaseError`."""
    states = {state.health.account: state for state in accounts.load_all(connection)}
    jobs = page.jobs_by_account(connection)
    waiting = backlogs(connection)
    return Overview(
        now=now,
        complaints=complaints,
        accounts=[
            account_line(name, states.get(name), longest, jobs.get(name, 0), now)
            for name, longest in sorted(watching.patience.items())
        ],
        channels=[
            channel_line(health, waiting.get(health.channel, Backlog()), now)
            for health in channels.load_configured(connection)
        ],
        urgent=page.urgent(connection, now),
        ended=page.ended_since(connection, now - COUNTED),
        running=_running(connection, numbers.running, now),
        finished=_finished(connection, numbers.finished, now),
    )


def _running(connection: Connection, number: int, now: datetime) -> JobList:
    def read(offset: int) -> page.Slice:
        return page.running(connection, now, offset=offset, limit=RUNNING_ROWS)

    return _job_list(read, number, RUNNING_ROWS, now)


def _finished(connection: Connection, number: int, now: datetime) -> JobList:
    def read(offset: int) -> page.Slice:
        return page.finished(connection, offset=offset, limit=FINISHED_ROWS)

    return _job_list(read, number, FINISHED_ROWS, now)


def _job_list(read: Callable[[int], page.Slice], number: int, size: int, now: datetime) -> JobList:
    """Read a page; beyond the end, the last one."""
    found = read((number - 1) * size)
    last = max(-(-found.total // size), 1)
    if number > last:
        return _job_list(read, last, size, now)
    return JobList(
        lines=[job_line(row, now) for row in found.jobs],
        number=number,
        last=last,
        before=found.offset,
        total=found.total,
    )


def _number(text: str | None) -> int:
    if text is None or not text.isascii() or not text.isdigit():
        return 1
    return min(max(int(text[:9]), 1), _LAST_PAGE)


def _counted(count: int, noun: str, one: str, many: str) -> str:
    if not count:
        return ""
    return f"1 {noun} {one}" if count == 1 else f"{count} {noun}s {many}"
