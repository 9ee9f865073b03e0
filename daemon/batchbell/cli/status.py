"""`batchbell status`: all jobs, and how accounts and channels do."""

from __future__ import annotations

import click

from batchbell.cli.reading import open_database
from batchbell.cli.terminal.look import look
from batchbell.cli.terminal.output import on_terminal
from batchbell.cli.terminal.plain_status import status_lines
from batchbell.json_views.health import status_json
from batchbell.json_views.writing import document


@click.command()
@click.option("--all", "everything", is_flag=True, help="Show jobs that ended over 24 h ago too.")
@click.option("--watch", is_flag=True, help="Keep the terminal up to date; q quits.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; it always holds all jobs.")
@click.pass_context
def command(ctx: click.Context, everything: bool, watch: bool, as_json: bool) -> None:
    """Show all jobs, and how accounts and channels do.

    What needs attention comes first. On a terminal ids are shortened to what every command takes.
    """
    if watch and (as_json or not on_terminal()):
        raise click.UsageError("--watch needs a terminal, and goes without --json", ctx=ctx)
    database = open_database(ctx.obj.config_file)
    if as_json:
        seen = look(database, everything=True)
        click.echo(document(status_json(seen)))
    elif watch:
        from batchbell.cli.terminal.watch import watch_status

        watch_status(database, everything=everything)
    elif on_terminal():
        from batchbell.cli.terminal.rich_status import MOST_JOBS, status_view, terminal

        console = terminal()
        most = None if everything else MOST_JOBS
        seen = look(database, everything=everything, with_ids=True, most_forecasts=most)
        console.print(status_view(seen, console))
    else:
        seen = look(database, everything=everything)
        click.echo("\n".join(status_lines(seen)))
