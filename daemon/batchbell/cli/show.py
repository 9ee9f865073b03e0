"""`batchbell show`: everything about one job, and its timeline."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import job_ids
from batchbell.cli.job_argument import account_option, find_history
from batchbell.cli.reading import open_database
from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.hanging import command_block, hanging
from batchbell.cli.terminal.job_heading import heading
from batchbell.cli.terminal.mute_words import until
from batchbell.cli.terminal.outcome_line import who_lacks
from batchbell.cli.terminal.outlook_words import AT_RISK
from batchbell.cli.terminal.output import on_terminal
from batchbell.cli.terminal.phrases import ago, ahead
from batchbell.cli.terminal.signs import between
from batchbell.cli.terminal.sparkline import sparkline
from batchbell.cli.terminal.timeline import rows_of, timeline
from batchbell.cli.terminal.told_rows import Teller
from batchbell.core.awaiting import results_facts
from batchbell.core.ended import ended_at
from batchbell.core.forecast.prospect import prospect_of, stands_still
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import Reason
from batchbell.json_views.events import brief_history_json
from batchbell.json_views.writing import document
from batchbell.messages.advice import job_command
from batchbell.messages.event_words import can_be_drawn
from batchbell.messages.forecast_words import describe_job, why_it_cant
from batchbell.messages.job_commands import as_it_stands
from batchbell.messages.plain_text import cut, one_line, percent, short_times, utc_time
from batchbell.messages.results_line import results_line
from batchbell.messages.standing_advice import what_helps
from batchbell.runtime.provider import shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.messages.standing_advice import Help
    from batchbell.store.views.job import JobHistory

#: Of a job that failed so much of its error stands above everything else, characters.
_ERROR_CHARS = 200
_INDENT = "    "


@click.command()
@click.argument("job_id", metavar="JOB_ID", shell_complete=job_ids)
@account_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, job_id: str, account: str | None, as_json: bool) -> None:
    """Show everything about one job: its fields, and who was told of what happened to it.

    JOB_ID may be the beginning of an id. batchbell explain tells more about deliveries.
    """
    history = find_history(open_database(ctx.obj.config_file), job_id, account=account)
    if as_json:
        click.echo(document(brief_history_json(history)))
    else:
        helps = _what_helps(history)
        parts = (
            [heading(history)],
            _broken([*_error(history.item.record.job), *filter(None, [helps.text])], below=0),
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


def _error(job: BatchJob) -> Iterator[str]:
    if job.finished and job.error:
        yield cut(one_line(job.error), _ERROR_CHARS)


def _what_helps(history: JobHistory) -> Help:
    events = (stored.event for stored in history.events)
    record, words = history.item.record, shipped().words
    return what_helps(record, history.outlook, events, words, history.now)


def _commands(history: JobHistory, helps: Help) -> Iterator[str]:
    """Yield what is to be copied, each behind what it does."""
    facts = None if history.results is None else results_facts(history.results)
    labelled = as_it_stands(
        history.item.record.job,
        facts,
        cancels=helps.cancels,
        is_open_failure=history.is_open_failure,
    )
    yield from command_block(labelled)


def field_lines(history: JobHistory) -> Iterator[str]:
    """Yield the fields that have a value, one a line; a long value goes on below itself."""
    fields = [(label, text) for label, text in _fields(history) if text]
    width = max(len(label) for label, _ in fields)
    for label, text in fields:
        yield from hanging(f"{label:<{width}}  {text}", below=width + 2)


def _fields(history: JobHistory) -> Iterator[tuple[str, str]]:
    record, now = history.item.record, history.now
    job = record.job
    standing = job_standing(record, now, results=history.results)
    status = painted(job.status or "not given", standing.severity)
    yield "Job", job.id
    yield "Account", history.item.account
    yield "Status", f"{status}, known since {_at(record.status_since, now)}"
    if standing.has(Reason.VANISHED):
        yield "Listed", f"no longer, since {_at(record.missing_since, now)}"
    yield "Progress", _progress(history)
    yield "Results", results_line(history.results, between=between())
    yield "Over time", _over_time(history)
    yield "Model", job.model_id or ""
    yield "Endpoint", job.endpoint or ""
    yield "Created", _at(job.created_at, now)
    yield "Ended", _at(ended_at(record), now)
    overdue = ", and it is not finished" if standing.has(Reason.OVERDUE) else ""
    cant = why_it_cant(prospect_of(record, history.outlook, now))
    at_risk = f", {AT_RISK}" if standing.has(Reason.AT_RISK) else ""
    at_risk = f", can't make it: {cant}" if cant else at_risk
    if not job.finished:
        yield "Deadline", _at(job.job_deadline, now) + overdue + at_risk
    outlook = history.outlook
    has_forecast = outlook is not None and not stands_still(record, outlook, now)
    yield "Forecast", describe_job(record, outlook, now) if outlook and has_forecast else ""
    name = one_line(history.input_file)
    size = "" if job.file_size_bytes is None else f"{job.file_size_bytes:,} bytes"
    # A long name takes a whole line.
    yield "Input name", name
    yield "Input file", ", ".join(filter(None, (job.input_file_id, size)))
    yield "Output file", job.output_file_id or ""
    yield "Error file", job.error_file_id or ""
    error = one_line(job.error or "")
    yield "Error", "" if job.finished and len(error) <= _ERROR_CHARS else error
    yield "User", job.user_id or ""
    yield "Acknowledged", _at(history.acknowledged_at, now)
    yield "Muted", "" if history.muted_until is None else until(history.muted_until, now)
    yield "First seen", _at(record.first_seen_at, now)
    yield "Last seen", _at(record.last_seen_at, now)


def _timeline(history: JobHistory) -> Iterator[str]:
    if not history.events:
        yield "No events: it was already there at the first poll, and nothing happened since."
        return
    teller = Teller(history, everything=False)
    waiting = teller.waiting()
    if waiting:
        yield click.style("Waiting", bold=True)
        yield from teller.lines(waiting, "  ")
        yield ""
    yield click.style("Timeline", bold=True)
    yield from timeline(rows_of(history, everything=not on_terminal()), teller, with_not_told=False)
    helps = [*command_block(who_lacks(history))]
    yield from ("", *helps) if helps else ()
    why = job_command("explain", history.item.record.job.id)
    if why and any(stored.not_told for stored in history.events):
        yield from ("", "Who was not told, and why:", f"{_INDENT}{why}")


def _at(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return ""
    relative = ahead(moment, now) if moment > now else ago(moment, now)
    return f"{utc_time(moment)} ({relative})"


def _progress(history: JobHistory) -> str:
    """Return how much is done and since when; for how long, of a standstill, is said elsewhere."""
    record, now = history.item.record, history.now
    if record.job.progress is None:
        return ""
    done, since = percent(record.job.progress), record.progress_since
    if prospect_of(record, history.outlook, now).still_for is not None:
        return f"{done} since {utc_time(since)}"
    return f"{done}, seen {_at(since, now)}"


def _over_time(history: JobHistory) -> str:
    """Return the progress as signs between those of its ends and their times; '' if it never moved.

    The line is as high as all of a job: what little moved shows in the numbers alone.
    """
    if not can_be_drawn(history.samples):
        return ""
    until = ended_at(history.item.record) or history.now
    drawn = sparkline(history.samples, until)
    if not drawn:
        return ""
    (began, least), (_, most) = history.samples[0], history.samples[-1]
    first, last = short_times(began, until)
    return f"{first} {percent(least)} {drawn} {percent(most)} {last} UTC"
