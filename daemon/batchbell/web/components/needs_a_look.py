"""Which jobs need a look: running ones, failures, and those that ended in part."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from batchbell.messages.deeds import Deed, deeds
from batchbell.messages.plain_text import duration
from batchbell.store.views import jobs
from batchbell.store.views.open_ends import open_ends_by
from batchbell.web.components.job_lines import JobLine, in_short, job_line
from batchbell.web.components.job_query import ROWS
from batchbell.web.components.named_jobs import deed_lines, is_failure
from batchbell.web.components.overall import urgent

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.event import Severity
    from batchbell.core.provider import ProviderWords
    from batchbell.store.database import Transaction
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.remembered_answers import Ask
    from batchbell.store.views.status import SeenJobs
    from batchbell.web.components.named_jobs import DeedLine

#: So many that ended, the last of each kind, and running jobs, the most urgent, are asked what to
#: do with.
_ENDED_FIRST, _CONSIDERED = 50, ROWS["running"]


class Alone(NamedTuple):
    """A job that is all there is to look at."""

    line: JobLine
    #: How it does, in a few words.
    in_short: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToLookAt:
    """The jobs that need a look, as far as they are read, and how many there are."""

    #: The most urgent first.
    jobs: Sequence[AccountJob]
    #: How badly how many running jobs stand.
    running: Mapping[Severity, int]
    failures: int
    #: Those that ended in part and are not read.
    more_parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFor:
    """What the jobs ask for that need a look."""

    by_deed: Mapping[Deed, Sequence[JobLine]]
    #: As the verdict names them, a line a deed.
    verdict: Sequence[DeedLine]
    #: How many ended in part.
    in_part: int
    #: The job that alone needs a look; None if it is not the only one.
    alone: Alone | None
    #: Of those that are to be cancelled now the one that is due next, if that is soon.
    due_next: JobLine | None

    @property
    def lines(self) -> list[JobLine]:
        """Their lines, the most urgent deed first."""
        return [line for several in self.by_deed.values() for line in several]


def to_look_at(
    connection: Transaction, ask: Ask, now: datetime, most_urgent: Sequence[AccountJob] | None
) -> ToLookAt:
    """Read them; `most_urgent` are the first running ones if somebody has read these already."""
    running = jobs.severities(connection, now)
    count = min(urgent(running), _CONSIDERED)
    if most_urgent is None:
        most_urgent = jobs.running(connection, now, offset=0, limit=count)
    failures, parts = open_ends_by(ask, now)
    last = (*failures[:_ENDED_FIRST], *parts[:_ENDED_FIRST])
    ended = ask(jobs.those, keys=last)
    return ToLookAt(
        jobs=[*most_urgent[:count], *ended],
        running=running,
        failures=len(failures),
        more_parts=max(len(parts) - _ENDED_FIRST, 0),
    )


def asked_for(
    found: ToLookAt, seen: SeenJobs, lines: Mapping[tuple[str, str], JobLine]
) -> AskedFor:
    """Return what these ask for."""
    by_deed = deeds((lines[item.key] for item in found.jobs), lambda line: line.deed)
    ended = [line for several in by_deed.values() for line in several if line.job.finished]
    in_part = [line for line in ended if not is_failure(line)]
    return AskedFor(
        by_deed=by_deed,
        verdict=deed_lines(by_deed, failures=found.failures, more_parts=found.more_parts),
        in_part=len(in_part) + found.more_parts,
        alone=_only_one(found.jobs, lines, seen),
        due_next=_due_next(by_deed.get(Deed.CANCEL_NOW, ()), seen.now),
    )


def _due_next(lines: Iterable[JobLine], now: datetime) -> JobLine | None:
    due = ((line.job.job_deadline, line) for line in lines if line.is_due)
    ahead = [(at, line) for at, line in due if at is not None and at > now]
    return min(ahead, key=itemgetter(0))[1] if ahead else None


def _only_one(
    found: Sequence[AccountJob], lines: Mapping[tuple[str, str], JobLine], seen: SeenJobs
) -> Alone | None:
    if len(found) != 1:
        return None
    (item,) = found
    line = lines[item.key]
    return Alone(line, in_short(line, item, seen.now, seen.results.get(item.key)))


def lines_of(
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
