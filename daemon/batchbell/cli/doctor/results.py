"""Are the result files of ended jobs read in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.doctor.finding import Finding, doubtful, fine
from batchbell.cli.terminal.phrases import span
from batchbell.core.gauges import ResultBacklog
from batchbell.messages.plain_text import counted, one_line
from batchbell.store import results

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.config import Settings
    from batchbell.core.results.collecting import Collection
    from batchbell.store.database import Database

#: Longest reason that is shown, characters.
_REASON_LIMIT = 200


def check_results(
    settings: Settings, database: Database, *, now: datetime, daemon_runs: bool
) -> list[Finding]:
    """Look at what waits of every account whose result files are read."""
    with database.read() as connection:
        backlogs = results.backlogs(connection)
        return [
            _about(
                name,
                backlogs.get(name, ResultBacklog()),
                results.waiting(connection, [name]),
                now,
                daemon_runs=daemon_runs,
            )
            for name in settings.accounts
            if settings.collect_of(name) != "off"
        ]


def _about(
    account: str,
    backlog: ResultBacklog,
    waiting: Sequence[Collection],
    now: datetime,
    *,
    daemon_runs: bool,
) -> Finding:
    what = "results of"
    if backlog.oldest_at is None:
        return fine(what, "no job waits to be counted", name=account)
    jobs = counted(backlog.pending, "job")
    detail = f"{jobs} to be counted, the first since {span(now - backlog.oldest_at)}"
    failing = [end for end in waiting if end.attempts]
    if failing:
        first = min(failing, key=lambda end: end.created_at)
        reason = one_line(first.results.reason, _REASON_LIMIT)
        detail += f"; {len(failing):,} of them failing: {reason}"
        advice = "it is tried again by itself, until results.give_up_after"
        return doubtful(what, detail, advice, name=account)
    if not backlog.is_behind(now):
        return fine(what, detail, name=account)
    advice = "look into the daemon's log" if daemon_runs else "start the daemon, or poll by cron"
    return doubtful(what, detail, advice, name=account)
