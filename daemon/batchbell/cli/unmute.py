"""`batchbell unmute`: end mutes before their time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import account_names, job_ids
from batchbell.cli.mute_scope import Scope, find_scope
from batchbell.cli.reading import corrected_now, open_database, reading
from batchbell.cli.silenced_jobs import read_silenced
from batchbell.cli.terminal.event_lines import done_mark, painted
from batchbell.cli.terminal.hanging import command_lines, hanging
from batchbell.cli.terminal.mute_words import whose
from batchbell.cli.terminal.phrases import ahead
from batchbell.cli.terminal.readers_clock import at
from batchbell.cli.terminal.signs import sign
from batchbell.core.event import Severity
from batchbell.core.text import is_plain_word
from batchbell.errors import UsageError
from batchbell.store import accounts, mutes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from batchbell.cli.terminal.mute_words import Silenced
    from batchbell.core.mute import Mute


@click.command()
@click.argument("job_id", metavar="[JOB_ID]", required=False, shell_complete=job_ids)
@click.option("--model", metavar="GLOB", help="The mute of these models, as it was written.")
@click.option(
    "--account", metavar="NAME", shell_complete=account_names, help="The mute of this account."
)
@click.option("--all", "everything", is_flag=True, help="All mutes.")
@click.pass_context
def command(
    ctx: click.Context, job_id: str | None, model: str | None, account: str | None, everything: bool
) -> None:
    """End a mute before its time; what happened meanwhile stays untold.

    JOB_ID may be the beginning of an id, or the input file's name. batchbell mute --list
    shows what is muted.
    """
    if everything and (job_id is not None or model is not None or account is not None):
        raise UsageError("--all goes alone")
    with reading(open_database(ctx.obj.config_file)) as connection:
        now = corrected_now(accounts.load_all(connection))
        in_force = mutes.load(connection, now)
        scope = None if everything else find_scope(connection, job_id, model=model, account=account)
        chosen = [mute for mute in in_force if scope is None or scope.is_of(mute)]
        ended = read_silenced(connection, chosen, now)
        left = read_silenced(connection, [mute for mute in in_force if mute not in chosen], now)
    if chosen:
        _unmute(ctx.obj.config_file, chosen)
    click.echo("\n".join(_lines(ended, left, scope, now)))


def _unmute(config_file: Path | None, chosen: Sequence[Mute]) -> None:
    from batchbell.config import database_url
    from batchbell.store.opening import database_at
    from batchbell.usecases.mute import unmute

    database = database_at(database_url(config_file, os.environ))
    try:
        unmute(database, chosen)
    finally:
        database.close()


def _lines(
    ended: Sequence[Silenced], left: Sequence[Silenced], scope: Scope | None, now: datetime
) -> Iterator[str]:
    for told in ended:
        done = f"{done_mark()} {click.style('unmuted', bold=True)}"
        yield from hanging(f"{done}: {whose(told)}", below=2)
        yield from command_lines("What happened meanwhile", _what_happened(told.mute))
    if not ended:
        yield "there was no such mute" if scope is not None else "nothing was muted"
    for told in left:
        ends = f"{at(told.mute.until, now)} ({ahead(told.mute.until, now)})"
        mark = painted(sign(Severity.INFO), Severity.INFO)
        yield from hanging(f"{mark} still muted until {ends}: {whose(told)}", below=2)


def _what_happened(mute: Mute) -> str:
    is_safe = bool(mute.job_id) and is_plain_word(mute.job_id)
    return f"batchbell events --job {mute.job_id}" if is_safe else "batchbell events"
