"""The progress over time of an account's running jobs, kept in memory while it stays what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.forecast.job_samples import JobSamples
from batchbell.store.samples import latest_samples_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from batchbell.core.snapshot import Snapshot
    from batchbell.store.database import Transaction


class KnownSamples:
    """Asks the database only for the jobs that moved since it was asked."""

    def __init__(self, account: str) -> None:
        """Know nothing: the first question is about all jobs."""
        self._account = account
        #: By job id, each with the time of the job's last move that it was loaded with: whoever
        #: writes a sample writes that time into the job's record too.
        self._known: dict[str, tuple[datetime, JobSamples]] = {}

    def of(
        self, transaction: Transaction, snapshot: Snapshot, wanted: Collection[str]
    ) -> Mapping[str, JobSamples]:
        """Return the samples of these jobs of a snapshot by job id, as they are stored."""
        moved_at = {job_id: snapshot.records[job_id].progress_since for job_id in wanted}
        kept = {
            job_id: known
            for job_id, known in self._known.items()
            if moved_at.get(job_id) == known[0]
        }
        unknown = moved_at.keys() - kept.keys()
        found = latest_samples_of(transaction, self._account, unknown) if unknown else {}
        loaded = {
            job_id: (moved_at[job_id], JobSamples(found.get(job_id, ()))) for job_id in unknown
        }
        self._known = {**kept, **loaded}
        return {job_id: samples for job_id, (_, samples) in self._known.items()}
