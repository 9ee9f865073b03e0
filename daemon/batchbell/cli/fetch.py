"""`batchbell fetch`: a job's result files on this machine, each whole or not there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import account_names, job_ids
from batchbell.cli.job_files import (
    api_of,
    files_of,
    find_target,
    job_now,
)
from batchbell.cli.loading import load_accounts
from batchbell.errors import BatchbellError

if TYPE_CHECKING:
    from batchbell.cli.cancel import Target
    from batchbell.cli.root import Invocation
    from batchbell.config import Settings
    from batchbell.core.job import BatchJob


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
        target = find_target(job, settings, account)
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


async def _fetch(
    target: Target, settings: Settings, invocation: Invocation, folder: Path, *, with_input: bool
) -> None:
    from batchbell.usecases.fetch_file import fetch_file, file_name

    max_bytes = settings.results.max_file_bytes
    async with api_of(target, settings, invocation) as client:
        job = await job_now(target, client)
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        source, _ = files_of(target, settings, client, job)
        for kind, file_id in _files(job, with_input=with_input):
            path = folder / file_name(job.id, kind)
            await fetch_file(source, file_id, path, max_bytes=max_bytes)
            click.echo(path)


def _files(job: BatchJob, *, with_input: bool) -> list[tuple[str, str]]:
    """Return kind and id of the job's files. Raises `BatchbellError` if there is no result."""
    results = [("output", job.output_file_id), ("errors", job.error_file_id)]
    if not any(file_id for _, file_id in results):
        raise BatchbellError(f"it is {job.status or 'of unknown status'} and has no result files")
    inputs = [("input", job.input_file_id)] if with_input else []
    return [(kind, file_id) for kind, file_id in (*results, *inputs) if file_id]
