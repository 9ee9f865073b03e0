"""The overview: everything the page shows at one moment, read in one transaction."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import Severity, severity_of
from batchbell.core.job import BatchJob
from batchbell.core.provider import JobState
from batchbell.core.transition import kind_of_status
from batchbell.messages.deeds import Deed, deeds
from batchbell.messages.plain_text import duration, one_line
from batchbell.store.views import jobs
from batchbell.store.views.accounts import account_views, never_polled
from batchbell.store.views.channels import channel_views
from batchbell.store.views.jobs import JobGroup, Sort
from batchbell.store.views.open_failures import open_failures_by
from batchbell.store.views.status import seen_jobs
from batchbell.web.components.health_lines import HealthLine, account_line, channel_line
from batchbell.web.components.job_lines import JobLine, in_short, job_line
from batchbell.web.components.job_list import Folded, JobList, folded, job_list, list_part
from batchbell.web.components.job_query import ROWS, JobQuery, job_query
from batchbell.web.components.named_jobs import DeedLine, deed_lines
from batchbell.web.components.overall import Overall, urgent

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.provider import ProviderWords
    from batchbell.store.database import Transaction
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import SeenJobs
    from batchbell.web.asked import Asked

#: How far back the counts of ended jobs reach.
COUNTED = timedelta(hours=24)
#: Accounts and channels in trouble that the verdict names.
_NAMED = 3
#: So many failures, the last ones, and running jobs, the most urgent, are asked what to do with.
_FAILED_FIRST, _CONSIDERED = 50, ROWS["running"]
#: Rows of these that don't fold; what is to be cancelled now never does.
_LOOK_IN_SIGHT = 8
#: Values of a field offered for choosing: a listing may have any number of them.
_MOST_CHOICES = 200


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


class Alone(NamedTuple):
    """A job that is all there is to look at."""

    line: JobLine
    #: How it does, in a few words.
    in_short: str


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
    #: The same as the verdict names them, a line a deed.
    deeds: Sequence[DeedLine]
    #: The job that alone needs a look; None if it is not the only one.
    alone: Alone | None
    ended: Sequence[Ended]
    #: Which jobs the lists have, and what can be chosen.
    query: JobQuery
    choices: Choices
    running: JobList
    finished: JobList

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
    def broken(self) -> list[HealthLine]:
        """The accounts and channels that the verdict names: somebody does not hear of jobs."""
        return [*self.troubled_accounts, *self.troubled_channels][:_NAMED]

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
    failures = open_failures_by(ask, now)
    standing = jobs.severities(connection, now)
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
    most_urgent = min(urgent(standing), _CONSIDERED)
    needs_a_look = (
        running[:most_urgent]
        if query.is_by_attention and not running_part.before
        else jobs.running(connection, now, offset=0, limit=most_urgent)
    )
    last_to_fail = ask(jobs.those, keys=tuple(failures)[:_FAILED_FIRST])
    to_look_at = [*needs_a_look, *last_to_fail]
    shown = {item.key: item for item in (*to_look_at, *running, *finished)}
    seen = seen_jobs(connection, [*shown.values()], now, asked.trends)
    lines = _lines(seen, asked.watching.provider, {item.key for item in to_look_at})
    by_deed = deeds((lines[item.key] for item in to_look_at), lambda line: line.deed)
    verdict = deed_lines(by_deed, failures=len(failures))
    # Who looks for some jobs is shown those, in their lists.
    look = [] if query.wanted else [line for several in by_deed.values() for line in several]
    at_once = len(by_deed.get(Deed.CANCEL_NOW, ()))
    elsewhere = {(line.account, line.job.id) for line in look}

    def lines_of(items: Iterable[AccountJob]) -> list[JobLine]:
        return [lines[item.key] for item in items]

    return Overview(
        now=now,
        look=folded(look, max(_LOOK_IN_SIGHT, at_once)),
        deeds=verdict,
        alone=_only_one(to_look_at, lines, seen),
        overall=Overall(
            complaints=asked.complaints,
            accounts=[view.standing for view in watched],
            channels=[view.standing for view in receiving],
            running=standing,
            failed=len(failures),
            asked=[line.words for line in verdict],
        ),
        accounts=[account_line(view, counts.get(view.name, 0), now) for view in watched],
        channels=[channel_line(view, now) for view in receiving],
        ended=_ended_lately(jobs.ends(connection, now - COUNTED)),
        query=query,
        choices=_choices(kinds, query),
        running=job_list(running_part, query, count_running, lines_of(running), elsewhere),
        finished=job_list(finished_part, query, count_finished, lines_of(finished), elsewhere),
    )


def _only_one(
    found: Sequence[AccountJob], lines: Mapping[tuple[str, str], JobLine], seen: SeenJobs
) -> Alone | None:
    if len(found) != 1:
        return None
    (item,) = found
    line = lines[item.key]
    return Alone(line, in_short(line, item, seen.now, seen.results.get(item.key)))


def _lines(
    seen: SeenJobs, provider: ProviderWords, need_a_look: Container[tuple[str, str]]
) -> dict[tuple[str, str], JobLine]:
    """Return the lines of jobs by account and id."""
    return {
        item.key: job_line(
            item,
            seen.now,
            seen.outlook(item),
            provider=provider,
            input_file=seen.input_file(item),
            mute_note=_mute_note(item, seen),
            results=seen.results.get(item.key),
            needs_a_look=item.key in need_a_look,
        )
        for item in seen.jobs
    }


def _mute_note(item: AccountJob, seen: SeenJobs) -> str:
    """Say that nobody is told or reminded of a job; '' if that is not so."""
    until = seen.muted_until(item)
    if until is not None:
        return f"muted for {duration(until - seen.now)}"
    return "acknowledged" if item.key in seen.acks else ""


def _counted_by_account(kinds: Iterable[JobGroup]) -> Counter[str]:
    counts = Counter[str]()
    for kind in kinds:
        counts[kind.account] += kind.count
    return counts


def _running_and_finished(kinds: Sequence[JobGroup]) -> tuple[int, int]:
    finished = sum(kind.count for kind in kinds if kind.finished)
    return sum(kind.count for kind in kinds) - finished, finished


def _choices(kinds: Sequence[JobGroup], query: JobQuery) -> Choices:
    """Return what the jobs have to choose from, and what is chosen even if none has it."""

    def with_chosen(found: Iterable[str | None], chosen: str) -> list[str]:
        first = sorted({text for text in found if text is not None})[:_MOST_CHOICES]
        # What can't be written into the form as it is can't be chosen.
        return sorted({text for text in (*first, chosen) if text and text == one_line(text)})

    wanted = query.wanted
    return Choices(
        accounts=with_chosen((kind.account for kind in kinds), wanted.account),
        statuses=with_chosen((kind.status for kind in kinds), wanted.status),
        models=with_chosen((kind.model for kind in kinds), wanted.model),
    )


def _ended_lately(ends: Mapping[JobState, int]) -> list[Ended]:
    """Put the counts into the order of the states, each with its severity."""
    return [
        Ended(state=state, count=ends[state], severity=_severity_of_end(state))
        for state in JobState
        if state in ends
    ]


def _severity_of_end(state: JobState) -> Severity:
    # The id stands for any job's: with an output file, COMPLETED is a success.
    return severity_of(kind_of_status(BatchJob(id="any", meaning=state, output_file_id="any")))
