"""A job's results in the one line that stands under it in lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.awaiting import results_facts
from batchbell.core.results.job_results import ResultsState
from batchbell.messages.results_loss import loss_in_short
from batchbell.messages.results_words import verdict_words
from batchbell.messages.subject import BETWEEN

if TYPE_CHECKING:
    from batchbell.core.results.job_results import JobResults


def results_line(results: JobResults | None, *, between: str = BETWEEN) -> str:
    """Return `950 of 1,000 ok · 40 failed · 10 missing`, or how far it is; '' for nothing to say.

    None is a job whose results nobody counts.
    """
    if results is None or results.state is ResultsState.SKIPPED:
        return ""
    if results.state is ResultsState.WAITING:
        return "results are being counted"
    if results.state is ResultsState.LOST:
        reason = loss_in_short(results.reason)
        return f"results lost: {reason}" if reason else "results lost"
    return verdict_words(results_facts(results), between=between)
