"""What a sentence calls a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.output import on_terminal
from batchbell.cli.terminal.signs import joined
from batchbell.messages.subject import file_stem, short_id, short_model

if TYPE_CHECKING:
    from batchbell.core.job import BatchJob


def called(job: BatchJob, input_file: str) -> str:
    """Return `nightly-eval · 3f2a9c1e`; in a pipe with the whole id."""
    name = file_stem(input_file) or short_model(job.model_id or "")
    return joined(name, short_id(job.id) if on_terminal() else job.id)
