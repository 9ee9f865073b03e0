"""The rules on what is stored: what polls and ticks share, in the transaction of either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.forecast.outlook import outlook_of
from batchbell.core.rules import watch
from batchbell.store import jobs
from batchbell.store.samples import Samples

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.diff import Decision
    from batchbell.core.event import Event
    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.rules import Rules
    from batchbell.core.snapshot import JobRecord, Snapshot
    from batchbell.store.sqlite.database import Transaction


def decide(
    transaction: Transaction, snapshot: Snapshot, *, rules: Rules, now: datetime
) -> Decision:
    """Return what the rules say of a snapshot; write nothing.

    Samples are read for those jobs alone whose forecast matters now.
    """
    samples = Samples(transaction)

    def outlook(record: JobRecord) -> Forecast | NoForecast:
        return outlook_of(record, samples.of(snapshot.account, record.job.id), now)

    return watch(snapshot, rules=rules, outlook=outlook, now=now)


def apply_rules(
    transaction: Transaction,
    account: str,
    *,
    last_good_poll_at: datetime | None,
    rules: Rules,
    now: datetime,
) -> tuple[Event, ...]:
    """Apply the rules to an account's unfinished jobs, and write what they remember of them.

    Returns the events, for the caller to record. `last_good_poll_at` is the one before this
    transaction's own.
    """
    snapshot = jobs.load_unfinished(transaction, account, last_good_poll_at=last_good_poll_at)
    decision = decide(transaction, snapshot, rules=rules, now=now)
    jobs.save(transaction, snapshot, decision.records)
    return decision.events
