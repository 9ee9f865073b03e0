"""`batchbell explain`: who was told of a job's events, who was not, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import job_ids
from batchbell.cli.job_argument import account_option, find_history
from batchbell.cli.reading import open_database
from batchbell.cli.terminal.event_lines import dim
from batchbell.cli.terminal.hanging import command_block, hanging
from batchbell.cli.terminal.job_heading import heading
from batchbell.cli.terminal.mute_words import until
from batchbell.cli.terminal.outcome_line import commands, outcome_lines, outcome_of
from batchbell.cli.terminal.output import on_terminal
from batchbell.cli.terminal.readers_clock import shown_time
from batchbell.cli.terminal.timeline import rows_of, timeline
from batchbell.cli.terminal.told_rows import Teller
from batchbell.json_views.events import history_json
from batchbell.json_views.writing import document
from batchbell.messages.advice import job_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.messages.event_folds import Fold
    from batchbell.store.events import StoredEvent
    from batchbell.store.views.job import JobHistory


@click.command()
@click.argument("job_id", metavar="JOB_ID", shell_complete=job_ids)
@account_option
@click.option("--all", "everything", is_flag=True, help="Each event and each attempt.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    ctx: click.Context, job_id: str, account: str | None, everything: bool, as_json: bool
) -> None:
    """Show who was told of each event of a job, which attempts failed, and who was not told.

    JOB_ID may be the beginning of an id. On a terminal small news are one row, and what holds for a
    channel is said once.
    """
    history = find_history(open_database(ctx.obj.config_file), job_id, account=account)
    if as_json:
        click.echo(document(history_json(history)))
        return
    outcome = outcome_of(history)
    head, about = [*hanging(heading(history)), *_kept_quiet(history)], [*_about(history)]
    if outcome is None:
        groups = [head + about, [*_nothing(history)]]
    else:
        told, *rest = _told(history, outcome, everything=everything or not on_terminal())
        groups = [head + told, about, *rest]
    click.echo("\n\n".join("\n".join(group) for group in groups if group))


def _about(history: JobHistory) -> Iterator[str]:
    job = history.item.record.job
    yield dim(f"job {job.id}, account {history.item.account}")


def _kept_quiet(history: JobHistory) -> Iterator[str]:
    """Yield why nobody is told more of the job, of which it is asked first."""
    if history.acknowledged_at is not None:
        yield f"acknowledged {shown_time(history.acknowledged_at)}"
    if history.muted_until is not None:
        yield f"muted {until(history.muted_until, history.now)}"


def _told(history: JobHistory, outcome: Fold[StoredEvent], *, everything: bool) -> list[list[str]]:
    """Return who was told of what matters most, what helps where somebody was not, and the rest."""
    teller = Teller(history, everything=False)
    told = [*outcome_lines(outcome, teller)]
    helps = [*command_block(commands(outcome, history))]
    folds = rows_of(history, everything=everything)
    if everything:
        teller = Teller(history, everything=True)
    rows = timeline(folds, teller, told_above=outcome.first, with_not_told=True)
    more = [] if everything else [*_more(history, folds)]
    return [told, helps, [*rows], more]


def _more(history: JobHistory, folds: list[Fold[StoredEvent]]) -> Iterator[str]:
    everything = job_command("explain --all", history.item.record.job.id)
    if everything and any(fold.others for fold in folds):
        yield dim("Each event and each attempt:")
        yield dim(f"    {everything}")


def _nothing(history: JobHistory) -> Iterator[str]:
    first = shown_time(history.item.record.first_seen_at)
    yield from hanging(
        f"Nothing was told: it was first seen {first}, at the account's first poll or as old news, "
        "and has not changed since."
    )
