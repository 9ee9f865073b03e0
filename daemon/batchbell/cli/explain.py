"""`batchbell explain`: who was told of a job's events, who was not, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import job_ids
from batchbell.cli.job_argument import account_option, find_history
from batchbell.cli.reading import open_database
from batchbell.cli.terminal.emphasis import decided
from batchbell.cli.terminal.event_lines import dim
from batchbell.cli.terminal.hanging import command_block, command_lines, hanging, step_block
from batchbell.cli.terminal.job_fields import error_of_end
from batchbell.cli.terminal.job_heading import heading
from batchbell.cli.terminal.job_help import act_severity_of, help_with, steps_of
from batchbell.cli.terminal.mute_words import unmute_command, until
from batchbell.cli.terminal.outcome_line import outcome_lines, outcome_of, who_was_not_told
from batchbell.cli.terminal.output import on_terminal
from batchbell.cli.terminal.readers_clock import shown_time
from batchbell.cli.terminal.timeline import rows_of, timeline
from batchbell.cli.terminal.told_rows import Teller
from batchbell.json_views.events import history_json
from batchbell.json_views.writing import document
from batchbell.messages.job_step import job_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.messages.event_folds import Fold
    from batchbell.messages.standing_advice import Help
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

    JOB_ID may be the beginning of an id, or the input file's name. On a terminal small news are one
    row, and what holds for a channel is said once.
    """
    history = find_history(open_database(ctx.obj.config_file), job_id, account=account)
    if as_json:
        click.echo(document(history_json(history)))
        return
    outcome = outcome_of(history)
    helps = help_with(history)
    head = [*hanging(heading(history)), *_now(history, helps), *_what_to_do(history, helps)]
    about = [*_about(history)]
    if outcome is None:
        groups = [head + about, [*_nothing(history)], [*_end_the_mute(history)]]
    else:
        told, *rest = _told(history, outcome, everything=everything or not on_terminal())
        commands = [*command_block(who_was_not_told(outcome, history)), *_end_the_mute(history)]
        groups = [head, told, commands, about, *rest]
    click.echo("\n\n".join("\n".join(group) for group in groups if group))


def _about(history: JobHistory) -> Iterator[str]:
    job = history.item.record.job
    yield dim(f"job {job.id}, account {history.item.account}")


def _now(history: JobHistory, helps: Help) -> Iterator[str]:
    """Yield why it failed and what to do with it, as `show` does, and why nobody is told more."""
    if error := error_of_end(history.item.record.job):
        yield from hanging(error, below=0)
    if helps.text:
        yield from hanging(decided(helps.text, act_severity_of(history)), below=0)
    if history.acknowledged_at is not None:
        yield f"{click.style('acknowledged', bold=True)} {shown_time(history.acknowledged_at)}"
    if history.muted_until is not None:
        ends = until(history.muted_until, history.now)
        muted = click.style("muted", bold=True)
        yield from hanging(f"{muted} {ends}: nobody is told what happens, not even later")


def _what_to_do(history: JobHistory, helps: Help) -> Iterator[str]:
    """Yield the first thing to do, and what has all of it."""
    first = steps_of(history, helps)[:1]
    show = job_command("show", history.item.record.job.id) if helps.text else ""
    if first and show:
        yield from step_block(first)
        yield from command_lines("All steps", show)
    elif show:
        yield from command_lines("What to do", show)


def _end_the_mute(history: JobHistory) -> Iterator[str]:
    ends = (("End the mute", unmute_command(mute)) for mute in history.mutes)
    yield from command_block((label, command) for label, command in ends if command)


def _told(history: JobHistory, outcome: Fold[StoredEvent], *, everything: bool) -> list[list[str]]:
    """Return who was told of what matters most, all that happened, and what tells more."""
    teller = Teller(history, everything=False)
    told = [*outcome_lines(outcome, teller)]
    folds = rows_of(history, everything=everything)
    if everything:
        teller = Teller(history, everything=True)
    rows = timeline(folds, teller, told_above=outcome.first, with_not_told=True)
    more = [] if everything else [*_more(history, folds)]
    return [told, [*rows], more]


def _more(history: JobHistory, folds: list[Fold[StoredEvent]]) -> Iterator[str]:
    everything = job_command("explain --all", history.item.record.job.id)
    if everything and any(fold.others for fold in folds):
        yield from command_lines("Each event and each attempt", everything)


def _nothing(history: JobHistory) -> Iterator[str]:
    first = shown_time(history.item.record.first_seen_at)
    yield from hanging(
        f"Nothing was told: it was first seen {first}, at the account's first poll or as old news, "
        "and has not changed since."
    )
