"""The jobs that the overview's verdict names, by what they ask for, the most urgent deed first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import Severity
from batchbell.messages.deeds import Deed, counted_deed, severity_of_deed
from batchbell.messages.plain_text import counted, cut_middle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from batchbell.web.components.job_lines import JobLine

#: So long are the headline and the lines below it at most, characters: on a phone three lines.
_HEADLINE, _LINE = 62, 100
#: So much of a job's name stands there, characters.
_NAME = 32
#: What an end asks for that is bad and no failure. Of which kind those are that are only counted
#: is not known: they stand with the less urgent.
_IN_PART = (Deed.SUBMIT_PART, Deed.SUBMIT_IF_NEEDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedJob:
    """A job as the verdict names it."""

    name: str
    address: str
    #: Why nobody is told of it: "muted for 3h"; '' if that is not so.
    mute_note: str = ""


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

    @property
    def besides(self) -> int:
        """How many ask for it besides the first that is named."""
        return len(self.named[1:]) + self.more


class _Counted(NamedTuple):
    """A deed and its jobs."""

    deed: Deed
    words: str
    jobs: Sequence[JobLine]
    #: How many more there are, of which nothing is known.
    unknown: int = 0


def deed_lines(
    asked: Mapping[Deed, Sequence[JobLine]], *, failures: int, more_parts: int
) -> list[DeedLine]:
    """Return a line a deed, counted as `status` counts them.

    There are so many failures in all. If what some of them ask for is not known, they have one line
    together. So many more than those given ended in part.
    """
    found = sorted(_counted(asked, failures, more_parts), key=lambda each: each.deed)
    return [_line(each, room=_LINE if at else _HEADLINE) for at, each in enumerate(found)]


def _counted(
    asked: Mapping[Deed, Sequence[JobLine]], failures: int, more_parts: int
) -> Iterator[_Counted]:
    """Yield deeds and jobs; failures together if what some of them ask for is not known."""
    failed = [job for jobs in asked.values() for job in jobs if is_failure(job)]
    are_known = len(failed) == failures
    if not are_known:
        words = f"{counted(failures, 'failure')} to repair or submit again"
        yield _Counted(Deed.REPAIR, words, failed, failures - len(failed))
    parts = [deed for deed in _IN_PART if deed in asked]
    for deed, jobs in asked.items():
        told = jobs if are_known else [job for job in jobs if not is_failure(job)]
        more = more_parts if deed in parts[-1:] else 0
        if told:
            yield _Counted(deed, counted_deed(deed, len(told) + more), told, more)


def is_failure(job: JobLine) -> bool:
    """Whether a job failed: so many of these there are in all is known."""
    return job.job.finished and job.severity is Severity.FAILURE


def _line(found: _Counted, *, room: int) -> DeedLine:
    # Whoever silenced a job knows of it: it is named behind the others.
    jobs = sorted(found.jobs, key=lambda job: bool(job.mute_note))
    named = list(_fitting(jobs, room - len(found.words)))
    severities = [job.severity for job in found.jobs]
    return DeedLine(
        words=found.words,
        severity=severity_of_deed(found.deed, severities or [Severity.FAILURE]),
        named=named,
        more=len(found.jobs) + found.unknown - len(named),
    )


def _fitting(jobs: Iterable[JobLine], room: int) -> Iterator[NamedJob]:
    """Yield the jobs whose names fit, and the first in any case."""
    for position, job in enumerate(jobs):
        name = cut_middle(job.name, _NAME)
        room -= len(name) + len(job.mute_note) + len(", ")
        if position and room < 0:
            return
        yield NamedJob(name=name, address=job.address, mute_note=job.mute_note)
