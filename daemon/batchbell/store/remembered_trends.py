"""How running jobs move on, kept in memory from page to page while they don't move."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from batchbell.core.forecast.beginning import started_at
from batchbell.core.forecast.trend import trend_of
from batchbell.store.samples import latest_samples_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from batchbell.core.forecast.trend import Trend
    from batchbell.core.snapshot import JobRecord

#: Account, job id, the job's last move, and when it was seen to start, if that was seen.
_Key = tuple[str, str, datetime, datetime | None]

#: Jobs whose trends are kept: as many as a calendar has.
MOST_JOBS = 1_000


class RememberedTrends:
    """Asks the database only for the jobs that moved since it was asked; thread-safe."""

    def __init__(self, most_jobs: int = MOST_JOBS) -> None:
        """Forget those that nobody has asked for longest."""
        self._most_jobs = most_jobs
        self._lock = Lock()
        #: Whoever writes a sample writes the time of that move into the job's record too.
        self._known: OrderedDict[_Key, Trend] = OrderedDict()

    def of(
        self, connection: Connection, account: str, records: Mapping[str, JobRecord], now: datetime
    ) -> dict[str, Trend]:
        """Return the trend of each job, given by id as it is in the same transaction, `now`."""
        keys = {
            job_id: (account, job_id, record.progress_since, started_at(record))
            for job_id, record in records.items()
        }
        with self._lock:
            known = {job_id: self._known.get(key) for job_id, key in keys.items()}
        found = {
            job_id: trend
            for job_id, trend in known.items()
            if trend is not None and trend.holds(now)
        }
        unknown = [job_id for job_id in keys if job_id not in found]
        samples = latest_samples_of(connection, account, unknown) if unknown else {}
        for job_id in unknown:
            start = started_at(records[job_id])
            found[job_id] = trend_of(samples.get(job_id, ()), started_at=start, now=now)
        with self._lock:
            for job_id, trend in found.items():
                self._keep(keys[job_id], trend)
        return found

    def _keep(self, key: _Key, trend: Trend) -> None:
        self._known[key] = trend
        self._known.move_to_end(key)
        if len(self._known) > self._most_jobs:
            self._known.popitem(last=False)
