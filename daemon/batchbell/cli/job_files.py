"""What the commands about a job's files have in common: the job, its API, a bar that moves."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from batchbell.cli.loading import account_key
from batchbell.errors import ApiError, DatabaseError, NotFoundError, UsageError
from batchbell.messages.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from batchbell.cli.cancel import Target
    from batchbell.cli.root import Invocation
    from batchbell.config import Settings
    from batchbell.core.job import BatchJob
    from batchbell.providers.port import ProviderClient, ResultApi
    from batchbell.store.job_rows import AccountJob
    from batchbell.usecases.count_results import CountedJob


def find_target(text: str, settings: Settings, account: str | None) -> Target:
    """Return the job that `text` names. Raises `UsageError` if several may be meant."""
    from batchbell.cli.cancel import target_of

    found = _found(text, settings, account)
    return target_of(text, found, account=account, accounts=list(settings.accounts))


def _found(text: str, settings: Settings, account: str | None) -> list[AccountJob]:
    """Return the job in the snapshot, if there is a snapshot and it has the job."""
    from batchbell.cli.job_argument import candidates
    from batchbell.cli.reading import reading
    from batchbell.store.opening import database_at

    try:
        with reading(
            database_at(settings.database_url.get_secret_value(), read_only=True)
        ) as connection:
            return candidates(connection, text, account=account)
    except DatabaseError:
        return []


@asynccontextmanager
async def api_of(
    target: Target, settings: Settings, invocation: Invocation
) -> AsyncIterator[ProviderClient]:
    """Open the API of a job's account."""
    from batchbell.runtime.provider import shipped

    section = settings.accounts[target.account]
    async with shipped().client(
        account_key(target.account, settings, invocation.config_file),
        section.base_url,
        timeout_seconds=section.request_timeout.total_seconds(),
    ) as client:
        yield client


async def job_now(target: Target, client: ProviderClient) -> BatchJob:
    """Return the job as it is now, or as the snapshot has it if it has ended there.

    The latter is for an API that has forgotten the job, or can't be asked.
    """
    try:
        return await client.get_batch(target.job_id)
    except NotFoundError:
        if target.job is None:
            raise
    except ApiError:
        if target.job is None or not target.job.finished:
            raise
    return target.job


def files_of(
    target: Target, settings: Settings, client: ProviderClient
) -> tuple[ResultApi, Mapping[str, Path]]:
    """Return what has the job's files, and those of them that are kept here, by their ids."""
    from batchbell.usecases.kept_files import KeptFirst, kept_files

    folder = settings.results.folder
    kept = kept_files(Path(folder), target.account, target.job_id) if folder else {}
    return KeptFirst(client, kept), kept


async def counted(
    target: Target, settings: Settings, client: ProviderClient, job: BatchJob
) -> CountedJob:
    """Count what came back of a job; on a terminal with a bar."""
    from batchbell.clock import Clock
    from batchbell.core.results.cost import cost_of
    from batchbell.runtime.provider import shipped
    from batchbell.usecases.count_results import ResultCount

    source, kept = files_of(target, settings, client)
    max_bytes = settings.results.max_file_bytes
    with progress_of("reading") as observe:
        count = ResultCount(source, shipped(), max_bytes=max_bytes, observe=observe)
        read = await count.count(job, account=target.account, now=Clock().now())
    files = tuple(
        replace(file, path=str(kept[file.id])) if file.id in kept and file.sha256 else file
        for file in read.results.files
    )
    cost = cost_of(read.results.tokens, settings.price_of(job.model_id))
    return replace(read, results=replace(read.results, files=files, cost=cost))


async def size_for_bar(client: ProviderClient, kept: Path | None, file_id: str) -> int | None:
    """Return how large a file is said to be, bytes; None if no bar is shown, or nobody knows."""
    from batchbell.cli.terminal.output import has_bars
    from batchbell.usecases.kept_files import size_of

    if not has_bars():
        return None
    if kept is not None:
        return size_of(kept)
    try:
        return await client.fetch_file_size(file_id)
    except (ApiError, UsageError):
        return None


@contextmanager
def progress_of(name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how much of a file is there; yield what is told of its bytes.

    `total` is what it has in all, bytes; None if that is not known.
    """
    from batchbell.cli.terminal.output import has_bars

    if not has_bars():
        yield lambda _written: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    columns = ("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task(one_line(name), total=total)
        yield lambda written: progress.update(task, completed=written)
