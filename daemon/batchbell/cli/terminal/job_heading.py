"""What people call a job and how it stands: the first line about one job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.event_lines import called_by, painted
from batchbell.cli.terminal.job_done import NOTHING
from batchbell.cli.terminal.job_rows import when_words
from batchbell.core.awaiting import results_facts
from batchbell.core.facts import ResultsFacts
from batchbell.core.standing.jobs import job_standing
from batchbell.messages.kind_words import after_status, beside_status

if TYPE_CHECKING:
    from batchbell.core.job import BatchJob
    from batchbell.core.standing.verdict import Standing
    from batchbell.store.views.job import JobHistory


def heading(history: JobHistory) -> str:
    """Return `nightly-eval · 3f2a9c1e  COMPLETED, 60 MISSING, ended 5m ago`."""
    item, now = history.item, history.now
    standing = job_standing(item.record, now, results=history.results)
    results = ResultsFacts() if history.results is None else results_facts(history.results)
    state = painted(_state(item.record.job, standing, results), standing.severity)
    when = when_words(item, standing, now)
    stands = ", ".join(filter(None, (state, "" if when == NOTHING else when)))
    return f"{click.style(called_by(history), bold=True)}  {stands}".rstrip()


def _state(job: BatchJob, standing: Standing, results: ResultsFacts) -> str:
    """Return the status, of an end what its event is called: `COMPLETED WITH ERRORS`."""
    status = " ".join(filter(None, (job.status or "", beside_status(standing).upper())))
    loss = "" if beside_status(standing) else after_status(job, results)
    return ", ".join(filter(None, (status, loss)))
