"""Which input files are worth asking the API for their names, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob

#: The longest that one poll, and a message about a job, waits for names.
NAME_WAIT = timedelta(seconds=2)
#: Asked for in one poll at most; the others' turn comes with the next polls.
ASKED_AT_ONCE = 20
#: Time after each look-up that failed until the next; there is none after the last.
ASKED_AGAIN_AFTER = (timedelta(minutes=1), timedelta(hours=1))
#: How often a file is asked for at most.
MOST_TRIES = len(ASKED_AGAIN_AFTER) + 1
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """What came of asking for one file so far."""

    id: str
    #: '' while it is not known.
    filename: str = ""
    #: How often it was asked for; 0 for a file that was only noted.
    tries: int = 1
    #: When it was asked for last, or noted.
    looked_up_at: datetime

    @property
    def settled(self) -> bool:
        """Whether it need not be asked for any more."""
        return bool(self.filename) or self.tries >= MOST_TRIES

    def due(self, now: datetime) -> bool:
        """Whether it is to be asked for again now; also after a clock was stepped back."""
        if self.settled or not self.tries:
            return not self.settled
        return not self.looked_up_at <= now < self.looked_up_at + ASKED_AGAIN_AFTER[self.tries - 1]


def files_of(jobs: Iterable[BatchJob]) -> list[str]:
    """Return the ids of these jobs' input files: ended jobs first, then the youngest."""
    found = [job for job in jobs if job.input_file_id]
    found.sort(key=lambda job: (job.finished, job.created_at or _LONG_AGO), reverse=True)
    return list(dict.fromkeys(job.input_file_id for job in found if job.input_file_id))


def worth_asking(files: Iterable[str], noted: Mapping[str, KnownFile], now: datetime) -> list[str]:
    """Return which of these files to ask for now, if they were noted, in the same order."""
    due = (file_id for file_id in files if file_id in noted and noted[file_id].due(now))
    return list(dict.fromkeys(due))[:ASKED_AT_ONCE]


def files_named_in(event: Event) -> list[str]:
    """Return the ids of the input files that an event is told with the names of."""
    of_job = event.job.input_file_id if event.job is not None else None
    of_next = event.facts.unseen.next_file_id if event.facts.unseen is not None else None
    return [file_id for file_id in (of_job, of_next) if file_id]


def named(event: Event, names: Mapping[str, str]) -> Event:
    """Return the event with its input files' names, as far as `names` has them by their ids."""
    of_job = event.job.input_file_id if event.job is not None else None
    name, unseen = names.get(of_job or ""), event.facts.unseen
    of_next = names.get(unseen.next_file_id) if unseen is not None else None
    if unseen is not None and of_next:
        unseen = replace(unseen, next_file=of_next)
    if not (name or of_next):
        return event
    input_file = name or event.facts.input_file
    return replace(event, facts=replace(event.facts, input_file=input_file, unseen=unseen))
