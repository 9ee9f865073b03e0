"""What is done where something is gone: what came back of a job, or the job itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.provider import JobState
from batchbell.messages.job_step import SUBMIT, JobStep, first_by_hand, job_command, then_by_hand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.core.facts import ResultsFacts
    from batchbell.core.job import BatchJob
    from batchbell.messages.remedy import ByHand

#: `results` counts anew what was lost.
_LOOK_AGAIN = "Look again"
_FETCH_LATER = "Fetch its files, once they are there again"
_GONE = "If it is gone, write a file of all requests"
_ELSE_ALL_OF_IT = "Else write a file of all requests"


def is_lost_to_all(job: BatchJob, results: ResultsFacts) -> bool:
    """Whether a job left nothing that can be had, and nobody knows what it would have been.

    One that was cut short is fetched nevertheless: a part of it may be there.
    """
    return results.is_lost and job.state is JobState.COMPLETED


def after_loss(job: BatchJob, by_hand: ByHand) -> Iterator[JobStep]:
    """Yield what to do about a job of which nobody knows what came back.

    Looking again is worth a try: files are sometimes there after all. What costs stands last.
    """
    again = job_command("results", job.id)
    if again:
        yield JobStep(_LOOK_AGAIN, again)
    yield from first_by_hand(by_hand)
    if again:
        yield JobStep(_FETCH_LATER, job_command("fetch", job.id))
    if again and job.input_file_id:
        yield JobStep(_ELSE_ALL_OF_IT, job_command("retry --include all", job.id))
        yield from then_by_hand(by_hand.repair)


def once_vanished(job: BatchJob, by_hand: ByHand) -> Iterator[JobStep]:
    """Yield what to do about a job that the API lists no longer, and how to hear no more of it.

    Nothing else ends that: it has no end.
    """
    if not job_command("show", job.id):
        yield from first_by_hand(by_hand)
        return
    yield JobStep(_LOOK_AGAIN, job_command("show", job.id))
    if by_hand.first:
        yield JobStep(by_hand.first, f"{by_hand.how}: {job.id}", is_command=False)
    if job.input_file_id:
        yield JobStep(_GONE, job_command("retry --include all", job.id))
        yield SUBMIT
    yield JobStep("Once that is known, silence it", job_command("mute --for 2d", job.id))
