"""The jobs that the overview's verdict names, by what they ask for, the most urgent deed first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.messages.plain_text import counted, cut_middle
from batchbell.messages.standing_advice import Deed, counted_deed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from batchbell.web.components.job_lines import JobLine

#: So long are the headline and the lines below it at most, characters: on a phone three lines.
_HEADLINE, _LINE = 62, 100
#: So much of a job's name stands there, characters.
_NAME = 32
#: What all failures together ask for, where that is one deed.
_FAILURES = {Deed.REPAIR: "to repair", Deed.SUBMIT: "to submit again", Deed.LOOK: "to look into"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedJob:
    """A job as the verdict names it."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedLine:
    """One deed and who asks for it."""

    #: "3 to cancel now"
    words: str
    #: As bad as the worst of its jobs.
    severity: Severity
    named: Sequence[NamedJob]
    #: How many more ask for it.
    more: int


def deed_lines(asked: Mapping[Deed, Sequence[JobLine]], *, failures: int) -> list[DeedLine]:
    """Return a line for what running jobs ask for, and one for all failures.

    Of these there are so many in all, of which the last to fail are known.
    """
    running = {deed: [job for job in jobs if not job.job.finished] for deed, jobs in asked.items()}
    ended = {deed: [job for job in jobs if job.job.finished] for deed, jobs in asked.items()}
    found = [
        (deed, counted_deed(deed, len(jobs)), jobs, len(jobs))
        for deed, jobs in running.items()
        if jobs
    ]
    if failures:
        known = [job for jobs in ended.values() for job in jobs]
        found.append((Deed.REPAIR, _failures(ended, failures), known, failures))
    found.sort(key=lambda each: each[0])
    return [
        _line(words, jobs, count, room=_LINE if position else _HEADLINE)
        for position, (_, words, jobs, count) in enumerate(found)
    ]


def _failures(ended: Mapping[Deed, Sequence[JobLine]], count: int) -> str:
    """Say what so many failures ask for, of which some are known."""
    known = {deed: len(jobs) for deed, jobs in ended.items() if jobs}
    is_one_deed = len(known) == 1 and sum(known.values()) == count
    to_do = _FAILURES.get(next(iter(known)), "") if is_one_deed else ""
    return f"{counted(count, 'failure')} {to_do or 'to repair or submit again'}"


def _line(words: str, jobs: Sequence[JobLine], count: int, *, room: int) -> DeedLine:
    named = list(_fitting(jobs, room - len(words)))
    return DeedLine(
        words=words,
        severity=max((job.severity for job in jobs), default=Severity.FAILURE),
        named=named,
        more=count - len(named),
    )


def _fitting(jobs: Iterable[JobLine], room: int) -> Iterator[NamedJob]:
    """Yield the jobs whose names fit, and the first in any case."""
    for position, job in enumerate(jobs):
        name = cut_middle(job.name, _NAME)
        room -= len(name) + len(", ")
        if position and room < 0:
            return
        yield NamedJob(name=name, address=job.address)
