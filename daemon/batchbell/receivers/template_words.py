"""What a template can say: its variables and filters, as docs/templates.md lists them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from batchbell.core.job import API_FIELDS
from batchbell.messages.event_words import error_text, is_reminder
from batchbell.messages.kind_words import label_of
from batchbell.messages.plain_text import duration, in_zone, local_time, percent, relative
from batchbell.messages.results_words import verdict_words
from batchbell.messages.subject import short_model
from batchbell.messages.text_body import as_text
from batchbell.receivers.look import LOOKS

if TYPE_CHECKING:
    from datetime import tzinfo

    from batchbell.core.facts import ResultsFacts
    from batchbell.core.job import BatchJob
    from batchbell.messages.entry import Entry
    from batchbell.messages.message import Message


#: Of what came back of a job, by their names in `ResultsFacts`.
_RESULTS = (
    "requests",
    "succeeded",
    "failed",
    "missing",
    "duplicated",
    "foreign",
    "unreadable",
    "empty",
    "truncated",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "cost",
    "reason",
)


def variables(message: Message, now: datetime, zone: tzinfo) -> dict[str, Any]:
    """Return everything a template sees; values of plain types alone."""
    events = [_event(entry, zone) for entry in message.all_entries]
    return {
        "message": _message(message),
        "events": events,
        "event": events[0],
        "now": in_zone(now, zone),
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "title": message.title,
        "text": as_text(message),
        "severity": message.severity.name.lower(),
        "sign": LOOKS[message.severity].sign,
        "is_digest": message.is_digest,
        "is_reminder": all(is_reminder(entry.event) for entry in message.all_entries),
        "counts": dict(Counter(entry.kind.value for entry in message.all_entries)),
        "advice": message.advice,
        "link": message.link,
    }


def _event(entry: Entry, zone: tzinfo) -> dict[str, Any]:
    event = entry.event
    return {
        "kind": event.kind.value,
        "label": label_of(event),
        "severity": event.severity.name.lower(),
        "sign": LOOKS[event.severity].sign,
        "headline": entry.headline,
        "account": event.account,
        "channel": event.facts.channel,
        "input_file": event.input_file,
        "error": error_text(event),
        "job": None if event.job is None else _job(event.job, zone),
        "results": _results(event.facts.results),
        "facts": {fact.label: fact.text for fact in entry.facts},
        "advice": entry.advice,
        "link": entry.link,
        "happened_at": in_zone(event.happened_at, zone),
        "seen_at": in_zone(event.seen_at, zone),
    }


def _results(results: ResultsFacts) -> dict[str, Any] | None:
    """Return what came back of an event's job, None while nobody knows."""
    if results.verdict is None:
        return None
    told = {name: getattr(results, name) for name in _RESULTS}
    causes = [
        {"count": cause.count, "code": cause.code, "message": cause.message}
        for cause in results.causes
    ]
    verdict = {"verdict": results.verdict.value, "words": verdict_words(results)}
    return {**verdict, **told, "causes": causes}


def _job(job: BatchJob, zone: tzinfo) -> dict[str, Any]:
    values = {name: getattr(job, name) for name in API_FIELDS}
    told = {
        name: in_zone(value, zone) if isinstance(value, datetime) else value
        for name, value in values.items()
    }
    return {**told, "model": short_model(job.model_id or "")}


def _ago(moment: datetime, now: datetime) -> str:
    return relative(moment, now)


def _local(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("local_time is for times of a message")
    return local_time(moment, moment.tzinfo)


def _duration(length: timedelta | float) -> str:
    return duration(length)


#: `{{ event.job.progress | percent }}`, `{{ event.job.job_deadline | relative(now) }}`.
FILTERS = {
    "duration": _duration,
    "local_time": _local,
    "percent": percent,
    "relative": _ago,
}
