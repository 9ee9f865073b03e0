"""The JSON of the reading commands: the API's field names, RFC 3339 times in UTC.

One document, keys in a fixed order, plain ASCII whatever the terminal speaks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from batchbell.cli.screen.outlook_words import outlook_json
from batchbell.core.batch_job import BatchJob
from batchbell.core.times import rfc3339
from batchbell.store.overview import Backlog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.cli.screen.overview import Overview
    from batchbell.core.blindness import Blind
    from batchbell.core.channel_health import ChannelHealth
    from batchbell.store.accounts import AccountState
    from batchbell.store.job_rows import AccountJob

_JOB_FIELDS = tuple(field.name for field in fields(BatchJob))


def document(value: Mapping[str, object] | Sequence[object]) -> str:
    """Return one JSON document; each item of a list outside stands on a line of its own.

    Indenting everything would take the encoder ten times as long.
    """
    if not isinstance(value, Mapping):
        return _lines(value)
    members = [f"{json.dumps(name)}: {_lines(member)}" for name, member in value.items()]
    return "{" + ",\n ".join(members) + "}"


def plain(value: object) -> object:
    """Return a time as text, anything else as it is."""
    return rfc3339(value) if isinstance(value, datetime) else value


def overview_json(overview: Overview) -> dict[str, Any]:
    """Return what `status --json` prints: lists sorted by account and id, or by name."""
    jobs = sorted(overview.jobs, key=lambda item: (item.account, item.record.job.id))
    return {
        "jobs": [
            {
                **job_json(item),
                **outlook_json(item.record, overview.outlook(item), overview.now),
                **hush_json(*_hush(item, overview)),
            }
            for item in jobs
        ],
        "accounts": [_account(state, overview) for state in overview.accounts],
        "channels": [
            _channel(health, overview.backlogs.get(health.channel, Backlog()))
            for health in overview.channels
        ],
    }


def job_json(item: AccountJob) -> dict[str, Any]:
    """Return a job: its account, the API's fields (progress 0 to 1), what batchbell noted."""
    record = item.record
    return {
        "account": item.account,
        **batch_job_json(record.job),
        "first_seen_at": plain(record.first_seen_at),
        "last_seen_at": plain(record.last_seen_at),
        "status_since": plain(record.status_since),
        "progress_since": plain(record.progress_since),
        "missed_polls": record.missed_polls,
        "missing_since": plain(record.missing_since),
    }


def hush_json(muted_until: datetime | None, acknowledged_at: datetime | None) -> dict[str, Any]:
    """Return what people want to hear of a job; null if nothing was said."""
    return {"muted_until": plain(muted_until), "acknowledged_at": plain(acknowledged_at)}


def _hush(item: AccountJob, overview: Overview) -> tuple[datetime | None, datetime | None]:
    return overview.muted_until(item), overview.acks.get((item.account, item.record.job.id))


def batch_job_json(job: BatchJob) -> dict[str, Any]:
    """Return the API's fields of a job, all of them, null where it said nothing."""
    return {name: plain(getattr(job, name)) for name in _JOB_FIELDS}


def _account(state: AccountState, overview: Overview) -> dict[str, Any]:
    name = state.health.account
    return {
        "name": name,
        "baseline_at": plain(state.baseline_at),
        "last_poll_at": plain(state.last_poll_at),
        "last_good_poll_at": plain(state.last_good_poll_at),
        "failing_since": plain(state.health.failing_since),
        "failures": state.health.failures,
        "last_error": state.health.last_error,
        "skew_seconds": state.skew_seconds,
        "skipped_rows": state.skipped_rows,
        "bad_fields": state.bad_fields,
        "gaps": [
            *(_gap(gap, until=gap.until) for gap in overview.gaps.get(name, ())),
            *(_gap(gap, until=None) for gap in [overview.blind.get(name)] if gap is not None),
        ],
    }


def _gap(gap: Blind, *, until: datetime | None) -> dict[str, Any]:
    """Return a gap in polling; one that lasts has no end."""
    return {"since": plain(gap.since), "until": plain(until), "reason": gap.reason}


def _channel(health: ChannelHealth, backlog: Backlog) -> dict[str, Any]:
    return {
        "name": health.channel,
        "last_success_at": plain(health.last_success_at),
        "failing_since": plain(health.failing_since),
        "last_error": health.last_error,
        "held_until": plain(health.held_until),
        "held_because": health.held_because,
        "disabled_at": plain(health.disabled_at),
        "pending": backlog.pending,
        "dead": backlog.dead,
    }


def _lines(value: object) -> str:
    if not isinstance(value, list) or not value:
        return json.dumps(value, allow_nan=False)
    return "[\n  " + ",\n  ".join(json.dumps(item, allow_nan=False) for item in value) + "\n ]"
