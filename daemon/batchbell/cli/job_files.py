"""What the commands about a job's files have in common: the job, its API, a bar that moves."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from batchbell.cli.loading import account_key
from batchbell.errors import DatabaseError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from batchbell.cli.cancel import Target
    from batchbell.cli.root import Invocation
    from batchbell.config import Settings
    from batchbell.core.job import BatchJob
    from batchbell.providers.port import ProviderClient
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
    """Return the job as it is now, or as the snapshot has it if the API has forgotten it."""
    try:
        return await client.get_batch(target.job_id)
    except NotFoundError:
        if target.job is None:
            raise
        return target.job


async def counted(
    client: ProviderClient, job: BatchJob, account: str, *, max_bytes: int
) -> CountedJob:
    """Count what came back of a job; on a terminal with a bar."""
    from batchbell.clock import Clock
    from batchbell.runtime.provider import shipped
    from batchbell.usecases.count_results import ResultCount

    with progress_of("reading") as observe:
        count = ResultCount(client, shipped(), max_bytes=max_bytes, observe=observe)
        return await count.count(job, account=account, now=Clock().now())


@contextmanager
def progress_of(name: str) -> Iterator[Callable[[int], None]]:
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
