"""Which of a job's progress samples are kept as they age: the course stays, the detail goes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

#: Of a job that runs the youngest are kept: a forecast reads no more.
KEPT_RUNNING = 2_000
#: A job that ended so long ago is never forecast again: its course is enough ...
ENDED_AFTER = timedelta(hours=1)
KEPT_ENDED = 60
#: ... and after so long the outline of it.
OLD_AFTER = timedelta(days=7)
KEPT_OLD = 12


def dispensable(samples: Sequence[datetime], keep: int) -> list[datetime]:
    """Return the times of the samples that may go, so that at most `keep` stay.

    The first and the last stay, and of those between the ones that are spread most evenly over
    the time. `samples` are in order, `keep` is at least 2.
    """
    if len(samples) <= keep:
        return []
    first, span = samples[0], samples[-1] - samples[0]
    kept = {samples[0], samples[-1]}
    # One from each of equal stretches of time: the last before the stretch's end.
    stretches = keep - 1
    of_stretch = {min(int((at - first) / span * stretches), stretches - 1): at for at in samples}
    kept |= set(list(of_stretch.values())[:-1])
    return [at for at in samples if at not in kept]


def beyond_the_youngest(samples: Sequence[datetime], keep: int) -> list[datetime]:
    """Return the times of the oldest samples, all but `keep`; `samples` are in order."""
    return list(samples[:-keep])
