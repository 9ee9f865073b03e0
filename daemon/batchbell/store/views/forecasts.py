"""When running jobs will finish, as far as their stored progress shows."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from batchbell.core.forecast.outlook import outlook_of
from batchbell.store.samples import latest_samples_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.snapshot import JobRecord
    from batchbell.store.job_rows import AccountJob


def outlooks(
    connection: Connection, items: Iterable[AccountJob], now: datetime
) -> dict[tuple[str, str], Forecast | NoForecast]:
    """Return the outlook of each running job by (account, job id); the others have none."""
    running: dict[str, dict[str, JobRecord]] = defaultdict(dict)
    for item in items:
        if item.record.running:
            running[item.account][item.record.job.id] = item.record
    found: dict[tuple[str, str], Forecast | NoForecast] = {}
    for account, records in running.items():
        samples = latest_samples_of(connection, account, records)
        for job_id, record in records.items():
            found[account, job_id] = outlook_of(record, samples.get(job_id, ()), now)
    return found
