"""The overview: everything the page shows at one moment, read in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.batch_job import BatchJob, BatchStatus
from batchbell.core.blindness import SHOWN_FOR
from batchbell.core.event import Severity, severity_of
from batchbell.core.transition import kind_of_status
from batchbell.store import accounts, channels, gaps, page
from batchbell.store.outlooks import outlooks
from batchbell.store.overview import Backlog, backlogs
from batchbell.web.health_lines import HealthLine, account_line, channel_line, with_gaps
from batchbell.web.job_lines import JobLine, job_line
from batchbell.web.job_list import JobList, job_list, page_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from batchbell.store.database import Transaction
    from batchbell.web.asked import Asked

#: How far back the counts of ended jobs reach.
COUNTED = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How many jobs ended lately with one status."""

    status: str
    count: int
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What is to be seen at one moment."""

    now: datetime
    #: What is wrong with the daemon itself.
    complaints: Sequence[str]
    accounts: Sequence[HealthLine]
    channels: Sequence[HealthLine]
    #: How many running jobs stand how badly.
    standing: Mapping[Severity, int]
    ended: Sequence[Ended]
    running: JobList
    finished: JobList

    @property
    def urgent(self) -> int:
        """How many running jobs a person should look at."""
        return sum(n for severity, n in self.standing.items() if severity >= Severity.WARNING)

    @property
    def worst(self) -> Severity:
        """How badly the worst running job stands."""
        return max(self.standing, default=Severity.INFO)

    @property
    def severity(self) -> Severity:
        """The worst of everything that is watched; what has ended is history."""
        if self.complaints or not self.accounts:
            return Severity.FAILURE
        worst = max([self.worst, *(line.severity for line in (*self.accounts, *self.channels))])
        if worst >= Severity.WARNING:
            return worst
        return Severity.INFO if self._is_waiting else Severity.SUCCESS

    @property
    def verdict(self) -> str:
        """One sentence that answers whether everything is all right."""
        if self.complaints:
            return "batchbell itself needs help"
        if not self.accounts:
            return "No account is watched"
        parts = [
            _counted(_unwell(self.accounts), "account can't be polled", "accounts can't be polled"),
            _counted(_unwell(self.channels), "channel doesn't deliver", "channels don't deliver"),
            _counted(self.urgent, "job needs a look", "jobs need a look"),
        ]
        calm = "Waiting for the first poll" if self._is_waiting else "All is well"
        return ", ".join(part for part in parts if part) or calm

    @property
    def _is_waiting(self) -> bool:
        """Whether an account was not polled yet: then nothing is known to be well."""
        return any(line.severity is Severity.INFO for line in self.accounts)


def read_overview(connection: Transaction, asked: Asked) -> Overview:
    """Read the overview. Raises `DatabaseError`."""
    now, numbers = asked.now, page_numbers(asked.query)
    standing = page.severities(connection, now)
    states = {state.health.account: state for state in accounts.load_all(connection)}
    jobs = page.jobs_by_account(connection)
    ends = page.ends(connection, now - COUNTED)
    waiting = backlogs(connection)
    blind = gaps.lately(connection, until_after=now - SHOWN_FOR)
    return Overview(
        now=now,
        complaints=asked.complaints,
        accounts=[
            with_gaps(
                account_line(name, states.get(name), longest, jobs.get(name, 0), now),
                blind.get(name, ()),
            )
            for name, longest in sorted(asked.watching.patience.items())
        ],
        channels=[
            channel_line(health, waiting.get(health.channel, Backlog()), now)
            for health in channels.load_configured(connection)
        ],
        standing=standing,
        ended=_ended_lately(ends),
        running=job_list(
            "running",
            numbers,
            sum(standing.values()),
            lambda before, rows: _running(connection, before, rows, now),
        ),
        finished=job_list(
            "finished",
            numbers,
            sum(end.total for end in ends.values()),
            lambda before, rows: [
                job_line(job, now) for job in page.finished(connection, offset=before, limit=rows)
            ],
        ),
    )


def _running(connection: Transaction, before: int, rows: int, now: datetime) -> list[JobLine]:
    """Read one page of running jobs; forecasts are made of these alone, however many run."""
    shown = page.running(connection, now, offset=before, limit=rows)
    seen = outlooks(connection, shown, now)
    return [job_line(job, now, seen.get((job.account, job.record.job.id))) for job in shown]


def _ended_lately(ends: Mapping[str, page.Ends]) -> list[Ended]:
    """Put the counts into the order of the statuses, each with its severity."""
    return [
        Ended(status=status, count=ends[status].lately, severity=_severity_of_end(status))
        for status in BatchStatus
        if status in ends and ends[status].lately
    ]


def _severity_of_end(status: str) -> Severity:
    # The id stands for any job's: with an output file, COMPLETED is a success.
    return severity_of(kind_of_status(BatchJob(id="any", status=status, output_file_id="any")))


def _unwell(lines: Sequence[HealthLine]) -> int:
    return sum(line.severity >= Severity.WARNING for line in lines)


def _counted(count: int, one: str, many: str) -> str:
    return "" if not count else f"{count:,} {one if count == 1 else many}"
