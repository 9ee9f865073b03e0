"""`batchbell mute`: jobs nobody is told about for a while."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import account_names, job_ids
from batchbell.cli.durations import DurationType
from batchbell.cli.job_argument import find_history
from batchbell.cli.mute_scope import find_scope
from batchbell.cli.reading import corrected_now, open_database, reading
from batchbell.cli.silenced_jobs import read_silenced
from batchbell.cli.terminal.event_lines import done_mark, painted
from batchbell.cli.terminal.grid import Cell, Column, plain_lines
from batchbell.cli.terminal.hanging import command_lines, hanging
from batchbell.cli.terminal.job_help import help_with
from batchbell.cli.terminal.mute_words import mute_json, unmute_command, until, untold, whose
from batchbell.cli.terminal.output import on_terminal
from batchbell.cli.terminal.signs import sign
from batchbell.config.durations import format_duration
from batchbell.core.event import Severity
from batchbell.core.mute import LONGEST, SHORTEST, Mute
from batchbell.errors import UsageError
from batchbell.json_views.writing import document
from batchbell.messages.job_step import job_command
from batchbell.messages.prospect_decision import Act
from batchbell.store import accounts, mutes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from batchbell.cli.terminal.mute_words import Silenced


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

    JOB_ID may be the beginning of an id, or the input file's name. What happens meanwhile is
    recorded, but told to nobody, not even later. That an account or a channel fails is told
    all the same.
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
        (told,) = read_silenced(connection, [silence], now)
    _mute(ctx.obj.config_file, silence)
    lines = [*_sentences(told, now, begin=f"{done_mark()} ")]
    if scope.job_id:
        lines += _still_to_cancel(ctx.obj.config_file, scope.job_id, scope.account)
    click.echo("\n".join(lines))


def _still_to_cancel(config_file: Path | None, job_id: str, account: str) -> list[str]:
    """Return what cancels a job that is to be cancelled now, muted or not; [] of any other."""
    history = find_history(open_database(config_file), job_id, account=account)
    is_doomed = help_with(history).act is Act.CANCEL_NOW
    command = job_command("cancel", job_id) if is_doomed else ""
    return [*command_lines("It is still to be cancelled now", command)] if command else []


def _mute(config_file: Path | None, silence: Mute) -> None:
    from batchbell.config import database_url
    from batchbell.store.opening import database_at
    from batchbell.usecases.mute import mute

    database = database_at(database_url(config_file, os.environ))
    try:
        mute(database, silence)
    finally:
        database.close()


def _sentences(told: Silenced, now: datetime, *, begin: str = "") -> Iterator[str]:
    """Yield what is muted, what of it will ring nobody, and what ends that."""
    muted = click.style("muted", bold=True)
    yield from hanging(f"{begin}{muted} {until(told.mute.until, now)}: {whose(told)}")
    severity = Severity.WARNING if told.deadlines else Severity.INFO
    words = untold(told, now)
    said = painted(words, severity) if told.deadlines else words
    yield from hanging(f"{painted(sign(severity), severity)} {said}", below=2)
    yield from _undo(told)


def _undo(told: Silenced) -> Iterator[str]:
    command = unmute_command(told.mute)
    if command:
        yield from command_lines("Unmute", command)


def _show(config_file: Path | None, *, as_json: bool) -> None:
    with reading(open_database(config_file)) as connection:
        now = corrected_now(accounts.load_all(connection))
        found = mutes.load(connection, now)
        told = [] if as_json else read_silenced(connection, found, now)
    if as_json:
        click.echo(document([mute_json(mute) for mute in found]))
    elif found:
        click.echo("\n".join(_blocks(told, now) if on_terminal() else _table(told, now)))
    else:
        click.echo("Nothing is muted.")


def _table(found: Sequence[Silenced], now: datetime) -> Iterator[str]:
    """Yield a line for each mute."""
    columns = (Column("muted"), Column("until"), Column("meanwhile"), Column("unmute"))
    rows = [
        (whose(told), until(told.mute.until, now), untold(told, now), unmute_command(told.mute))
        for told in found
    ]
    yield from plain_lines(columns, [[Cell(text) for text in row] for row in rows])


def _blocks(found: Sequence[Silenced], now: datetime) -> Iterator[str]:
    """Yield the same with several lines for each."""
    for at, told in enumerate(found):
        if at:
            yield ""
        yield from _sentences(told, now)
