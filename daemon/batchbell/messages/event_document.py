"""A notification as programs get it: one JSON document, the same for webhooks and for exec.

The shape is described by docs/event.schema.json. Fields may be added within a version; what is
there keeps its name and meaning.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from batchbell.core.job import API_FIELDS
from batchbell.core.times import rfc3339
from batchbell.messages.event_words import is_reminder
from batchbell.messages.facts_json import INPUT_FILE, facts_json
from batchbell.messages.plain_text import cut

if TYPE_CHECKING:
    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.messages.entry import Entry
    from batchbell.messages.message import Message

#: Of the shape; another one means that a receiver has to change.
VERSION = 1
#: Longest error text of a job in it, characters: the API may send a megabyte.
ERROR_CHARS = 10_000


def notification_document(message: Message, text: str, now: datetime) -> dict[str, Any]:
    """Return the document; `text` is the whole message for people, `now` when it was fixed."""
    told = message.all_entries
    return {
        "type": "batchbell.notification",
        "version": VERSION,
        "timestamp": rfc3339(now),
        "data": {
            "title": message.title,
            "text": text,
            "severity": max(entry.severity_of_event for entry in told).name.lower(),
            "reminder": all(is_reminder(entry.event) for entry in told),
            "events": [_event(entry) for entry in told],
        },
    }


def event_id(event: Event) -> str:
    """Return a name for the event that is the same wherever and however often it is told."""
    key = "\x1f".join(event.key)
    return f"evt_{hashlib.sha256(key.encode()).hexdigest()[:24]}"


def _event(entry: Entry) -> dict[str, Any]:
    event = entry.event
    return {
        "id": event_id(event),
        "kind": event.kind.value,
        "severity": event.severity.name.lower(),
        "account": event.account or None,
        "happened_at": rfc3339(event.happened_at),
        "seen_at": rfc3339(event.seen_at),
        "headline": entry.headline,
        "advice": entry.advice or None,
        "link": entry.link or None,
        "job": None if event.job is None else _job(event.job, event.input_file),
        "facts": {name: fact for name, fact in facts_json(event).items() if name != INPUT_FILE},
    }


def _job(job: BatchJob, input_file: str) -> dict[str, Any]:
    """Return the API's fields by their names; progress is 0 to 1, times are RFC 3339 in UTC."""
    values = {name: getattr(job, name) for name in API_FIELDS}
    known = {
        name: rfc3339(value) if isinstance(value, datetime) else value
        for name, value in values.items()
    }
    error = None if job.error is None else cut(job.error, ERROR_CHARS)
    return {**known, "error": error, "input_file": input_file or None}
