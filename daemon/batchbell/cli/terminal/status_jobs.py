"""The jobs of `status` on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.job_table import job_lines
from batchbell.cli.terminal.mute_lines import mute_note
from batchbell.cli.terminal.status_row import row_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.text import Text

    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import Status


def rows_of(
    shown: Sequence[AccountJob], status: Status, width: int, *, flat: bool = False
) -> Iterator[Text]:
    """Yield the lines about jobs; `flat` is a line for each."""
    if not shown:
        return
    yield from job_lines(
        [row_of(item, status, mute_note(item, status)) for item in shown],
        all_ids=status.job_ids,
        with_account=len(status.accounts) > 1,
        width=width,
        flat=flat,
    )
