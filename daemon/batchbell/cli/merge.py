"""`batchbell merge`: one result of a job and of those that sent its requests again."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import account_names, job_ids
from batchbell.cli.job_files import api_of, files_of, find_target, job_now, spare_kept
from batchbell.cli.loading import load_accounts
from batchbell.cli.results import exit_code
from batchbell.core.results.job_results import JobResults, ResultsState
from batchbell.errors import BatchbellError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.cli.cancel import Target
    from batchbell.cli.root import Invocation
    from batchbell.config import Settings
    from batchbell.usecases.merge_results import Merged, MergedJob


@click.command("merge")
@click.argument("job_id", metavar="JOB_ID", shell_complete=job_ids)
@click.argument("retries", metavar="RETRY_ID...", nargs=-1, required=True, shell_complete=job_ids)
@click.option(
    "--to",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    required=True,
    help="Where to write the answers; what still failed goes beside it.",
)
@click.option(
    "--account",
    metavar="NAME",
    shell_complete=account_names,
    help="The jobs' account, if the ids alone won't do.",
)
@click.pass_context
def command(
    ctx: click.Context, job_id: str, retries: tuple[str, ...], path: Path, account: str | None
) -> None:
    """Make one output of a job and of the jobs that sent its requests again.

    FILE gets a line for each answered request of the first job's input, in its order: the best
    answer, of two as good ones that of the later argument. What still failed goes to FILE's name
    with .errors before its ending. A file is there whole or not at all.

    The exit code is 0 if everything came back, 3 if not all did, 1 if a file is not to be had.
    """
    from batchbell.cli.terminal.results_lines import results_lines
    from batchbell.messages.plain_text import counted

    settings = load_accounts(ctx.obj.config_file).settings
    targets = [find_target(text, settings, account) for text in (job_id, *retries)]
    if len({(target.account, target.job_id) for target in targets}) < len(targets):
        raise UsageError("a job is named twice: name each of them once")
    try:
        results, merged = asyncio.run(_merge(targets, settings, ctx.obj, path))
    except OSError as error:
        reason = error.strerror or str(error)
        raise BatchbellError(f"{path} can't be written: {reason}") from error
    click.echo("\n".join(results_lines(results)))
    click.echo(f"{counted(merged.answers, 'answer')}: {path}")
    if merged.failures:
        click.echo(f"{counted(merged.failures, 'error')}: {merged.errors}")
    ctx.exit(exit_code(results))


async def _merge(
    targets: Sequence[Target], settings: Settings, invocation: Invocation, path: Path
) -> tuple[JobResults, Merged]:
    from batchbell.core.results.cost import cost_of
    from batchbell.runtime.provider import shipped
    from batchbell.usecases.merge_results import ResultMerge

    async with AsyncExitStack() as stack:
        jobs = [await _job(target, settings, invocation, stack, path) for target in targets]
        max_bytes = settings.results.max_file_bytes
        merge = ResultMerge(shipped(), max_bytes=max_bytes)
        merged = await merge.merge(jobs, path)
    models = {each.job.model_id for each in jobs}
    price = settings.price_of(models.pop()) if len(models) == 1 else None
    results = JobResults(
        account=targets[0].account,
        job_id=jobs[0].job.id,
        status=jobs[0].job.status or "",
        state=ResultsState.COUNTED,
        verdict=merged.counted.verdict,
        counts=merged.counted.counts,
        tokens=merged.counted.tokens,
        cost=cost_of(merged.counted.tokens, price),
        causes=merged.counted.causes,
    )
    return results, merged


async def _job(
    target: Target, settings: Settings, invocation: Invocation, stack: AsyncExitStack, path: Path
) -> MergedJob:
    from batchbell.usecases.merge_results import MergedJob

    client = await stack.enter_async_context(api_of(target, settings, invocation))
    job = await job_now(target, client)
    if not job.finished:
        raise BatchbellError(f"job {job.id} is {job.status}: merge it when it has ended")
    source, kept = files_of(target, settings, client, job)
    spare_kept(path, kept)
    return MergedJob(job=job, source=source)
