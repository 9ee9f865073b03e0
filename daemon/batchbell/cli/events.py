"""`batchbell events`: the event log."""

from __future__ import annotations

import shlex
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import event_kinds, job_ids
from batchbell.cli.durations import DurationType
from batchbell.cli.job_argument import account_option, find_history, find_job
from batchbell.cli.reading import corrected_now, open_database, reading
from batchbell.cli.terminal.event_rows import event_rows
from batchbell.cli.terminal.hanging import command_lines, hanging, is_narrow
from batchbell.cli.terminal.job_heading import heading
from batchbell.cli.terminal.job_help import help_with
from batchbell.cli.terminal.output import on_terminal
from batchbell.config.durations import format_duration
from batchbell.core.event import EventKind
from batchbell.errors import UsageError
from batchbell.json_views.events import event_json
from batchbell.json_views.writing import document
from batchbell.messages.event_folds import each_alone, folded
from batchbell.messages.job_step import job_command
from batchbell.messages.plain_text import counted
from batchbell.store import accounts, events
from batchbell.store.views.said_once import said_once

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from batchbell.core.event import Event
    from batchbell.store.database import Transaction
    from batchbell.store.events import EventFilter, StoredEvent
    from batchbell.store.views.job import JobHistory

#: Events shown as text unless more are asked for.
USUAL_LIMIT = 100


@click.command()
@click.option(
    "--job",
    "job_id",
    metavar="JOB_ID",
    shell_complete=job_ids,
    help="Only this job's; a beginning, or the input file's name, will do.",
)
@account_option
@click.option("--since", type=DurationType(), metavar="2d", help="Only those seen since then.")
@click.option(
    "--kind",
    metavar="GLOB",
    shell_complete=event_kinds,
    help='Only these kinds, such as "batch.*".',
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the last so many  [default: 100].")
@click.option("--all", "everything", is_flag=True, help="Each in a row of its own, small news too.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array; no default limit.")
@click.pass_context
def command(
    ctx: click.Context,
    job_id: str | None,
    account: str | None,
    since: timedelta | None,
    kind: str | None,
    limit: int | None,
    everything: bool,
    as_json: bool,
) -> None:
    """Show what happened, oldest first, with the time it was seen.

    On a terminal an end and the verdict on its results are one row, and so are small news one
    behind the other: that jobs were created or progress.
    """
    if kind is not None:
        require_kind(kind)
    with reading(open_database(ctx.obj.config_file)) as connection:
        moment = corrected_now(accounts.load_all(connection)) - since if since else None
        wanted = events.EventFilter(account=account, since=moment, kind_like=kind)
        most = limit if as_json else limit or USUAL_LIMIT
        shown, size = _found(connection, job_id, wanted, most)
    if as_json:
        click.echo(document([event_json(stored) for stored in shown]))
        return
    if len(shown) < size:
        command = _command(job_id, account, since, kind, size, everything=everything)
        click.echo(f"{counted(size - len(shown), 'older event')}: {command}")
    seen = said_once(shown, {})
    # Who names a kind wants each of it.
    folds = each_alone(seen) if everything or kind else folded(seen, _event_of)
    history = None
    if job_id is not None and on_terminal():
        history = find_history(open_database(ctx.obj.config_file), job_id, account=account)
        click.echo("\n".join(hanging(heading(history))))
    for _, lines in event_rows(folds, _seen, of_one_job=job_id is not None):
        click.echo("\n".join(lines))
    if not shown:
        click.echo("No such events." if job_id or account or since or kind else "No events yet.")
    elif on_terminal():
        click.echo("\n".join(("", *_more(history))))


def _more(history: JobHistory | None) -> Iterator[str]:
    """Yield what has more about one job."""
    if history is None:
        # Where names have no ids behind them they do as well.
        which = "NAME" if is_narrow() else "JOB_ID"
        yield f"About one job, and what to do: batchbell show {which}"
    elif show := job_command("show", history.item.record.job.id):
        yield from command_lines("What to do" if help_with(history).text else "More of it", show)


def _command(
    job_id: str | None,
    account: str | None,
    since: timedelta | None,
    kind: str | None,
    size: int,
    *,
    everything: bool,
) -> str:
    """Return what shows all that is asked for."""
    asked = {
        "--job": job_id,
        "--account": account,
        "--since": since and format_duration(since),
        "--kind": kind,
    }
    options = [f"{name} {shlex.quote(text)}" for name, text in asked.items() if text]
    options += ["--all"] if everything else []
    return " ".join(["batchbell events", *options, f"--limit {size}"])


def _seen(event: Event) -> datetime:
    return event.seen_at


def _event_of(stored: StoredEvent) -> Event:
    return stored.event


def require_kind(glob: str) -> None:
    """Raise `UsageError` for a glob that no kind of event can match, with the nearest kind."""
    if not any(fnmatchcase(kind, glob) for kind in EventKind):
        from batchbell.config.nearest import nearest

        right = nearest(glob, [kind.value for kind in EventKind])
        raise UsageError(f"no kind of event is {glob!r}: do you mean {right!r}?")


def _found(
    transaction: Transaction, job_id: str | None, wanted: EventFilter, most: int | None
) -> tuple[Sequence[StoredEvent], int]:
    """Return the youngest `most` events, and how many there are; of one job by its own index."""
    if job_id is None:
        shown = events.log(transaction, wanted, limit=most)
        return shown, len(shown) if most is None else events.log_size(transaction, wanted)
    item = find_job(transaction, job_id, account=wanted.account)
    found = [
        stored
        for stored in events.of_job(transaction, item.account, item.record.job.id)
        if (wanted.since is None or stored.event.seen_at >= wanted.since)
        and (wanted.kind_like is None or fnmatchcase(stored.event.kind, wanted.kind_like))
    ]
    return found[-most if most else 0 :], len(found)
