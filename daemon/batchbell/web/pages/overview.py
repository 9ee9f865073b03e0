"""The overview: everything the page shows at one moment, read in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.coverage import SHOWN_FOR
from batchbell.core.event import Severity, severity_of
from batchbell.core.job import BatchJob
from batchbell.core.mute import muted_until
from batchbell.core.plain_text import duration, one_line
from batchbell.core.provider import JobState
from batchbell.core.transition import kind_of_status
from batchbell.store import accounts, acks, channels, files, gaps, mutes
from batchbell.store.views import job_pages
from batchbell.store.views.forecasts import outlooks
from batchbell.store.views.job_filter import choices
from batchbell.store.views.job_pages import Sort
from batchbell.store.views.overview import Backlog, backlogs
from batchbell.web.components.health_lines import HealthLine, account_line, channel_line, with_gaps
from batchbell.web.components.job_lines import JobLine, job_line
from batchbell.web.components.job_list import JobList, job_list
from batchbell.web.components.job_query import JobQuery, job_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.forecast.forecast import Forecast, NoForecast
    from batchbell.core.provider import ProviderWords
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.sqlite.database import Transaction
    from batchbell.web.asked import Asked

#: How far back the counts of ended jobs reach.
COUNTED = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How many jobs ended lately in one state."""

    state: JobState
    count: int
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the form offers."""

    accounts: Sequence[str]
    statuses: Sequence[str]
    models: Sequence[str]
    sorts: Sequence[Sort] = tuple(Sort)


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
    #: Which jobs the lists have, and what can be chosen.
    query: JobQuery
    choices: Choices
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
    now, query = asked.now, job_query(asked.query)
    standing = job_pages.severities(connection, now)
    states = {state.health.account: state for state in accounts.load_all(connection)}
    jobs = job_pages.jobs_by_account(connection)
    waiting = backlogs(connection)
    blind = gaps.lately(connection, until_after=now - SHOWN_FOR)
    shown = _Shown(connection, now, query, asked.watching.provider)
    count_running, count_finished = job_pages.matching(connection, query.wanted)
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
        ended=_ended_lately(job_pages.ends(connection, now - COUNTED)),
        query=query,
        choices=_choices(connection, jobs, query),
        running=job_list("running", query, count_running, shown.running),
        finished=job_list("finished", query, count_finished, shown.finished),
    )


class _Shown:
    """Reads one page of each list, and what the lines say besides the snapshot."""

    def __init__(
        self, connection: Transaction, now: datetime, query: JobQuery, provider: ProviderWords
    ) -> None:
        self._connection = connection
        self._now = now
        self._query = query
        self._provider = provider
        self._mutes = mutes.load(connection, now)
        self._acks = acks.load_all(connection)

    def running(self, before: int, rows: int) -> list[JobLine]:
        """Read running jobs; forecasts are made of these alone, however many run."""
        found = job_pages.running(
            self._connection,
            self._now,
            wanted=self._query.wanted,
            sort=self._query.sort,
            offset=before,
            limit=rows,
        )
        return self._lines(found, outlooks(self._connection, found, self._now))

    def finished(self, before: int, rows: int) -> list[JobLine]:
        """Read finished jobs."""
        wanted, sort = self._query.wanted, self._query.sort
        found = job_pages.finished(
            self._connection, wanted=wanted, sort=sort, offset=before, limit=rows
        )
        return self._lines(found, {})

    def _lines(
        self, found: Sequence[AccountJob], seen: Mapping[tuple[str, str], Forecast | NoForecast]
    ) -> list[JobLine]:
        names = files.names_of(self._connection, found)
        return [
            job_line(
                item,
                self._now,
                seen.get(item.key),
                provider=self._provider,
                input_file=names.get((item.account, item.record.job.input_file_id or ""), ""),
                hushed=self._hushed(item),
            )
            for item in found
        ]

    def _hushed(self, item: AccountJob) -> str:
        """Say that nobody is told or reminded of a job; '' if that is not so."""
        job = item.record.job
        until = muted_until(
            self._mutes, self._now, account=item.account, job_id=job.id, model=job.model_id
        )
        if until is not None:
            return f"muted for {duration(until - self._now)}"
        return "acknowledged" if item.key in self._acks else ""


def _choices(connection: Transaction, jobs: Mapping[str, int], query: JobQuery) -> Choices:
    """Return what the jobs have to choose from, and what is chosen even if none has it."""

    def with_chosen(found: Iterable[str], chosen: str) -> list[str]:
        # What can't be written into the form as it is can't be chosen.
        return sorted({text for text in (*found, chosen) if text and text == one_line(text)})

    wanted = query.wanted
    return Choices(
        accounts=with_chosen(jobs, wanted.account),
        statuses=with_chosen(choices(connection, "status"), wanted.status),
        models=with_chosen(choices(connection, "model_id"), wanted.model),
    )


def _ended_lately(ends: Mapping[JobState, job_pages.Ends]) -> list[Ended]:
    """Put the counts into the order of the states, each with its severity."""
    return [
        Ended(state=state, count=ends[state].lately, severity=_severity_of_end(state))
        for state in JobState
        if state in ends and ends[state].lately
    ]


def _severity_of_end(state: JobState) -> Severity:
    # The id stands for any job's: with an output file, COMPLETED is a success.
    return severity_of(kind_of_status(BatchJob(id="any", meaning=state, output_file_id="any")))


def _unwell(lines: Sequence[HealthLine]) -> int:
    return sum(line.severity >= Severity.WARNING for line in lines)


def _counted(count: int, one: str, many: str) -> str:
    return "" if not count else f"{count:,} {one if count == 1 else many}"
