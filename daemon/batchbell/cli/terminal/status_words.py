"""The sentences of `status`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from batchbell.cli.terminal.phrases import counted
from batchbell.core.attention import is_overdue
from batchbell.core.event import Severity, severity_of
from batchbell.core.transition import kind_of_status

if TYPE_CHECKING:
    from batchbell.store.views.status import Overview


def summary(overview: Overview) -> str:
    """Return "3 running, 1 overdue; 2 ended in the last 24 h, 1 badly"; '' without any job."""
    if not overview.jobs and not overview.hidden:
        return ""
    counts: Counter[str] = Counter()
    for item in overview.jobs:
        job = item.record.job
        counts["ended" if job.finished else "running"] += 1
        counts["overdue"] += is_overdue(item.record, overview.now)
        is_bad = job.finished and severity_of(kind_of_status(job)) is Severity.FAILURE
        counts["badly"] += is_bad
    running = _with_part(counts["running"], "running", counts["overdue"], "overdue")
    recently = "" if overview.everything else " in the last 24 h"
    ended = _with_part(counts["ended"], f"ended{recently}", counts["badly"], "badly")
    return f"{running}; {ended}"


def what_is_hidden(overview: Overview) -> str:
    """Say how many jobs are left out; '' if none is."""
    if not overview.hidden:
        return ""
    return f"{counted(overview.hidden, 'job')} ended over 24 h ago: batchbell status --all"


def no_jobs(overview: Overview) -> str:
    """Say what to expect when there is nothing to show yet; '' if there is."""
    if overview.jobs or overview.hidden:
        return ""
    if not overview.accounts:
        return (
            "Nothing is watched yet: start `batchbell run`, and jobs appear after its first poll. "
            "`batchbell doctor` tells what is missing."
        )
    return "No batch jobs yet: one appears here at the first poll after it was created."


def _with_part(count: int, what: str, part: int, how: str) -> str:
    if not part:
        return f"{count:,} {what}"
    return f"{count:,} {what}, {part:,} {how}"
