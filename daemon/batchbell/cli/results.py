"""`batchbell results`: whether everything came back, as counted in the files."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import job_ids
from batchbell.cli.job_argument import account_option
from batchbell.cli.job_files import api_of, counted, find_target, job_now, may_be_counted
from batchbell.cli.loading import load_accounts
from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import JobResults, ResultsState
from batchbell.errors import ApiError, DatabaseError, NotFoundError

if TYPE_CHECKING:
    from batchbell.cli.cancel import Target
    from batchbell.cli.root import Invocation
    from batchbell.cli.terminal.results_head import KnownJob
    from batchbell.config import Settings

#: What the exit code says besides 0: everything came back.
NOT_COUNTED, NOT_ALL = 1, 3


@click.command("results")
@click.argument("job_id", metavar="JOB_ID", shell_complete=job_ids)
@account_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--refresh", is_flag=True, help="Count anew what was counted before.")
@click.pass_context
def command(
    ctx: click.Context, job_id: str, account: str | None, as_json: bool, refresh: bool
) -> None:
    """Say what came back of a job: how many requests, why not all, at which tokens.

    What the daemon counted is shown. Otherwise input, output and error file are read through now,
    where they are kept or at the API, and nothing of them is kept. No daemon and no database is
    needed; without them JOB_ID has to be the whole id.

    The exit code is 0 if everything came back, 3 if not all did or that is not known, 1 if
    nothing could be counted.
    """
    from batchbell.cli.terminal.output import on_terminal
    from batchbell.cli.terminal.results_head import headed_lines
    from batchbell.cli.terminal.results_lines import results_lines
    from batchbell.clock import Clock
    from batchbell.json_views.results import results_json
    from batchbell.json_views.writing import document

    settings = load_accounts(ctx.obj.config_file).settings
    target = find_target(job_id, settings, account)
    results = _results(target, settings, ctx.obj, refresh=refresh)
    if as_json:
        click.echo(document(results_json(results)))
    elif on_terminal():
        known = _known(target, settings)
        click.echo("\n".join(headed_lines(results, known, Clock().now())))
    else:
        # A script knows of which job it asks, and goes by the first word.
        click.echo("\n".join(results_lines(results)))
    ctx.exit(exit_code(results))


def exit_code(results: JobResults) -> int:
    """Return what a script learns of it."""
    if results.state is not ResultsState.COUNTED:
        return NOT_COUNTED
    return 0 if results.verdict is Verdict.COMPLETE else NOT_ALL


def _results(
    target: Target, settings: Settings, invocation: Invocation, *, refresh: bool
) -> JobResults:
    """Return what is stored, if it is of the job as the snapshot has it, or else count."""
    from batchbell.core.results.cost import cost_of

    stored = _stored(target, settings)
    if stored is not None and stored.state is ResultsState.COUNTED and not refresh:
        price = settings.price_of(target.job.model_id if target.job else None)
        return replace(stored, cost=stored.cost or cost_of(stored.tokens, price))
    found = asyncio.run(_count(target, settings, invocation))
    if found.state is ResultsState.COUNTED:
        _store(target, settings, found)
    elif stored is not None and stored.state is ResultsState.LOST:
        return stored
    return found


async def _count(target: Target, settings: Settings, invocation: Invocation) -> JobResults:
    unknown = JobResults(
        account=target.account, job_id=target.job_id, status="", state=ResultsState.WAITING
    )
    async with api_of(target, settings, invocation) as client:
        try:
            job = await job_now(target, client)
        except NotFoundError:
            raise
        except ApiError as error:
            return replace(unknown, reason=str(error))
        if may_be_counted(job):
            return (await counted(target, settings, client, job)).results
    return replace(unknown, status=job.status or "", reason=f"it is {job.status or 'not ended'}")


def _stored(target: Target, settings: Settings) -> JobResults | None:
    """Return what the database knows of this very end of the job, with these very files."""
    from batchbell.cli.reading import reading
    from batchbell.core.results.collecting import is_outdated
    from batchbell.store import results
    from batchbell.store.opening import database_at

    if target.job is None:
        return None
    url = settings.database_url.get_secret_value()
    try:
        with reading(database_at(url, read_only=True)) as connection:
            found = results.load(connection, target.account, target.job.id)
    except DatabaseError:
        return None
    return None if found is None or is_outdated(found, target.job) else found


def _known(target: Target, settings: Settings) -> KnownJob:
    """Return what the database knows of the job."""
    from batchbell.cli.job_argument import find_history
    from batchbell.cli.terminal.event_lines import called_by
    from batchbell.cli.terminal.results_head import KnownJob
    from batchbell.messages.subject import short_id
    from batchbell.store.opening import database_at

    if target.job is None:
        return KnownJob(short_id(target.job_id))
    database = database_at(settings.database_url.get_secret_value(), read_only=True)
    history = find_history(database, target.job_id, account=target.account)
    return KnownJob(called_by(history), target.job, history.input_file, history.asks_for_ack)


def _store(target: Target, settings: Settings, found: JobResults) -> None:
    """Note what was counted for page and messages, if there is a database that we may write to."""
    from batchbell.clock import Clock
    from batchbell.store.opening import database_at
    from batchbell.usecases.record_results import record_results

    if target.job is None:
        return
    database = database_at(settings.database_url.get_secret_value())
    try:
        record_results(database, found, Clock().now())
    except DatabaseError:
        # It was asked what came back, and that is known.
        return
    finally:
        database.close()
