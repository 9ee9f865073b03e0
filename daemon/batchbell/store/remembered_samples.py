"""The progress of running jobs, kept in memory from page to page while it stays what it is."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from batchbell.store.samples import packed_samples_of, unpacked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.store.samples import PackedSamples

#: Jobs whose samples are kept: as many as a calendar has, each of some kilobytes.
MOST_JOBS = 1_000


class RememberedSamples:
    """Asks the database only for the jobs that moved since it was asked; thread-safe."""

    def __init__(self, most_jobs: int = MOST_JOBS) -> None:
        """Forget those that nobody has asked for longest."""
        self._most_jobs = most_jobs
        self._lock = Lock()
        #: By account, job id and the job's last move: whoever writes a sample writes that time
        #: into the job's record too.
        self._known: OrderedDict[tuple[str, str, datetime], PackedSamples] = OrderedDict()

    def of(
        self, connection: Connection, account: str, moved_at: Mapping[str, datetime]
    ) -> dict[str, list[tuple[datetime, float]]]:
        """Return the samples of jobs, each with its last move in the same transaction, by id."""
        with self._lock:
            known = {
                job_id: self._known.get((account, job_id, at)) for job_id, at in moved_at.items()
            }
        unknown = [job_id for job_id, samples in known.items() if samples is None]
        found = packed_samples_of(connection, account, unknown)
        all_of_them = {**known, **found}
        with self._lock:
            for job_id, samples in all_of_them.items():
                if samples is not None:
                    self._keep((account, job_id, moved_at[job_id]), samples)
        return {
            job_id: unpacked(samples)
            for job_id, samples in all_of_them.items()
            if samples is not None
        }

    def _keep(self, key: tuple[str, str, datetime], samples: PackedSamples) -> None:
        self._known[key] = samples
        self._known.move_to_end(key)
        if len(self._known) > self._most_jobs:
            self._known.popitem(last=False)
