"""`batchbell mute`: jobs nobody is told about for a while."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import account_names, job_ids
from batchbell.cli.durations import DurationType
from batchbell.cli.mute_scope import find_scope
from batchbell.cli.reading import corrected_now, open_database, reading
from batchbell.cli.terminal.grid import Cell, Column, plain_lines, text_width
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.mute_words import mute_json, until, whose
from batchbell.cli.terminal.output import on_terminal
from batchbell.config.durations import format_duration
from batchbell.core.mute import LONGEST, SHORTEST, Mute
from batchbell.errors import UsageError
from batchbell.json_views.writing import document
from batchbell.messages.plain_text import counted
from batchbell.store import accounts, mutes
from batchbell.store.views import jobs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from batchbell.store.database import Transaction


@click.command()
@click.argument("job_id", metavar="[JOB_ID]", required=False, shell_complete=job_ids)
@click.option("--model", metavar="GLOB", help="Jobs on these models, such as 'deepseek-ai/*'.")
@click.option(
    "--account", metavar="NAME", shell_complete=account_names, help="Jobs of this account."
)
@click.option("--for", "length", type=DurationType(), help="How long, such as 6h or 2d.")
@click.option("--list", "listing", is_flag=True, help="Show what is muted now.")
@click.option("--json", "as_json", is_flag=True, help="With --list: print a JSON array.")
@click.pass_context
def command(
    ctx: click.Context,
    job_id: str | None,
    model: str | None,
    account: str | None,
    length: timedelta | None,
    listing: bool,
    as_json: bool,
) -> None:
    """Tell nobody about a job, or about jobs of a model or account, for a while.

    JOB_ID may be the beginning of an id. What happens meanwhile is recorded, but told to nobody,
    not even later. That an account or a channel fails is told all the same.
    """
    if listing:
        if job_id is not None or model is not None or account is not None or length is not None:
            raise UsageError("--list goes alone, or with --json")
        _show(ctx.obj.config_file, as_json=as_json)
        return
    if length is None:
        raise UsageError("say for how long, such as --for 6h; a mute ends by itself")
    if not SHORTEST <= length <= LONGEST:
        shortest, longest = format_duration(SHORTEST), format_duration(LONGEST)
        raise UsageError(f"--for must be {shortest} to {longest}")
    with reading(open_database(ctx.obj.config_file)) as connection:
        now = corrected_now(accounts.load_all(connection))
        scope = find_scope(connection, job_id, model=model, account=account)
        silence = Mute(
            account=scope.account,
            model=scope.model,
            job_id=scope.job_id,
            muted_at=now,
            until=now + length,
        )
        covered = 1 if silence.job_id else _covered(connection, silence)
    _mute(ctx.obj.config_file, silence)
    click.echo("\n".join(hanging(_sentence(silence, covered, now))))


def _covered(connection: Transaction, silence: Mute) -> int:
    """Return how many jobs that have not ended it is about."""
    unfinished = jobs.of_interest(connection, ended_since=silence.until)
    return sum(
        silence.covers(
            account=item.account, job_id=item.record.job.id, model=item.record.job.model_id
        )
        for item in unfinished
        if not item.record.job.finished
    )


def _mute(config_file: Path | None, silence: Mute) -> None:
    from batchbell.config import database_url
    from batchbell.store.opening import database_at
    from batchbell.usecases.mute import mute

    database = database_at(database_url(config_file, os.environ))
    try:
        mute(database, silence)
    finally:
        database.close()


def _sentence(silence: Mute, covered: int, now: datetime) -> str:
    running = "" if silence.job_id else f" ({counted(covered, 'job')} running now)"
    return f"muted {until(silence.until, now)}: {whose(silence)}{running}"


def _show(config_file: Path | None, *, as_json: bool) -> None:
    with reading(open_database(config_file)) as connection:
        now = corrected_now(accounts.load_all(connection))
        found = mutes.load(connection, now)
    if as_json:
        click.echo(document([mute_json(mute) for mute in found]))
    elif found:
        click.echo("\n".join(_lines(found, now)))
    else:
        click.echo("Nothing is muted.")


def _lines(found: Sequence[Mute], now: datetime) -> Iterator[str]:
    """Yield a table; on a terminal that is too narrow for it, each mute in two lines."""
    rows = [(whose(mute), until(mute.until, now)) for mute in found]
    cells = [[Cell(text) for text in row] for row in rows]
    table = [*plain_lines((Column("muted"), Column("")), cells)]
    width = shutil.get_terminal_size().columns
    if not on_terminal() or max(map(text_width, table)) <= width:
        yield from table
        return
    for whom, end in rows:
        yield from hanging(whom)
        yield f"    {end}"
