"""Remove kept files that are old, and the notes of them."""

from __future__ import annotations

import json
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from batchbell.core.results.job_results import FileKind
from batchbell.core.results.kept_names import PART, VERDICT_NAME, kept_name, plain_name
from batchbell.errors import KeepError
from batchbell.store.kept_results import forget_kept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from batchbell.store.database import Database

#: Rows of one transaction.
AT_ONCE = 500
#: The verdict last: what has none any more is not known to be ours.
_NAMES = (*map(kept_name, FileKind), VERDICT_NAME)


def prune_kept(database: Database, folder: Path, before: datetime) -> int:
    """Remove the files of jobs of which nothing was written since then; return how many jobs.

    What is not ours stays, and so does a folder with something else in it. Raises `KeepError`
    or `DatabaseError`.
    """
    removed = 0
    try:
        for job in _job_folders(folder):
            if _is_old(job, before):
                _remove(job)
                removed += 1
    except OSError as error:
        reason = error.strerror or str(error)
        raise KeepError(f"kept files can't be removed from {folder}: {reason}") from error
    noted = AT_ONCE
    while noted == AT_ONCE:
        with database.write() as connection:
            noted = forget_kept(connection, before, limit=AT_ONCE)
    return removed


def _job_folders(folder: Path) -> Iterator[Path]:
    for account in _folders(folder):
        try:
            found = list(_folders(account))
        except PermissionError:
            # A volume has its own lost+found; what we keep we may read.
            continue
        yield from found
        # It stays while there is a job in it.
        with suppress(OSError):
            account.rmdir()


def _folders(place: Path) -> Iterator[Path]:
    """Yield the folders in a folder, not the links to some; none if it is not there."""
    try:
        found = sorted(place.iterdir())
    except FileNotFoundError:
        return
    for path in found:
        if stat.S_ISDIR(path.lstat().st_mode):
            yield path


def _is_old(job: Path, before: datetime) -> bool:
    """Whether it is a job's folder, and nothing was written there since."""
    if not _is_ours(job):
        return False
    written = [path.lstat().st_mtime for path in job.iterdir()]
    # Another daemon that shares the folder may have been quicker.
    return bool(written) and max(written) < before.timestamp()


def _is_ours(job: Path) -> bool:
    """Whether the folder says of itself that it is the one of this job."""
    try:
        said = json.loads((job / VERDICT_NAME).read_bytes())
        names = plain_name(said["account"]), plain_name(said["job"])
    except (OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return False
    return names == (job.parent.name, job.name)


def _remove(job: Path) -> None:
    for name in _NAMES:
        (job / (name + PART)).unlink(missing_ok=True)
        (job / name).unlink(missing_ok=True)
    # Somebody may have put something else there.
    with suppress(OSError):
        job.rmdir()
