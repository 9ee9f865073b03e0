"""`Decision`: what a comparison found, as one transaction writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchbell.core.event import Event
    from batchbell.core.snapshot import JobRecord, RecordsAlike


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one transaction has to write: changed records and the events they cause."""

    records: tuple[JobRecord, ...] = ()
    #: Those of jobs that had ended when a baseline found them.
    alike: tuple[RecordsAlike, ...] = ()
    events: tuple[Event, ...] = ()
    #: Whether a listed job was left alone, as its record is younger than the listing: the next one
    #: has to be compared with it again, whether its row changes or not.
    left_alone: bool = False
