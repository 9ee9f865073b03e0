"""How much of a job is done: of one that runs its progress, of one that ended what came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.awaiting import results_facts
from batchbell.core.standing.reasons import Reason
from batchbell.messages.plain_text import percent
from batchbell.messages.standing_advice import is_awaited

if TYPE_CHECKING:
    from batchbell.core.facts import ResultsFacts
    from batchbell.core.job import BatchJob
    from batchbell.core.results.job_results import JobResults
    from batchbell.core.standing.verdict import Standing

#: What stands for a value the API did not give, or that nobody knows.
NOTHING = "-"
#: Ends whose finished part is in an output file, if there is any.
_CUT_SHORT = (Reason.FAILED, Reason.EXPIRED, Reason.CANCELLED)


def done_words(job: BatchJob, standing: Standing, results: JobResults | None) -> str:
    """Return "68.2%" of a job that runs; of one that ended "846 ok", "0 ok", "lost" or `NOTHING`.

    Progress says nothing of an end: all of a job may have been tried, and none of it be of use.
    """
    if not job.finished:
        return NOTHING if job.progress is None else percent(job.progress)
    if standing.has(Reason.RESULTS_LOST):
        return "lost"
    facts = None if results is None else results_facts(results)
    if facts is not None and facts.succeeded is not None:
        return f"{_of_use(facts):,} ok"
    if standing.has(Reason.COMPLETED_EMPTY):
        return "0 ok"
    is_kept = job.output_file_id is not None or is_awaited(results)
    return "0 ok" if standing.has(*_CUT_SHORT) and not is_kept else NOTHING


def done_share(job: BatchJob, results: JobResults | None) -> float | None:
    """Return the same as a fraction; None if it is not known."""
    if not job.finished:
        return job.progress
    facts = None if results is None else results_facts(results)
    if facts is None or facts.succeeded is None or not facts.requests:
        return None
    return _of_use(facts) / facts.requests


def _of_use(facts: ResultsFacts) -> int:
    """Return how many answers are whole for sure: what is cut may be other ones than the empty."""
    return max((facts.succeeded or 0) - (facts.empty or 0) - (facts.truncated or 0), 0)
