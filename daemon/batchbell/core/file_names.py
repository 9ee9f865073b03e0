"""Which input files are worth asking the API for their names, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from batchbell.core.job import BatchJob

#: Asked for in one poll at most; the others' turn comes with the next polls.
ASKED_AT_ONCE = 20
#: Time after each look-up that failed until the next; there is none after the last.
PATIENCE = (timedelta(minutes=1), timedelta(hours=1))
#: How often a file is asked for at most.
MOST_TRIES = len(PATIENCE) + 1
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """What came of asking for one file."""

    id: str
    #: '' while it is not known.
    filename: str = ""
    tries: int = 1
    looked_up_at: datetime

    @property
    def settled(self) -> bool:
        """Whether it need not be asked for any more."""
        return bool(self.filename) or self.tries >= MOST_TRIES

    def due(self, now: datetime) -> bool:
        """Whether it is to be asked for again now; also after a clock was stepped back."""
        if self.settled:
            return False
        return not self.looked_up_at <= now < self.looked_up_at + PATIENCE[self.tries - 1]


def worth_asking(
    jobs: Iterable[BatchJob],
    *,
    known: Mapping[str, KnownFile],
    told: Collection[str],
    now: datetime,
) -> Sequence[str]:
    """Return the ids of the files to ask for in this poll, of the youngest jobs first.

    `known` has what was asked for before, by id; `told` the ids of jobs whose end was known before
    this listing: nobody will be told of those again.
    """
    wanted = [
        job
        for job in jobs
        if job.input_file_id
        and job.id not in told
        and (job.input_file_id not in known or known[job.input_file_id].due(now))
    ]
    wanted.sort(key=lambda job: (job.finished, job.created_at or _LONG_AGO), reverse=True)
    ids = dict.fromkeys(job.input_file_id for job in wanted if job.input_file_id)
    return list(ids)[:ASKED_AT_ONCE]
