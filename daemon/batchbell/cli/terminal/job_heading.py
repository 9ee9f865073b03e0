"""What people call a job and how it stands: the first line about one job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.event_lines import called_by, painted
from batchbell.cli.terminal.job_rows import NOTHING, when_words
from batchbell.core.standing.jobs import job_standing
from batchbell.messages.kind_words import beside_status

if TYPE_CHECKING:
    from batchbell.core.standing.verdict import Standing
    from batchbell.store.views.job import JobHistory


def heading(history: JobHistory) -> str:
    """Return `nightly-eval · 3f2a9c1e  COMPLETED with errors, ended 5m ago`."""
    item, now = history.item, history.now
    standing = job_standing(item.record, now, results=history.results)
    state = painted(_state(item.record.job.status or "", standing), standing.severity)
    when = when_words(item, standing, now)
    stands = ", ".join(filter(None, (state, "" if when == NOTHING else when)))
    return f"{click.style(called_by(history), bold=True)}  {stands}".rstrip()


def _state(status: str, standing: Standing) -> str:
    return " ".join(filter(None, (status, beside_status(standing))))
