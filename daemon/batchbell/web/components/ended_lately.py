"""How many jobs ended lately, by how: the figures of the overview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.event import Severity, severity_of
from batchbell.core.job import BatchJob
from batchbell.core.provider import JobState
from batchbell.core.transition import kind_of_status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from batchbell.store.views.jobs import EndCounts

#: What completed jobs are called once some of them are known not to be whole.
_COMPLETED: Mapping[bool | None, tuple[str, Severity]] = {
    True: ("completed whole", Severity.SUCCESS),
    False: ("not whole", Severity.WARNING),
    None: ("results not known", Severity.INFO),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How many jobs ended lately in one way."""

    word: str
    count: int
    severity: Severity


def ended_lately(ends: EndCounts) -> list[Ended]:
    """Put the counts into the order of the states, each with its severity."""
    return [ended for state in JobState for ended in _in_state(state, ends)]


def _in_state(state: JobState, ends: EndCounts) -> Iterator[Ended]:
    counts = {
        is_whole: ends[state, is_whole] for is_whole in _COMPLETED if (state, is_whole) in ends
    }
    if state is JobState.COMPLETED and False in counts:
        for is_whole, count in counts.items():
            word, severity = _COMPLETED[is_whole]
            yield Ended(word=word, count=count, severity=severity)
    elif counts:
        severity = _severity_of_end(state)
        yield Ended(word=state.lower(), count=sum(counts.values()), severity=severity)


def _severity_of_end(state: JobState) -> Severity:
    # The id stands for any job's: with an output file, COMPLETED is a success.
    return severity_of(kind_of_status(BatchJob(id="any", meaning=state, output_file_id="any")))
