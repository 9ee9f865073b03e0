"""When running jobs will finish, as far as their stored progress shows."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from batchbell.core.forecast.outlook import NOT_IN_PROGRESS, is_forecast, outlook_by
from batchbell.store.remembered_trends import RememberedTrends

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
    remembered: RememberedTrends | None = None,
) -> dict[tuple[str, str], Forecast | NoForecast]:
    """Return the outlook of each running job by (account, job id); the others have none.

    `remembered` is what who asks often keeps of their samples.
    """
    known = remembered or RememberedTrends()
    forecast: dict[str, dict[str, JobRecord]] = defaultdict(dict)
    found: dict[tuple[str, str], Forecast | NoForecast] = {}
    for item in items:
        if is_forecast(item.record.job):
            forecast[item.account][item.record.job.id] = item.record
        elif item.record.running:
            found[item.key] = NOT_IN_PROGRESS
    for account, records in forecast.items():
        trends = known.of(connection, account, records, now)
        for job_id, record in records.items():
            found[account, job_id] = outlook_by(record, trends[job_id], now)
    return found
