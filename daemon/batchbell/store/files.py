"""The names of input files, as the API gave them, and which of them are still to be asked for."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, tuple_

from batchbell.core.file_names import MOST_TRIES, KnownFile
from batchbell.store.batches import in_batches
from batchbell.store.tables import batch_jobs, files
from batchbell.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from sqlalchemy import Connection, Row


def load(connection: Connection, account: str, ids: Iterable[str]) -> dict[str, KnownFile]:
    """Return what is known of these files, by id."""
    return {
        row.id: _file(row)
        for some in in_batches(ids)
        for row in connection.execute(
            select(files).where(files.c.account == account, files.c.id.in_(some))
        )
    }


def unsettled(connection: Connection, account: str) -> dict[str, KnownFile]:
    """Return the files whose names are still to be asked for, by id."""
    query = select(files).where(
        files.c.account == account, files.c.filename == "", files.c.tries < MOST_TRIES
    )
    return {row.id: _file(row) for row in connection.execute(query)}


def name_of(connection: Connection, account: str, file_id: str | None) -> str:
    """Return the name of one file; '' if it is not known."""
    known = load(connection, account, [file_id] if file_id else []).get(file_id or "")
    return "" if known is None else known.filename


def names_of(
    connection: Connection, used: Iterable[tuple[str, str | None]]
) -> dict[tuple[str, str], str]:
    """Return the known names of these (account, file id), by the same."""
    return {key: file.filename for key, file in known(connection, used).items() if file.filename}


def known(
    connection: Connection, used: Iterable[tuple[str, str | None]]
) -> dict[tuple[str, str], KnownFile]:
    """Return what is known of these (account, file id), by the same."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for account, file_id in used:
        if file_id:
            wanted[account].add(file_id)
    return {
        (account, file.id): file
        for account, ids in wanted.items()
        for file in load(connection, account, ids).values()
    }


def save(connection: Connection, account: str, found: Iterable[KnownFile]) -> None:
    """Write down what came of asking."""
    rows = [
        {
            "account": account,
            "id": file.id,
            "filename": file.filename,
            "tries": file.tries,
            "looked_up_at": file.looked_up_at,
        }
        for file in found
    ]
    upsert(connection, files, rows)


def forget_unused(connection: Connection) -> None:
    """Delete the names that no job of the snapshot has any more."""
    used = select(batch_jobs.c.account, batch_jobs.c.input_file_id).where(
        batch_jobs.c.input_file_id.is_not(None)
    )
    connection.execute(delete(files).where(tuple_(files.c.account, files.c.id).not_in(used)))


def _file(row: Row[Any]) -> KnownFile:
    return KnownFile(
        id=row.id, filename=row.filename, tries=row.tries, looked_up_at=row.looked_up_at
    )
