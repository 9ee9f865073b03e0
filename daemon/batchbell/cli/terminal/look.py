"""One look at everything, as `status` shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.cli.reading import corrected_now, reading
from batchbell.messages.deeds import is_to_act_on
from batchbell.runtime.provider import shipped
from batchbell.store import accounts
from batchbell.store.views.older_ends import older_ends
from batchbell.store.views.status import look as look_at

if TYPE_CHECKING:
    from batchbell.store.database import Database
    from batchbell.store.views.status import Status


def look(
    database: Database,
    *,
    everything: bool,
    with_ids: bool = False,
    most_forecasts: int | None = None,
) -> Status:
    """Read it all in one transaction; `everything` includes jobs that ended long ago.

    Only the first `most_forecasts` jobs are forecast, None: all. Raises `DatabaseError`.
    """
    with reading(database) as connection:
        seen = look_at(
            connection,
            corrected_now(accounts.load_all(connection)),
            everything=everything,
            daemon_runs=database.daemon_runs(),
            with_ids=with_ids,
            most_forecasts=most_forecasts,
        )
        if not (seen.hidden or everything):
            return seen
        older = older_ends(connection, seen.now, shipped().words)
        to_act_on = 0 if everything else sum(map(is_to_act_on, older.values()))
        return replace(seen, older_ends=frozenset(older), older_to_act_on=to_act_on)
