"""What cannot wait, above everything that `status` shows: jobs by the clock, and who is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.cli.terminal.phrases import ago, ahead, span
from batchbell.cli.terminal.signs import joined
from batchbell.core.event import Severity
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import Reason
from batchbell.messages.plain_text import one_line, percent, short_times
from batchbell.messages.standing_advice import act_in_short
from batchbell.messages.subject import file_stem, short_id, short_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.standing.verdict import Standing
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import Status

#: Why a channel gets nothing through.
_SILENT = (Reason.SEND_FAILED, Reason.FAILURE_TOLD, Reason.DISABLED)
#: So much of an error stands in a line that names who fails, characters.
_ERROR_CHARS = 100


class UrgentLine(NamedTuple):
    """One thing that cannot wait."""

    severity: Severity
    text: str


def urgent_lines(status: Status) -> Iterator[UrgentLine]:
    """Yield the job that is overdue for longest, the one due next, and what is silent."""
    running = [*_worth_a_look(status)]
    yield from _first_of(running, (Reason.OVERDUE,), status)
    ahead_of = [(item, standing) for item, standing in running if not standing.has(Reason.OVERDUE)]
    yield from _first_of(ahead_of, (Reason.DEADLINE_CLOSE, Reason.AT_RISK), status)
    yield from _unpolled(status)
    yield from _silent(status)


def _worth_a_look(status: Status) -> Iterator[tuple[AccountJob, Standing]]:
    """Yield running jobs that stand badly: the worst come first, so the rest is not judged."""
    for item in status.jobs:
        if item.record.job.finished:
            continue
        standing = job_standing(item.record, status.now)
        if standing.severity < Severity.WARNING:
            return
        yield item, standing


def _first_of(
    running: Sequence[tuple[AccountJob, Standing]], reasons: Sequence[Reason], status: Status
) -> Iterator[UrgentLine]:
    """Yield the job with the first deadline of those that stand so, and how many more do."""
    found = [
        (deadline, item, standing)
        for item, standing in running
        if standing.has(*reasons) and (deadline := item.record.job.job_deadline) is not None
    ]
    if not found:
        return
    deadline, item, standing = min(found, key=lambda each: (each[0], each[1].record.job.id))
    more = f" (and {len(found) - 1:,} more)" if len(found) > 1 else ""
    job = item.record.job
    name = _called(job, status.input_file(item))
    act = act_in_short(item.record, status.outlook(item), status.now)
    done = "" if job.progress is None else f"{percent(job.progress)} done"
    what = ", ".join(filter(None, (name, act.lower() or done)))
    yield UrgentLine(standing.severity, f"{_when(standing, deadline, status.now)}: {what}{more}")


def _when(standing: Standing, deadline: datetime, now: datetime) -> str:
    clock = f"{short_times(deadline, now)[0]} UTC"
    if standing.has(Reason.OVERDUE):
        return f"overdue since {clock} ({ago(deadline, now)})"
    risk = ", at risk" if standing.has(Reason.AT_RISK) else ""
    return f"due {clock} ({ahead(deadline, now)}{risk})"


def _called(job: BatchJob, input_file: str) -> str:
    return joined(file_stem(input_file) or short_model(job.model_id or ""), short_id(job.id))


def _unpolled(status: Status) -> Iterator[UrgentLine]:
    for view in status.accounts:
        health = view.state.health
        if view.standing.has(Reason.OUTAGE_TOLD) and health.failing_since is not None:
            lasts = span(status.now - health.failing_since)
            text = f"account {view.name} can't be polled for {lasts}: {_error(health.last_error)}"
            yield UrgentLine(Severity.FAILURE, text)


def _silent(status: Status) -> Iterator[UrgentLine]:
    for view in status.channels:
        if view.standing.has(*_SILENT):
            since = view.health.failing_since
            lasts = "" if since is None else f" for {span(status.now - since)}"
            text = f"channel {view.name} delivers nothing{lasts}: {_error(view.health.last_error)}"
            yield UrgentLine(view.standing.severity, text.removesuffix(": "))


def _error(text: str) -> str:
    return one_line(text, _ERROR_CHARS)
