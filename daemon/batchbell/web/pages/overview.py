"""The overview: everything the page shows at one moment, read in one transaction."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.messages.deeds import Deed, cancelling_keeps
from batchbell.store.views import jobs
from batchbell.store.views.accounts import account_views, never_polled
from batchbell.store.views.channels import channel_views
from batchbell.store.views.status import seen_jobs
from batchbell.web.components.choices import Choices, choices
from batchbell.web.components.ended_lately import Ended, ended_lately
from batchbell.web.components.health_lines import HealthLine, account_line, channel_line
from batchbell.web.components.job_list import Folded, JobList, folded, job_list, list_part
from batchbell.web.components.job_query import JobQuery, job_query
from batchbell.web.components.needs_a_look import Alone, asked_for, lines_of, to_look_at
from batchbell.web.components.overall import Overall
from batchbell.web.components.timeline import scale

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from batchbell.store.database import Transaction
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.jobs import JobGroup
    from batchbell.web.asked import Asked
    from batchbell.web.components.axis import Tick
    from batchbell.web.components.job_lines import JobLine
    from batchbell.web.components.named_jobs import DeedLine

#: How far back the counts of ended jobs reach.
COUNTED = timedelta(hours=24)
#: Accounts and channels in trouble that the verdict names.
_NAMED = 3
#: Rows of these that don't fold; what is to be cancelled now never does.
_LOOK_IN_SIGHT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What is to be seen at one moment."""

    now: datetime
    #: The verdict on everything.
    overall: Overall
    #: What it is made of, in words.
    accounts: Sequence[HealthLine]
    channels: Sequence[HealthLine]
    #: The jobs that need a look, by what they ask for: those that are to be cancelled now first.
    look: Folded
    #: What becomes of what is done of those that are to be cancelled; '' if none is.
    kept: str
    #: The same as the verdict names them, a line a deed.
    deeds: Sequence[DeedLine]
    #: The job that alone needs a look; None if it is not the only one.
    alone: Alone | None
    #: Whether something is to be cancelled now: all else can wait for that.
    is_urgent: bool
    #: Of what is to be cancelled now the job that is due next, if that is soon.
    due_next: JobLine | None
    ended: Sequence[Ended]
    #: Which jobs the lists have, and what can be chosen.
    query: JobQuery
    choices: Choices
    running: JobList
    finished: JobList

    @property
    def scale(self) -> Sequence[Tick]:
        """What stands above the lines of running jobs."""
        return scale()

    @property
    def not_judged(self) -> int:
        """How many running jobs need a look besides those that are among the first."""
        return self.overall.urgent - sum(len(line.named) + line.more for line in self.deeds)

    @property
    def troubled_accounts(self) -> list[HealthLine]:
        """The accounts that are not simply well."""
        return [each for each in self.accounts if each.severity is not Severity.SUCCESS]

    @property
    def troubled_channels(self) -> list[HealthLine]:
        """The channels that need a look."""
        return [each for each in self.channels if each.severity >= Severity.WARNING]

    @property
    def not_named(self) -> list[HealthLine]:
        """Those of these channels that the verdict has no room for; of the others it says all."""
        return [each for each in self.troubled_channels if each not in self.broken]

    @property
    def broken(self) -> list[HealthLine]:
        """The accounts and channels that the verdict names: somebody does not hear of jobs."""
        return [*self.troubled_accounts, *self.troubled_channels][:_NAMED]

    @property
    def cut_off(self) -> list[HealthLine]:
        """Those of them that work no more: they stand behind what is most urgent."""
        return [each for each in self.broken if each.severity is Severity.FAILURE]

    @property
    def odd(self) -> list[HealthLine]:
        """The others."""
        return [each for each in self.broken if each.severity is not Severity.FAILURE]

    @property
    def well(self) -> list[HealthLine]:
        """The other accounts and channels: they take one line."""
        troubled = (*self.troubled_accounts, *self.troubled_channels)
        return [each for each in (*self.accounts, *self.channels) if each not in troubled]

    @property
    def well_are(self) -> str:
        """What these others are: the label of their line."""
        kinds = {
            "accounts": len(self.accounts) - len(self.troubled_accounts),
            "channels": len(self.channels) - len(self.troubled_channels),
        }
        return " and ".join(kind for kind, count in kinds.items() if count).capitalize()


def read_overview(connection: Transaction, asked: Asked) -> Overview:
    """Read the overview. Raises `DatabaseError`."""
    now, query, ask = asked.now, job_query(asked.query), asked.answers.of(connection)
    known = {view.name: view for view in account_views(connection, now, daemon_runs=True)}
    kinds = ask(jobs.kinds)
    counts = _counted_by_account(kinds)
    count_running, count_finished = (
        ask(jobs.matching, wanted=query.wanted) if query.wanted else _running_and_finished(kinds)
    )
    watched = [
        known.get(name) or never_polled(name, now) for name in sorted(asked.watching.accounts)
    ]
    receiving = ask(channel_views)
    running_part = list_part("running", query, count_running)
    finished_part = list_part("finished", query, count_finished)
    # Forecasts are made of these running jobs alone, however many run.
    running = jobs.running(
        connection,
        now,
        wanted=query.wanted,
        sort=query.sort,
        offset=running_part.before,
        limit=running_part.rows,
    )
    finished = ask(
        jobs.finished,
        wanted=query.wanted,
        sort=query.sort,
        offset=finished_part.before,
        limit=finished_part.rows,
    )
    are_most_urgent = query.is_by_attention and not running_part.before
    found = to_look_at(connection, ask, now, running if are_most_urgent else None)
    shown = {item.key: item for item in (*found.jobs, *running, *finished)}
    seen = seen_jobs(connection, [*shown.values()], now, asked.trends, with_causes=True)
    lines = lines_of(seen, asked.watching.provider, {item.key for item in found.jobs})
    asks = asked_for(found, seen, lines)
    # Who looks for some jobs is shown those, in their lists.
    look = [] if query.wanted else asks.lines
    at_once = len(asks.by_deed.get(Deed.CANCEL_NOW, ()))
    elsewhere = {(line.account, line.job.id) for line in look}

    def rows(items: Iterable[AccountJob]) -> list[JobLine]:
        return [lines[item.key] for item in items]

    return Overview(
        now=now,
        kept=cancelling_keeps(asks.by_deed if look else (), asked.watching.provider),
        look=folded(look, max(_LOOK_IN_SIGHT, at_once)),
        deeds=asks.verdict,
        alone=asks.alone,
        is_urgent=Deed.CANCEL_NOW in asks.by_deed,
        due_next=asks.due_next,
        overall=Overall(
            complaints=asked.complaints,
            accounts=[view.standing for view in watched],
            channels=[view.standing for view in receiving],
            running=found.running,
            failed=found.failures,
            in_part=asks.in_part,
            asked=[line.words for line in asks.verdict],
        ),
        accounts=[account_line(view, counts.get(view.name, 0), now) for view in watched],
        channels=[channel_line(view, now) for view in receiving],
        ended=ended_lately(jobs.ends(connection, now - COUNTED)),
        query=query,
        choices=choices(kinds, query),
        running=job_list(running_part, query, count_running, rows(running), elsewhere),
        finished=job_list(finished_part, query, count_finished, rows(finished), elsewhere),
    )


def _counted_by_account(kinds: Iterable[JobGroup]) -> Counter[str]:
    counts = Counter[str]()
    for kind in kinds:
        counts[kind.account] += kind.count
    return counts


def _running_and_finished(kinds: Sequence[JobGroup]) -> tuple[int, int]:
    finished = sum(kind.count for kind in kinds if kind.finished)
    return sum(kind.count for kind in kinds) - finished, finished
