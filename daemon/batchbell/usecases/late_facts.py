"""What is known by now of the jobs of a message that is told late."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from batchbell.core.forecast.outlook import outlook_of
from batchbell.core.reminders import is_failure
from batchbell.core.retelling import FRESH_FOR, as_seen_again, told_late
from batchbell.store import accounts, acks, jobs
from batchbell.store.samples import latest_samples_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from batchbell.core.event import Event, EventKey
    from batchbell.store.database import Transaction


_NEVER = datetime.min.replace(tzinfo=UTC)


def seen_since(
    connection: Transaction, events: Iterable[Event], now: datetime
) -> Mapping[EventKey, Event]:
    """Return what these events tell of running jobs as it would be told now, by their keys.

    All of one message is as of the same moment; what was seen just now is told as it was.
    """
    by_account = defaultdict(list)
    for event in told_late(events, now):
        by_account[event.account].append(event)
    return {
        again.key: again
        for account, told in by_account.items()
        for again in _of_account(connection, account, told)
    }


def acknowledged(
    connection: Transaction, events: Iterable[Event], now: datetime
) -> frozenset[EventKey]:
    """Return the keys of the failures among these that somebody acknowledged meanwhile."""
    old = [event for event in events if is_failure(event) and now - event.seen_at > FRESH_FOR]
    acked = acks.of_jobs(connection, {(event.account, event.job_id) for event in old})
    return frozenset(
        event.key
        for event in old
        if event.seen_at <= acked.get((event.account, event.job_id), _NEVER)
    )


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
