"""The moves of jobs' progress, as samples for forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.snapshot import ProgressSample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from batchbell.core.forecast.curve import Sample
    from batchbell.core.snapshot import JobRecord


def moved(records: Iterable[JobRecord], known: Mapping[str, JobRecord]) -> Iterator[ProgressSample]:
    """Yield the progress worth a sample; a job first seen finished has no course to forecast."""
    for record in records:
        old = known.get(record.job.id)
        is_new = old is None and not record.job.finished
        is_other = old is not None and old.job.progress != record.job.progress
        if record.job.progress is not None and (is_new or is_other):
            yield ProgressSample(
                job_id=record.job.id, at=record.progress_since, progress=record.job.progress
            )


def extended(
    samples: Mapping[str, Sequence[Sample]], new: Iterable[ProgressSample]
) -> Mapping[str, Sequence[Sample]]:
    """Return the samples with those of this poll; of two at one time the first stays, as stored."""
    extended = dict(samples)
    for each in new:
        known = extended.get(each.job_id, ())
        if each.at not in {at for at, _ in known}:
            extended[each.job_id] = (*known, (each.at, each.progress))
    return extended
