"""`batchbell status`: all jobs, and how accounts and channels do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from batchbell.cli.reading import corrected_now, open_database, reading
from batchbell.cli.terminal.look import look
from batchbell.cli.terminal.output import on_terminal
from batchbell.cli.terminal.plain_status import status_lines
from batchbell.json_views.health import status_pieces
from batchbell.store import accounts
from batchbell.store.batches import in_batches
from batchbell.store.views.every_job import every_job
from batchbell.store.views.status import without_jobs

if TYPE_CHECKING:
    from batchbell.store.database import Transaction

#: Pieces of the document, a job each, that are written at once.
_PIECES = 200


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
        with reading(database) as connection:
            _print_json(connection, daemon_runs=database.daemon_runs())
    elif watch:
        from batchbell.cli.terminal.watch import watch_status

        watch_status(database, everything=everything)
    elif on_terminal():
        from batchbell.cli.terminal.rich_status import MOST_JOBS, print_status, terminal

        console = terminal()
        most = None if everything else MOST_JOBS
        seen = look(database, everything=everything, with_ids=True, most_forecasts=most)
        print_status(seen, console)
    else:
        seen = look(database, everything=everything)
        click.echo("\n".join(status_lines(seen)))


def _print_json(connection: Transaction, *, daemon_runs: bool) -> None:
    """Print all jobs as they are read: no more than a part of them is ever in memory."""
    now = corrected_now(accounts.load_all(connection))
    seen = without_jobs(connection, now, daemon_runs=daemon_runs)
    for some in in_batches(status_pieces(seen, every_job(connection, now)), _PIECES):
        click.echo("".join(some), nl=False)
    click.echo()
