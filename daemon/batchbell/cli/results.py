"""`batchbell results`: whether everything came back, as counted in the files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import job_ids
from batchbell.cli.job_argument import account_option
from batchbell.cli.job_files import api_of, counted, find_target, job_now
from batchbell.cli.loading import load_accounts
from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import ResultsState

if TYPE_CHECKING:
    from batchbell.cli.cancel import Target
    from batchbell.cli.root import Invocation
    from batchbell.config import Settings
    from batchbell.core.results.job_results import JobResults

#: What the exit code says besides 0: everything came back.
NOT_COUNTED, NOT_ALL = 1, 3


@click.command("results")
@click.argument("job_id", metavar="JOB_ID", shell_complete=job_ids)
@account_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, job_id: str, account: str | None, as_json: bool) -> None:
    """Count what came back of a job: how many requests, why not all, at which tokens.

    Its input, output and error file are read through at the API; nothing of them is kept. No
    daemon and no database is needed; without them JOB_ID has to be the whole id.

    The exit code is 0 if everything came back, 3 if not all did or that is not known, 1 if
    nothing could be counted.
    """
    from batchbell.cli.terminal.results_lines import results_lines
    from batchbell.json_views.results import results_json
    from batchbell.json_views.writing import document

    settings = load_accounts(ctx.obj.config_file).settings
    target = find_target(job_id, settings, account)
    results = asyncio.run(_count(target, settings, ctx.obj))
    click.echo(document(results_json(results)) if as_json else "\n".join(results_lines(results)))
    ctx.exit(exit_code(results))


def exit_code(results: JobResults) -> int:
    """Return what a script learns of it."""
    if results.state is not ResultsState.COUNTED:
        return NOT_COUNTED
    return 0 if results.verdict is Verdict.COMPLETE else NOT_ALL


async def _count(target: Target, settings: Settings, invocation: Invocation) -> JobResults:
    async with api_of(target, settings, invocation) as client:
        job = await job_now(target, client)
        read = await counted(client, job, target.account, max_bytes=settings.results.max_file_bytes)
    return read.results
