"""Events and deliveries as JSON, and a job's whole history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.json_views.jobs import batch_job_json, job_json
from batchbell.json_views.results import results_json
from batchbell.json_views.writing import time_text
from batchbell.messages.facts_json import facts_json
from batchbell.messages.headline import headline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchbell.json_views.shapes import (
        AttemptJson,
        BriefHistoryJson,
        DeliveryJson,
        EventDeliveryJson,
        EventJson,
        HistoryJson,
        JobJson,
        NotificationJson,
        ResultsJson,
    )
    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import Attempt, Delivery, LedgerEntry
    from batchbell.store.views.job import JobHistory


def event_json(stored: StoredEvent) -> EventJson:
    """Return an event of the log; `job` is the job as it was then, null without one."""
    event = stored.event
    return {
        "id": stored.id,
        "kind": event.kind.value,
        "severity": event.severity.name.lower(),
        "account": event.account,
        "job_id": event.job_id,
        "qualifier": event.qualifier,
        "happened_at": time_text(event.happened_at),
        "seen_at": time_text(event.seen_at),
        "headline": headline(event),
        "facts": facts_json(event),
        "job": None if event.job is None else batch_job_json(event.job),
        "not_told": dict(stored.not_told),
    }


def entry_json(entry: LedgerEntry, attempts: Iterable[Attempt]) -> DeliveryJson:
    """Return a line of the ledger with how many events it tells, and every attempt."""
    return {
        **_notification(entry.delivery),
        "events": entry.events,
        "attempt_log": [_attempt(attempt) for attempt in attempts],
    }


def history_json(history: JobHistory) -> HistoryJson:
    """Return a job, its events oldest first, and under each its deliveries with every attempt."""
    return {
        "job": _job(history),
        "results": _results(history),
        "events": [
            {
                **event_json(stored),
                "deliveries": [
                    _event_delivery(each, history) for each in _deliveries(stored, history)
                ],
            }
            for stored in history.events
        ],
    }


def brief_history_json(history: JobHistory) -> BriefHistoryJson:
    """Return a job's history without the attempts."""
    return {
        "job": _job(history),
        "results": _results(history),
        "events": [
            {
                **event_json(stored),
                "deliveries": [_notification(each) for each in _deliveries(stored, history)],
            }
            for stored in history.events
        ],
    }


def _job(history: JobHistory) -> JobJson:
    return job_json(
        history.item,
        history.now,
        input_file=history.input_file,
        outlook=history.outlook,
        muted_until=history.muted_until,
        acknowledged_at=history.acknowledged_at,
        results=history.results,
    )


def _results(history: JobHistory) -> ResultsJson | None:
    return None if history.results is None else results_json(history.results)


def _deliveries(stored: StoredEvent, history: JobHistory) -> list[Delivery]:
    """Return what told an event, by channel, then what repeated it."""
    told, repeated = history.deliveries, history.reminders
    return [*told.get(stored.id, ()), *repeated.get(stored.id, ())]


def _event_delivery(delivery: Delivery, history: JobHistory) -> EventDeliveryJson:
    attempts = history.attempts.get(delivery.notification_id, ())
    return {
        **_notification(delivery),
        "attempt_log": [_attempt(attempt) for attempt in attempts],
    }


def _notification(delivery: Delivery) -> NotificationJson:
    """Return a delivery; `next_attempt_at` is null once it is sent or dead."""
    pending = delivery.state == "pending"
    return {
        "notification_id": delivery.notification_id,
        "channel": delivery.channel,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "created_at": time_text(delivery.created_at),
        "next_attempt_at": time_text(delivery.next_attempt_at) if pending else None,
        "ended_at": time_text(delivery.ended_at),
        "reason": delivery.reason,
        "reminder": delivery.is_reminder,
    }


def _attempt(attempt: Attempt) -> AttemptJson:
    """Return one attempt; `output` is what a program wrote."""
    return {
        "started_at": time_text(attempt.started_at),
        "duration_seconds": attempt.duration_seconds,
        "delivered": attempt.delivered,
        "reason": attempt.reason,
        "output": attempt.output,
    }
