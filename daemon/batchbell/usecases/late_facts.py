"""What is known by now of the jobs that a message warns of, where it is told late."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from batchbell.core.forecast.outlook import outlook_of
from batchbell.core.retelling import as_seen_again, told_late
from batchbell.store import accounts, jobs
from batchbell.store.samples import latest_samples_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.event import Event, EventKey
    from batchbell.store.database import Transaction


def seen_since(
    connection: Transaction, events: Iterable[Event], now: datetime
) -> Mapping[EventKey, Event]:
    """Return these events' late warnings as they would be told now, by their keys."""
    by_account = defaultdict(list)
    for event in told_late(events, now):
        by_account[event.account].append(event)
    return {
        again.key: again
        for account, told in by_account.items()
        for again in _of_account(connection, account, told)
    }


def _of_account(connection: Transaction, account: str, told: Sequence[Event]) -> Iterator[Event]:
    seen_at = accounts.load(connection, account).last_good_poll_at
    if seen_at is None:
        return
    records = jobs.load_some(connection, account, {event.job_id for event in told})
    samples = latest_samples_of(connection, account, records)
    for event in told:
        record = records.get(event.job_id)
        if record is not None:
            outlook = outlook_of(record, samples.get(event.job_id, []), seen_at)
            again = as_seen_again(event, record, outlook, seen_at)
            if again is not None:
                yield again
