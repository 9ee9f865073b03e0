"""`batchbell ack`: somebody has seen how a job ended."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import job_ids
from batchbell.cli.job_argument import account_option, find_job
from batchbell.cli.reading import corrected_now, open_database, reading
from batchbell.cli.terminal.called import called
from batchbell.cli.terminal.event_lines import done_mark
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.readers_clock import at, readers_view
from batchbell.messages.headline import happening
from batchbell.store import accounts, files

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.usecases.mute import Acknowledgement


@click.command()
@click.argument("job_id", metavar="JOB_ID", shell_complete=job_ids)
@account_option
@click.pass_context
def command(ctx: click.Context, job_id: str, account: str | None) -> None:
    """Acknowledge how a job ended: no list asks for it, and nobody is reminded, any more.

    JOB_ID may be the beginning of an id, or the input file's name. A later failure of the job
    is told again.
    """
    from batchbell.config import database_url
    from batchbell.store.opening import database_at
    from batchbell.usecases.mute import acknowledge

    with reading(open_database(ctx.obj.config_file)) as connection:
        item = find_job(connection, job_id, account=account)
        job = item.record.job
        input_file = files.name_of(connection, item.account, job.input_file_id)
        now = corrected_now(accounts.load_all(connection))
    database = database_at(database_url(ctx.obj.config_file, os.environ))
    try:
        found = acknowledge(database, account=item.account, job_id=job.id, now=now)
    finally:
        database.close()
    for line in _sentence(called(job, input_file), found, now).splitlines():
        click.echo("\n".join(hanging(line, below=2)))


def _sentence(job: str, found: Acknowledgement, now: datetime) -> str:
    if found.failure is None:
        return f"{job} has nothing to acknowledge: no end of it asks for anything"
    failure = _ended(found.failure, now)
    if found.ended_well:
        return f"{job} has nothing to acknowledge: it has completed since {failure}"
    if found.before is not None:
        return f"acknowledged already, {at(found.before, now)}: {job}, {failure}"
    done = click.style("acknowledged", bold=True)
    silent = "no reminders any more, and status asks nothing about it"
    return f"{done_mark()} {done}: {job}, {failure}\n  {silent}"


def _ended(failure: Event, now: datetime) -> str:
    """Return `FAILED 02:23 CET, line 212: invalid JSON`."""
    label, detail = happening(failure, readers_view())
    return ", ".join(filter(None, (f"{label} {at(failure.happened_at, now)}", detail)))
