"""A believable event of every kind: for previews, tests of channels, and checks of templates."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from batchbell.core.event import INPUT_FILE, Event, EventKind
from batchbell.core.job import BatchJob
from batchbell.core.provider import JobState
from batchbell.core.times import rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.core.event import Fact

ACCOUNT = "default"
#: Obviously nobody's.
JOB_ID = "3f2a9c1e-7b4d-4f0a-9c55-0123456789ab"
_HOUR = timedelta(hours=1)
_STATUS = {
    EventKind.CREATED: JobState.VALIDATING,
    EventKind.VALIDATING: JobState.VALIDATING,
    EventKind.CANCELING: JobState.CANCELING,
    EventKind.COMPLETED: JobState.COMPLETED,
    EventKind.COMPLETED_WITH_ERRORS: JobState.COMPLETED,
    EventKind.COMPLETED_EMPTY: JobState.COMPLETED,
    EventKind.FAILED: JobState.FAILED,
    EventKind.EXPIRED: JobState.EXPIRED,
    EventKind.CANCELLED: JobState.CANCELLED,
    EventKind.STATUS_UNKNOWN: "PAUSED",
}
_PROGRESS = {
    EventKind.CREATED: 0.0,
    EventKind.VALIDATING: 0.0,
    EventKind.IN_PROGRESS: 0.0,
    EventKind.FAILED: 0.0,
    EventKind.COMPLETED: 1.0,
    EventKind.COMPLETED_WITH_ERRORS: 1.0,
    EventKind.COMPLETED_EMPTY: 1.0,
}
#: Where nobody's API is. Source: RFC 2606, section 3.
EXAMPLE_HOST = "api.example.com"
_TIME_LEFT = timedelta(minutes=58)
_AGES = {
    EventKind.DEADLINE_APPROACHING: 24 * _HOUR - _TIME_LEFT,
    EventKind.AT_RISK: 24 * _HOUR - _TIME_LEFT,
    EventKind.DEADLINE_MISSED: 24 * _HOUR,
    EventKind.EXPIRED: 27 * _HOUR,
}
_OUTPUT = {EventKind.COMPLETED, EventKind.COMPLETED_WITH_ERRORS, EventKind.EXPIRED}
_ERRORS = {EventKind.COMPLETED_WITH_ERRORS, EventKind.COMPLETED_EMPTY}
_COMPLETED = {EventKind.COMPLETED, *_ERRORS}


def sample(kind: EventKind, now: datetime, *, host: str = EXAMPLE_HOST) -> Event:
    """Return an event of this kind that has just been seen; `host` is of the provider's API."""
    is_job = kind.startswith("batch.")
    event = Event(
        kind=kind,
        account="" if kind.startswith("channel.") else ACCOUNT,
        job_id=JOB_ID if is_job else "",
        qualifier="sample",
        happened_at=now - timedelta(seconds=20),
        seen_at=now,
        job=_job(kind, now) if is_job else None,
        facts=_facts(kind, now, host),
    )
    if kind is EventKind.EXPIRED:
        # News that came late says since when nobody looked.
        blind = {"blind_from": rfc3339(now - 3 * _HOUR), "blind_until": rfc3339(now)}
        facts = {**event.facts, **blind, "blind_reason": "daemon down"}
        return replace(event, happened_at=now - 3 * _HOUR, facts=facts)
    return event


def sample_digest(count: int, now: datetime) -> list[Event]:
    """Return events of several jobs, of the kinds a digest is mostly about."""
    kinds = (
        EventKind.FAILED,
        EventKind.COMPLETED,
        EventKind.COMPLETED_WITH_ERRORS,
        EventKind.STALLED,
        EventKind.EXPIRED,
    )
    return [_another(sample(kinds[n % len(kinds)], now), n) for n in range(count)]


def sample_reminder(now: datetime) -> Event:
    """Return a failure that is repeated."""
    event = sample(EventKind.FAILED, now - 4 * _HOUR)
    facts = {**event.facts, "reminder": 2, "first_told": rfc3339(now - 4 * _HOUR)}
    return replace(event, facts=facts)


def _another(event: Event, number: int) -> Event:
    if event.job is None or not number:
        return event
    job_id = f"{event.job_id[:-4]}{number:04x}"
    name = str(event.facts[INPUT_FILE]).replace(".jsonl", f"-{number:02}.jsonl")
    return replace(
        event,
        job_id=job_id,
        job=replace(event.job, id=job_id),
        facts={**event.facts, INPUT_FILE: name},
    )


def _job(kind: EventKind, now: datetime) -> BatchJob:
    created = now - _AGES.get(kind, 5 * _HOUR)
    return BatchJob(
        id=JOB_ID,
        status=_STATUS.get(kind, JobState.IN_PROGRESS),
        progress=_PROGRESS.get(kind, 0.683),
        user_id="user_example",
        input_file_id="file-example-input",
        file_size_bytes=4_812_331,
        created_at=created,
        completed_at=now - timedelta(seconds=20) if kind in _COMPLETED else None,
        job_deadline=created + 24 * _HOUR,
        endpoint="/v1/chat/completions",
        model_id="meta-llama/Llama-3.3-70B-Instruct-Turbo",
        output_file_id="file-example-output" if kind in _OUTPUT else None,
        error_file_id="file-example-errors" if kind in _ERRORS else None,
        error="line 3: invalid JSON" if kind is EventKind.FAILED else None,
    )


def _facts(kind: EventKind, now: datetime, host: str) -> Mapping[str, Fact]:
    facts: dict[str, Fact] = {}
    if kind.startswith("batch."):
        facts[INPUT_FILE] = "nightly-eval.jsonl"
    match kind:
        case EventKind.DEADLINE_APPROACHING | EventKind.AT_RISK:
            finish = now + 2 * _HOUR
            facts |= {
                "step": "1h" if kind is EventKind.DEADLINE_APPROACHING else None,
                "time_left": _TIME_LEFT.total_seconds(),
                "poll_age": 12.0,
                "forecast": rfc3339(finish),
                "earliest": rfc3339(finish - _HOUR / 2),
                "latest": rfc3339(finish + _HOUR),
                "pace": "16 %/h",
            }
        case EventKind.PROGRESS:
            facts["threshold"] = 50
        case EventKind.STALLED | EventKind.RESUMED:
            facts["since"] = rfc3339(now - 2 * _HOUR)
        case EventKind.VANISHED:
            facts["missed_polls"] = 10
        case EventKind.ACCOUNT_WATCHING:
            facts |= {"jobs": 120, "running": 4, "ended_untold": 2}
        case EventKind.ACCOUNT_UNREACHABLE | EventKind.ACCOUNT_RECOVERED:
            error = f"{host} is unavailable (503)"
            facts |= {"error": error, "outage_since": rfc3339(now - _HOUR), "failures": 60}
        case EventKind.ACCOUNT_UNAUTHORIZED:
            error = f"{host} refused the API key (401)"
            facts |= {"error": error, "outage_since": rfc3339(now), "failures": 1}
        case EventKind.CHANNEL_FAILING | EventKind.CHANNEL_RECOVERED:
            error = "HTTP 404 Not Found"
            facts |= {"channel": "team", "error": error, "outage_since": rfc3339(now - _HOUR)}
        case _:
            pass
    return facts
