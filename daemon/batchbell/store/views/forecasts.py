"""When running jobs will finish, as far as their stored progress tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.forecast.outlook import outlook_of
from batchbell.store.samples import Samples

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.store.job_rows import AccountJob


def outlooks(
    connection: Connection, items: Iterable[AccountJob], now: datetime
) -> dict[tuple[str, str], Forecast | NoForecast]:
    """Return the outlook of each running job by (account, job id); the others have none."""
    samples = Samples(connection)
    return {
        (item.account, item.record.job.id): outlook_of(
            item.record, samples.of(item.account, item.record.job.id), now
        )
        for item in items
        if item.record.running
    }
