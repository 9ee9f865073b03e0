"""`batchbell show`: everything about one job, and its timeline."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import job_ids
from batchbell.cli.job_argument import account_option, find_history
from batchbell.cli.reading import open_database
from batchbell.cli.terminal.emphasis import decided
from batchbell.cli.terminal.hanging import command_block, hanging, step_block
from batchbell.cli.terminal.job_fields import error_of_end, field_lines
from batchbell.cli.terminal.job_heading import heading
from batchbell.cli.terminal.job_help import act_severity_of, help_with, steps_of
from batchbell.cli.terminal.outcome_line import who_lacks
from batchbell.cli.terminal.output import on_terminal
from batchbell.cli.terminal.timeline import rows_of, timeline
from batchbell.cli.terminal.told_rows import Teller
from batchbell.json_views.events import brief_history_json
from batchbell.json_views.writing import document
from batchbell.messages.job_step import job_command

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from batchbell.messages.standing_advice import Help
    from batchbell.store.views.job import JobHistory

_INDENT = "    "


@click.command()
@click.argument("job_id", metavar="JOB_ID", shell_complete=job_ids)
@account_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, job_id: str, account: str | None, as_json: bool) -> None:
    """Show everything about one job: its fields, and who was told of what happened to it.

    JOB_ID may be the beginning of an id, or the input file's name. batchbell explain tells more
    about deliveries.
    """
    history = find_history(open_database(ctx.obj.config_file), job_id, account=account)
    if as_json:
        click.echo(document(brief_history_json(history)))
    else:
        helps = help_with(history)
        advice = decided(helps.text, act_severity_of(history)) if helps.text else ""
        parts = (
            [heading(history)],
            _broken(filter(None, (error_of_end(history.item.record.job), advice)), below=0),
            _commands(history, helps),
            [""],
            field_lines(history),
            [""],
            _timeline(history),
        )
        click.echo("\n".join(chain.from_iterable(parts)))


def _broken(lines: Iterable[str], *, below: int | None = None) -> Iterator[str]:
    for line in lines:
        yield from hanging(line, below=below)


def _commands(history: JobHistory, helps: Help) -> Iterator[str]:
    """Yield what is to be copied, each behind what it does."""
    yield from step_block(steps_of(history, helps))


def _timeline(history: JobHistory) -> Iterator[str]:
    if not history.events:
        yield "No events: it was already there at the first poll, and nothing happened since."
        return
    teller = Teller(history, everything=False)
    # On a terminal events have counts alone: for what their messages wait stands below them.
    waiting = teller.waiting() if on_terminal() else []
    yield click.style("Timeline", bold=True)
    rows = rows_of(history, everything=not on_terminal())
    yield from timeline(rows, teller, with_not_told=False, in_short=on_terminal())
    if waiting:
        yield from ("", click.style("Waiting", bold=True), *teller.lines(waiting, "  "))
    helps = [*command_block(who_lacks(history))]
    yield from ("", *helps) if helps and not waiting else helps
    why = job_command("explain", history.item.record.job.id)
    if why and (on_terminal() or any(stored.not_told for stored in history.events)):
        yield from ("", "Who was told, and who not, and why:", f"{_INDENT}{why}")
