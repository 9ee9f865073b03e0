"""A job of `status` as one row, the same on a terminal and in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.asked import is_done_with
from batchbell.cli.terminal.job_rows import job_row

if TYPE_CHECKING:
    from batchbell.cli.terminal.job_rows import JobRow
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import Status


def row_of(item: AccountJob, status: Status, note: str) -> JobRow:
    """Return what a line says of a job, whatever it is shown on."""
    return job_row(
        item,
        status.now,
        note=note,
        outlook=status.outlook(item),
        input_file=status.input_file(item),
        results=status.results.get(item.key),
        is_seen=is_done_with(item, status),
    )
