"""Events and deliveries as JSON, and a job's whole history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batchbell.json_views.jobs import batch_job_json, job_json
from batchbell.json_views.writing import plain
from batchbell.messages.headline import headline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchbell.store.events import StoredEvent
    from batchbell.store.views.job import JobHistory
    from batchbell.store.views.ledger import Attempt, Delivery, LedgerEntry


def event_json(stored: StoredEvent) -> dict[str, Any]:
    """Return an event of the log; `job` is the job as it was then, null without one."""
    event = stored.event
    return {
        "id": stored.id,
        "kind": event.kind.value,
        "severity": event.severity.name.lower(),
        "account": event.account,
        "job_id": event.job_id,
        "qualifier": event.qualifier,
        "happened_at": plain(event.happened_at),
        "seen_at": plain(event.seen_at),
        "headline": headline(event),
        "facts": dict(event.facts),
        "job": None if event.job is None else batch_job_json(event.job),
        "not_told": dict(stored.not_told),
    }


def entry_json(entry: LedgerEntry, attempts: Iterable[Attempt]) -> dict[str, Any]:
    """Return a line of the ledger with how many events it tells, and every attempt."""
    return {
        **_delivery(entry.delivery),
        "events": entry.events,
        "attempt_log": [_attempt(attempt) for attempt in attempts],
    }


def history_json(history: JobHistory, *, with_attempts: bool) -> dict[str, Any]:
    """Return a job, its events oldest first, and under each its deliveries by channel."""
    return {
        "job": job_json(
            history.item,
            history.now,
            input_file=history.input_file,
            outlook=history.outlook,
            muted_until=history.muted_until,
            acknowledged_at=history.acknowledged_at,
        ),
        "events": [
            {
                **event_json(stored),
                "deliveries": [
                    _told(delivery, history, with_attempts=with_attempts)
                    for delivery in (
                        *history.deliveries.get(stored.id, ()),
                        *history.reminders.get(stored.id, ()),
                    )
                ],
            }
            for stored in history.events
        ],
    }


def _told(delivery: Delivery, history: JobHistory, *, with_attempts: bool) -> dict[str, Any]:
    if not with_attempts:
        return _delivery(delivery)
    attempts = history.attempts.get(delivery.notification_id, ())
    return {**_delivery(delivery), "attempt_log": [_attempt(attempt) for attempt in attempts]}


def _delivery(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery; `next_attempt_at` is null once it is sent or dead."""
    pending = delivery.state == "pending"
    return {
        "notification_id": delivery.notification_id,
        "channel": delivery.channel,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "created_at": plain(delivery.created_at),
        "next_attempt_at": plain(delivery.next_attempt_at) if pending else None,
        "ended_at": plain(delivery.ended_at),
        "reason": delivery.reason,
        "reminder": delivery.is_reminder,
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    """Return one attempt; `output` is what a program wrote."""
    return {
        "started_at": plain(attempt.started_at),
        "duration_seconds": attempt.duration_seconds,
        "delivered": attempt.delivered,
        "reason": attempt.reason,
        "output": attempt.output,
    }
