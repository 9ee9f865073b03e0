"""Which jobs mutes are about now, as `mute` and `unmute` say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.mute_words import Silenced, silenced
from batchbell.store import files
from batchbell.store.views import jobs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.core.mute import Mute
    from batchbell.store.database import Transaction
    from batchbell.store.job_rows import AccountJob


def read_silenced(connection: Transaction, mutes: Sequence[Mute], now: datetime) -> list[Silenced]:
    """Return these mutes with the jobs that run and those that are named."""
    named = [(mute.account, mute.job_id) for mute in mutes if mute.job_id]
    found = {item.key: item for item in jobs.those(connection, named)}
    if len(named) < len(mutes):
        found |= {item.key: item for item in jobs.of_interest(connection, ended_since=now)}
    used = ((item.account, item.record.job.input_file_id) for item in found.values())
    names = files.names_of(connection, used)

    def input_file(item: AccountJob) -> str:
        return names.get((item.account, item.record.job.input_file_id or ""), "")

    return [silenced(mute, found.values(), input_file, now) for mute in mutes]
