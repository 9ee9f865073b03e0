"""What the commands about a job's files have in common: the job, its API, its files."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from batchbell.cli.loading import account_key
from batchbell.core.provider import JobState
from batchbell.errors import ApiError, DatabaseError, NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

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


async def is_gone(target: Target, client: ProviderClient) -> bool:
    """Whether the API does not know the job any more."""
    try:
        await client.get_batch(target.job_id)
    except NotFoundError:
        return True
    return False


def input_name(target: Target, settings: Settings, job: BatchJob) -> str:
    """Return what the input file is called; '' if the snapshot does not say."""
    from batchbell.cli.reading import reading
    from batchbell.store import files
    from batchbell.store.opening import database_at

    url = settings.database_url.get_secret_value()
    try:
        with reading(database_at(url, read_only=True)) as connection:
            return files.name_of(connection, target.account, job.input_file_id)
    except DatabaseError:
        return ""


def may_be_counted(job: BatchJob) -> bool:
    """Whether a job has ended, or has files under a status that nobody knows.

    What a job that runs has so far says nothing of what it will have.
    """
    has_files = bool(job.output_file_id or job.error_file_id)
    return job.finished or (job.state is JobState.UNKNOWN and has_files)


def files_of(
    target: Target, settings: Settings, client: ProviderClient, job: BatchJob
) -> tuple[ResultApi, Mapping[str, Path]]:
    """Return what has the job's files, and those of them that are kept here, by their ids.

    On a terminal each file that is read has a bar.
    """
    from batchbell.cli.file_bars import FilesWithBars
    from batchbell.cli.terminal.output import has_bars
    from batchbell.core.results import collecting
    from batchbell.usecases.fetch_file import file_name
    from batchbell.usecases.kept_files import KeptFirst, kept_files, size_of

    folder = settings.results.folder
    kept = kept_files(Path(folder), target.account, job.id) if folder else {}
    source = KeptFirst(client, kept)
    if not has_bars():
        return source, kept

    async def said_size(file_id: str) -> int | None:
        if file_id in kept:
            return size_of(kept[file_id])
        try:
            return await client.fetch_file_size(file_id)
        except (ApiError, UsageError):
            return None

    names = {file.id: file_name(job.id, file.kind) for file in collecting.files_of(job)}
    return FilesWithBars(source, names, size_of=said_size), kept


def spare_kept(target: Path, kept: Mapping[str, Path]) -> None:
    """Raise `UsageError` if a command is to write over a kept file, which may be the only one."""
    if target.resolve() in {path.resolve() for path in kept.values()}:
        raise UsageError(f"{target} is a kept file of the job: write somewhere else")


async def counted(
    target: Target, settings: Settings, client: ProviderClient, job: BatchJob
) -> CountedJob:
    """Count what came back of a job."""
    from batchbell.clock import Clock
    from batchbell.core.results.cost import cost_of
    from batchbell.runtime.provider import shipped
    from batchbell.usecases.count_results import ResultCount

    source, kept = files_of(target, settings, client, job)
    max_bytes = settings.results.max_file_bytes
    count = ResultCount(source, shipped(), max_bytes=max_bytes, observe=lambda _read: None)
    read = await count.count(job, account=target.account, now=Clock().now())
    files = tuple(
        replace(file, path=str(kept[file.id])) if file.id in kept and file.sha256 else file
        for file in read.results.files
    )
    cost = cost_of(read.results.tokens, settings.price_of(job.model_id))
    return replace(read, results=replace(read.results, files=files, cost=cost))
