"""Mutes in words, and as JSON."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from batchbell.cli.terminal.called import called
from batchbell.cli.terminal.phrases import ahead, span
from batchbell.cli.terminal.readers_clock import at
from batchbell.core.routing import ANYTHING
from batchbell.json_views.writing import time_text
from batchbell.messages.job_step import job_command
from batchbell.messages.plain_text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from batchbell.core.mute import Mute
    from batchbell.store.job_rows import AccountJob


class Silenced(NamedTuple):
    """A mute, and the jobs it is about now."""

    mute: Mute
    #: What people call its one job; '' if it is about several, or that is gone.
    job: str
    #: How many jobs it covers that run.
    running: int
    #: Their deadlines that fall into it, the next one first.
    deadlines: Sequence[datetime]


def silenced(
    mute: Mute, items: Iterable[AccountJob], input_file: Callable[[AccountJob], str], now: datetime
) -> Silenced:
    """Return a mute with what it is about among these jobs."""
    covered = [item for item in items if _covers(mute, item)]
    running = [item.record.job for item in covered if not item.record.job.finished]
    due = sorted(job.job_deadline for job in running if job.job_deadline is not None)
    is_one = mute.job_id and covered
    job = called(covered[0].record.job, input_file(covered[0])) if is_one else ""
    return Silenced(mute, job, len(running), [at for at in due if now < at <= mute.until])


def _covers(mute: Mute, item: AccountJob) -> bool:
    job = item.record.job
    return mute.covers(account=item.account, job_id=job.id, model=job.model_id)


def whose(muted: Silenced) -> str:
    """Say which jobs a mute is about."""
    mute = muted.mute
    if mute.job_id:
        return f"{muted.job or f'job {mute.job_id}'} of account {mute.account}"
    jobs = "all jobs" if mute.model == ANYTHING else f"jobs on models {mute.model}"
    return jobs if mute.account == ANYTHING else f"{jobs} of account {mute.account}"


def until(moment: datetime, now: datetime) -> str:
    """Say when a mute ends."""
    return f"until {at(moment, now)} ({ahead(moment, now)})"


def untold(muted: Silenced, now: datetime) -> str:
    """Say what will ring nobody: `its deadline in 22m and its end ring nobody`."""
    if not muted.running:
        return "nothing new of it rings" if muted.mute.job_id else "their ends ring nobody"
    next_in = f"in {span(muted.deadlines[0] - now)}" if muted.deadlines else ""
    if muted.mute.job_id:
        due = f"its deadline {next_in} and " if next_in else ""
        return f"{due}its end {'ring' if due else 'rings'} nobody"
    count = len(muted.deadlines)
    which = "" if count == 1 else "the first "
    due = f"{counted(count, 'deadline')} ({which}{next_in}) and " if next_in else ""
    return f"{due}the ends of {counted(muted.running, 'running job')} ring nobody"


def unmute_command(mute: Mute) -> str:
    """Return what ends a mute; '' if that can't be copied into a shell without harm."""
    if mute.job_id:
        return job_command("unmute", mute.job_id)
    chosen = {"--model": mute.model, "--account": mute.account}
    options = [f"{name} {shlex.quote(text)}" for name, text in chosen.items() if text != ANYTHING]
    return " ".join(["batchbell unmute", *options])


def mute_json(mute: Mute) -> dict[str, object]:
    """Return a mute; null where it does not choose."""
    return {
        "account": None if mute.account == ANYTHING else mute.account,
        "model": None if mute.model == ANYTHING else mute.model,
        "job_id": mute.job_id or None,
        "muted_at": time_text(mute.muted_at),
        "until": time_text(mute.until),
    }
