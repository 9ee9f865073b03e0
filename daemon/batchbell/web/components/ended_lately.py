"""How many jobs ended lately in each state: the figures of the overview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.event import severity_of
from batchbell.core.job import BatchJob
from batchbell.core.provider import JobState
from batchbell.core.transition import kind_of_status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.core.event import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How many jobs ended lately in one state."""

    state: JobState
    count: int
    severity: Severity


def ended_lately(ends: Mapping[JobState, int]) -> list[Ended]:
    """Put the counts into the order of the states, each with its severity."""
    return [
        Ended(state=state, count=ends[state], severity=_severity_of_end(state))
        for state in JobState
        if state in ends
    ]


def _severity_of_end(state: JobState) -> Severity:
    # The id stands for any job's: with an output file, COMPLETED is a success.
    return severity_of(kind_of_status(BatchJob(id="any", meaning=state, output_file_id="any")))
