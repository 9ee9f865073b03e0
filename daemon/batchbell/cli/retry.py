"""`batchbell retry`: the requests to send again, as a file."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from batchbell.cli.completing import job_ids
from batchbell.cli.job_argument import account_option
from batchbell.cli.job_files import (
    api_of,
    counted,
    files_of,
    find_target,
    input_name,
    is_gone,
    job_now,
    may_be_counted,
    spare_kept,
)
from batchbell.cli.loading import load_accounts
from batchbell.cli.retry_submitting import submitting_lines
from batchbell.core.results.job_results import ResultsState
from batchbell.core.results.selection import Include
from batchbell.errors import ApiError, BatchbellError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from batchbell.cli.cancel import Target
    from batchbell.cli.root import Invocation
    from batchbell.config import Settings
    from batchbell.core.job import BatchJob
    from batchbell.providers.port import ResultApi
    from batchbell.usecases.count_results import CountedJob
    from batchbell.usecases.write_retry import Retry


#: What `--include` says for the whole input.
_ALL = "all"


@click.command("retry")
@click.argument("job_id", metavar="JOB_ID", shell_complete=job_ids)
@account_option
@click.option(
    "--to",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write them.  [default: NAME.ID.retry.jsonl]",
)
@click.option(
    "--include",
    metavar="LIST",
    default="failed,missing",
    show_default=True,
    help="Which ones: failed, missing, empty, truncated, with commas between; or all.",
)
@click.option(
    "--skip-repair",
    "skips_repair",
    is_flag=True,
    help="Leave out those that fail again unless they are repaired.",
)
@click.option(
    "--with",
    "way",
    type=click.Choice(["curl", "cli"]),
    default="curl",
    show_default=True,
    help="What the command that submits them is for: curl, or the provider's CLI.",
)
@click.pass_context
def command(
    ctx: click.Context,
    job_id: str,
    account: str | None,
    path: Path | None,
    include: str,
    skips_repair: bool,
    way: str,
) -> None:
    """Write the requests of a job that are to be sent again, and say how to submit them.

    They are the input's own lines, byte for byte and in its order; of a job that left no files all
    of it, and of any other with --include all, as of one whose results are lost, or that has
    vanished. The job's files are read where they are kept, or at the API; a file that is there
    already is replaced, if --to names it, by a whole one only. Without anything to send, or without
    one of the files, the exit code is 1 and no file is written.
    """
    from batchbell.usecases.write_retry import TakenError

    invocation: Invocation = ctx.obj
    settings = load_accounts(invocation.config_file).settings
    wanted = _included(include)
    if wanted is None and skips_repair:
        raise UsageError(
            f"--include {_ALL} reads no result file, and so does not know what --skip-repair is to "
            "leave out: give one of the two"
        )
    target = find_target(job_id, settings, account)
    writing = _write(target, settings, invocation, path, wanted, skips_repair=skips_repair)
    try:
        said = asyncio.run(writing)
    except TakenError as error:
        raise _taken(Path(str(error))) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise BatchbellError(f"the file can't be written: {reason}") from error
    click.echo("\n".join(said.lines))
    if said.path is None:
        ctx.exit(1)
    submitting = submitting_lines(
        said.job, said.path, target, settings, invocation, way=way, once=said.once
    )
    click.echo("".join(f"{line}\n" for line in submitting), nl=False)


def _included(text: str) -> frozenset[Include] | None:
    """Return which requests are asked for; None for all, whatever came back of them."""
    names = [name.strip() for name in text.split(",")]
    if names == [_ALL]:
        return None
    try:
        return frozenset(map(Include, names))
    except ValueError:
        words = ", ".join(Include)
        raise UsageError(
            f"--include {text!r}: write {_ALL}, or one or several of {words}"
        ) from None


class _Said(NamedTuple):
    """What there is to say of a job's retry."""

    job: BatchJob
    #: Where the file is; None if nothing is to be sent again.
    path: Path | None
    lines: Sequence[str]
    #: What has to be done before the file is submitted: `Once repaired`.
    once: str = ""


async def _write(
    target: Target,
    settings: Settings,
    invocation: Invocation,
    path: Path | None,
    include: Collection[Include] | None,
    *,
    skips_repair: bool,
) -> _Said:
    """Write the file, and return what there is to say of it."""
    from batchbell.cli.terminal.called import called
    from batchbell.cli.terminal.retry_lines import (
        missing_lines,
        not_chosen_lines,
        nothing_lines,
        once_repaired,
        retry_lines,
    )
    from batchbell.core.results.retry_names import retry_name
    from batchbell.runtime.provider import shipped
    from batchbell.usecases.write_retry import NothingToSendError, Retry, write_retry

    async with api_of(target, settings, invocation) as client:
        job = await job_now(target, client)
        if not (may_be_counted(job) or (include is None and await is_gone(target, client))):
            status = job.status or "not ended"
            raise BatchbellError(f"job {job.id} is {status}: send again when it has ended")
        name = input_name(target, settings, job)
        is_named = path is not None
        path = path or Path(retry_name(name, job.id, include, skips_repair=skips_repair))
        source, kept = files_of(target, settings, client, job)
        spare_kept(path, kept)
        retry = Retry(
            include=include or (),
            skips_repair=skips_repair,
            max_bytes=settings.results.max_file_bytes,
            may_replace=is_named,
        )
        if include is None or not _left_files(job):
            if include is not None and Include.MISSING not in include:
                return _Said(job, None, [*missing_lines(called(job, name), job.id)])
            try:
                return await _write_all(source, job, path, retry)
            except NothingToSendError as error:
                return _Said(job, None, [*nothing_lines(called(job, name), str(error))])
        read = await counted(target, settings, client, job)
        why = _why_not_chosen(read)
        if why:
            raise BatchbellError("\n".join(not_chosen_lines(why, job, has_input=read.has_input)))
        try:
            written = await write_retry(
                source, shipped(), job.input_file_id or "", read, path, retry
            )
        except NothingToSendError as error:
            said = nothing_lines(
                called(job, name), str(error), read.results, include, skips_repair=skips_repair
            )
            return _Said(job, None, [*said])
    said = retry_lines(written, path, read.results, include, skips_repair=skips_repair)
    return _Said(job, path, [*said], once_repaired(written, skips_repair=skips_repair))


def _taken(path: Path) -> UsageError:
    """Return that a name is taken: what is there may have been repaired by hand."""
    from batchbell.cli.terminal.readers_clock import shown_time

    if path.is_dir():
        return UsageError(f"{path} is a directory: remove it, or name another file with --to")
    written = shown_time(datetime.fromtimestamp(path.lstat().st_mtime, UTC))
    return UsageError(
        f"{path} is there already, written {written}: remove it, or name another with --to"
    )


async def _write_all(
    source: ResultApi,
    job: BatchJob,
    path: Path,
    retry: Retry,
) -> _Said:
    """Write the whole input of a job of which nothing came back, or nobody knows what did."""
    from batchbell.cli.terminal.retry_lines import once_mended, whole_input_lines
    from batchbell.usecases.write_retry import write_whole_input

    try:
        written = await write_whole_input(
            source,
            job.input_file_id or "",
            path,
            max_bytes=retry.max_bytes,
            may_replace=retry.may_replace,
        )
    except (ApiError, UsageError) as error:
        why = str(error).removesuffix(".")
        raise BatchbellError(
            f"of job {job.id} its whole input is to be sent again; that can't be had here: {why}. "
            "Submit the file again that the job was made of."
        ) from error
    return _Said(job, path, [*whole_input_lines(written, path, job)], once_mended(job))


def _why_not_chosen(read: CountedJob) -> str:
    """Return why nobody knows which requests are to be sent again; '' if that is known."""
    results = read.results
    troubles = [f"the {file.kind} file: {file.trouble}" for file in results.files if file.trouble]
    if results.state is ResultsState.COUNTED and read.has_input and not troubles:
        return ""
    return "; ".join(troubles) or results.reason or "its input is not known"


def _left_files(job: BatchJob) -> bool:
    return bool(job.output_file_id or job.error_file_id)
