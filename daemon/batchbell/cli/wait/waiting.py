"""Jobs that somebody waits for: what is known of each, and when the waiting is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.provider import JobState
from batchbell.messages.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from batchbell.core.job import BatchJob

COMPLETED, GONE, BAD_END, TIMED_OUT = 0, 1, 3, 4
#: Polls that have to miss a job before it counts as unknown.
POLLS_TO_BE_UNKNOWN = 2


@dataclass(slots=True)
class Waited:
    """One job somebody waits for; whoever looks writes down here what he saw."""

    id: str
    #: None as long as no account is known to have it.
    account: str | None = None
    job: BatchJob | None = None
    #: Why waiting is pointless; '' while it isn't.
    gone: str = ""
    #: What `news` returned last.
    told: str = ""

    @property
    def over(self) -> bool:
        """Whether there is nothing more to wait for."""
        return bool(self.gone) or (self.job is not None and self.job.finished)

    @property
    def outcome(self) -> str:
        """The end in one word: completed, failed, expired, cancelled, gone, or waiting."""
        if self.job is not None and self.job.finished:
            return self.job.state.value.lower()
        return "gone" if self.gone else "waiting"

    def standing(self) -> str:
        """Return how it stands: "IN_PROGRESS 71.8%", or why it is gone."""
        if self.gone or self.job is None:
            return self.gone or "not seen yet"
        progress = "" if self.job.progress is None else f" {self.job.progress:.1%}"
        return f"{one_line(self.job.status or 'unknown status')}{progress}"

    def news(self) -> str:
        """Return how it stands if its status is another than at the last call, else ''."""
        status = self.gone or (self.job.status or "-" if self.job is not None else "")
        if status == self.told:
            return ""
        self.told = status
        return self.standing()


def wait_for(
    waited: Sequence[Waited],
    *,
    look: Callable[[float | None], float],
    timeout_seconds: float | None,
    tell: Callable[[Waited, str], None],
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> int:
    """Look until all are over or time is up; return the exit status.

    `look` takes the seconds left (None: no limit), updates every job that is not over, and returns
    how many seconds to pause. `clock` gives seconds that only go forward.
    """
    deadline = None if timeout_seconds is None else clock() + timeout_seconds
    while True:
        pause = look(None if deadline is None else max(deadline - clock(), 0.0))
        for each in waited:
            news = each.news()
            if news:
                tell(each, news)
        left = None if deadline is None else deadline - clock()
        if all(each.over for each in waited) or (left is not None and left <= 0):
            return exit_status(waited)
        sleep(pause if left is None else min(pause, left))


def exit_status(waited: Sequence[Waited]) -> int:
    """Return the exit status; a bad end counts more than the time being up, and that than loss."""
    if any(each.job and each.job.finished and not _completed(each.job) for each in waited):
        return BAD_END
    if not all(each.over for each in waited):
        return TIMED_OUT
    return GONE if any(each.gone for each in waited) else COMPLETED


def _completed(job: BatchJob) -> bool:
    return job.state is JobState.COMPLETED
