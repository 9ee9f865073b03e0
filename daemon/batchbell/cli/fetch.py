"""`batchbell fetch`: a job's result files on this machine, each whole or not there."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import account_names, job_ids
from batchbell.cli.loading import account_key, load_accounts
from batchbell.errors import BatchbellError, DatabaseError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from batchbell.cli.cancel import Target
    from batchbell.cli.root import Invocation
    from batchbell.config import Settings
    from batchbell.core.job import BatchJob
    from batchbell.providers.port import ProviderClient
    from batchbell.store.job_rows import AccountJob


@click.command("fetch")
@click.argument("jobs", metavar="JOB_ID...", nargs=-1, required=True, shell_complete=job_ids)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="DIR",
    help="Where the files go; made if it is not there.  [default: .]",
)
@click.option("--input", "with_input", is_flag=True, help="Fetch the input file too.")
@click.option(
    "--account",
    metavar="NAME",
    shell_complete=account_names,
    help="The jobs' account, if the ids alone won't do.",
)
@click.pass_obj
def command(
    invocation: Invocation,
    jobs: tuple[str, ...],
    folder: Path,
    with_input: bool,
    account: str | None,
) -> None:
    """Fetch the result files of jobs, and print where they are.

    JOB_ID.output.jsonl and JOB_ID.errors.jsonl, as far as the job has them. A file is there
    whole or not at all; one that is there already is replaced by a whole one only. No daemon and
    no database is needed; without them JOB_ID has to be the whole id.
    """
    settings = load_accounts(invocation.config_file).settings
    failed = 0
    for job in jobs:
        target = _target(job, settings, account)
        try:
            asyncio.run(_fetch(target, settings, invocation, folder, with_input=with_input))
        except OSError as error:
            reason = error.strerror or str(error)
            raise BatchbellError(f"the files can't be written to {folder}: {reason}") from error
        except BatchbellError as error:
            failed += 1
            click.echo(f"job {target.job_id} of account {target.account}: {error}", err=True)
    if failed:
        raise BatchbellError(f"files of {failed} of {len(jobs)} jobs could not be fetched")


def _target(text: str, settings: Settings, account: str | None) -> Target:
    from batchbell.cli.cancel import target_of

    found = _found(text, settings, account)
    return target_of(text, found, account=account, accounts=list(settings.accounts))


def _found(text: str, settings: Settings, account: str | None) -> list[AccountJob]:
    """Return the job in the snapshot, if there is a snapshot and it has the job."""
    from batchbell.cli.job_argument import candidates
    from batchbell.cli.reading import reading
    from batchbell.store.sqlite.database import Database

    try:
        with reading(
            Database(settings.database_url.get_secret_value(), read_only=True)
        ) as connection:
            return candidates(connection, text, account=account)
    except DatabaseError:
        return []


async def _fetch(
    target: Target, settings: Settings, invocation: Invocation, folder: Path, *, with_input: bool
) -> None:
    from batchbell.runtime.provider import shipped
    from batchbell.usecases.fetch_file import fetch_file, file_name

    section = settings.accounts[target.account]
    async with shipped().client(
        account_key(target.account, settings, invocation.config_file),
        section.base_url,
        timeout_seconds=section.request_timeout.total_seconds(),
    ) as client:
        job = await _job(target, client)
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        for kind, file_id in _files(job, with_input=with_input):
            path = folder / file_name(job.id, kind)
            with _progress(path.name) as observe:
                await fetch_file(client, file_id, path, observe=observe)
            click.echo(path)


async def _job(target: Target, client: ProviderClient) -> BatchJob:
    """Return the job as it is now, or as the snapshot has it if the API has forgotten it."""
    try:
        return await client.get_batch(target.job_id)
    except NotFoundError:
        if target.job is None:
            raise
        return target.job


def _files(job: BatchJob, *, with_input: bool) -> list[tuple[str, str]]:
    """Return kind and id of the job's files. Raises `BatchbellError` if there is no result."""
    results = [("output", job.output_file_id), ("errors", job.error_file_id)]
    if not any(file_id for _, file_id in results):
        raise BatchbellError(f"it is {job.status or 'of unknown status'} and has no result files")
    inputs = [("input", job.input_file_id)] if with_input else []
    return [(kind, file_id) for kind, file_id in (*results, *inputs) if file_id]


@contextmanager
def _progress(name: str) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how much of a file is there; yield what is told of its bytes."""
    from batchbell.cli.terminal.output import has_bars

    if not has_bars():
        yield lambda _written: None
        return
    from rich.progress import DownloadColumn, Progress, SpinnerColumn, TransferSpeedColumn

    columns = (SpinnerColumn(), "{task.description}", DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task(name, total=None)
        yield lambda written: progress.update(task, completed=written)
