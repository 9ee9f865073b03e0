"""When running jobs will finish, as far as their stored progress shows."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from batchbell.core.forecast.outlook import outlook_of
from batchbell.store.remembered_samples import RememberedSamples

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.snapshot import JobRecord
    from batchbell.store.job_rows import AccountJob


def outlooks(
    connection: Connection,
    items: Iterable[AccountJob],
    now: datetime,
    remembered: RememberedSamples | None = None,
) -> dict[tuple[str, str], Forecast | NoForecast]:
    """Return the outlook of each running job by (account, job id); the others have none.

    `remembered` is what who asks often keeps of their samples.
    """
    known = remembered or RememberedSamples()
    running: dict[str, dict[str, JobRecord]] = defaultdict(dict)
    for item in items:
        if item.record.running:
            running[item.account][item.record.job.id] = item.record
    found: dict[tuple[str, str], Forecast | NoForecast] = {}
    for account, records in running.items():
        moved_at = {job_id: record.progress_since for job_id, record in records.items()}
        samples = known.of(connection, account, moved_at)
        for job_id, record in records.items():
            found[account, job_id] = outlook_of(record, samples.get(job_id, ()), now)
    return found
