"""A job's past as the commands tell it: its events, and what became of telling them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.cli.job_argument import find_job
from batchbell.cli.reading import corrected_now, reading
from batchbell.store import accounts, events, ledger

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from batchbell.store.database import Database
    from batchbell.store.events import StoredEvent
    from batchbell.store.jobs import AccountJob
    from batchbell.store.ledger import Attempt, Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class JobHistory:
    """A job, its events and their deliveries, as of one moment."""

    #: On the API's clock.
    now: datetime
    item: AccountJob
    #: Oldest first.
    events: Sequence[StoredEvent]
    #: By event id.
    deliveries: Mapping[int, Sequence[Delivery]]
    #: By notification id, oldest first.
    attempts: Mapping[int, Sequence[Attempt]]


def job_history(database: Database, text: str, *, account: str | None) -> JobHistory:
    """Read the history of the job that `text` names. Raises `UsageError` or `DatabaseError`."""
    with reading(database) as connection:
        item = find_job(connection, text, account=account)
        key = (item.account, item.record.job.id)
        return JobHistory(
            now=corrected_now(accounts.load_all(connection)),
            item=item,
            events=events.of_job(connection, *key),
            deliveries=ledger.of_job(connection, *key),
            attempts=ledger.attempts_of_job(connection, *key),
        )
