"""`batchbell explain`: who was told of a job's events, who was not, and why."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import job_ids
from batchbell.cli.job_argument import account_option, find_history
from batchbell.cli.reading import open_database
from batchbell.cli.terminal.event_lines import explaining_lines, lateness
from batchbell.cli.terminal.event_rows import event_rows, happened
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.job_heading import heading
from batchbell.cli.terminal.mute_words import until
from batchbell.cli.terminal.outcome_line import outcome_lines
from batchbell.json_views.events import history_json
from batchbell.json_views.writing import document
from batchbell.messages.event_folds import each_alone
from batchbell.messages.plain_text import utc_time
from batchbell.store.views.said_once import said_once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.store.views.job import JobHistory


@click.command()
@click.argument("job_id", metavar="JOB_ID", shell_complete=job_ids)
@account_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, job_id: str, account: str | None, as_json: bool) -> None:
    """Show who was told of each event of a job, which attempts failed, and who was not told.

    JOB_ID may be the beginning of an id.
    """
    history = find_history(open_database(ctx.obj.config_file), job_id, account=account)
    if as_json:
        click.echo(document(history_json(history)))
    else:
        lines = chain.from_iterable(map(hanging, _lines(history)))
        click.echo("\n".join(lines))


def _lines(history: JobHistory) -> Iterator[str]:
    record = history.item.record
    yield heading(history)
    yield from outcome_lines(history)
    yield f"job {record.job.id}, account {history.item.account}"
    if history.acknowledged_at is not None:
        yield f"acknowledged {utc_time(history.acknowledged_at)}"
    if history.muted_until is not None:
        yield f"muted {until(history.muted_until, history.now)}"
    seen = said_once(history.events, history.deliveries)
    for (stored, _), lines in event_rows(each_alone(seen), happened, of_one_job=True):
        yield ""
        yield from lines
        if lateness(stored):
            yield lateness(stored)
        yield from explaining_lines(stored, history)
    if not history.events:
        yield ""
        yield (
            f"Nothing was told: it was first seen {utc_time(record.first_seen_at)}, at the "
            "account's first poll or as old news, and has not changed since."
        )
