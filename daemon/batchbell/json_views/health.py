"""Accounts and channels as JSON, and with the jobs all that `status --json` has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.json_views.ended_jobs import ended_texts
from batchbell.json_views.jobs import jobs_json
from batchbell.json_views.writing import encoded, pieces, time_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from batchbell.core.gap import Gap
    from batchbell.json_views.shapes import (
        AccountJson,
        ChannelJson,
        GapJson,
        OverviewJson,
        ReplicaJson,
    )
    from batchbell.store.views.accounts import AccountView
    from batchbell.store.views.channels import ChannelView
    from batchbell.store.views.every_job import JobsPart
    from batchbell.store.views.replicas import ReplicaView
    from batchbell.store.views.status import Status


def status_json(status: Status) -> OverviewJson:
    """Return what `status --json` prints: lists sorted by account and id, or by name."""
    jobs = sorted(status.jobs, key=lambda item: item.key)
    return {
        "jobs": jobs_json(replace(status, jobs=jobs)),
        "accounts": accounts_json(status.accounts),
        "channels": channels_json(status.channels),
        "replicas": [_replica(each) for each in status.replicas],
    }


def status_pieces(status: Status, jobs: Iterable[JobsPart]) -> Iterator[str]:
    """Yield the same document with these jobs, in the order in which they come."""
    return pieces({**status_json(status), "jobs": _job_texts(jobs)})


def _job_texts(parts: Iterable[JobsPart]) -> Iterator[str]:
    for part in parts:
        ended, others = ended_texts(part.ended), map(encoded, jobs_json(part.others))
        for finished in part.finished:
            yield next(ended if finished else others)


def accounts_json(accounts: Iterable[AccountView]) -> list[AccountJson]:
    """Return these accounts with the gaps in their polling."""
    return [_account(each) for each in accounts]


def channels_json(channels: Iterable[ChannelView]) -> list[ChannelJson]:
    """Return the channels by their names; what they send to is nowhere in it."""
    return [_channel(each) for each in channels]


def _account(view: AccountView) -> AccountJson:
    state = view.state
    return {
        "name": view.name,
        "severity": view.standing.severity.name.lower(),
        "baseline_at": time_text(state.baseline_at),
        "last_poll_at": time_text(state.last_poll_at),
        "last_good_poll_at": time_text(state.last_good_poll_at),
        "failing_since": time_text(state.health.failing_since),
        "failures": state.health.failures,
        "last_error": state.health.last_error,
        "skew_seconds": state.skew_seconds,
        "skipped_rows": state.skipped_rows,
        "bad_fields": state.bad_fields,
        "gaps": [
            *(_gap(gap, until=gap.until) for gap in view.gaps),
            *(_gap(gap, until=None) for gap in [view.open_gap] if gap is not None),
        ],
    }


def _replica(view: ReplicaView) -> ReplicaJson:
    return {
        "name": view.replica.name,
        "version": view.replica.version,
        "alive": view.is_alive,
        "started_at": time_text(view.replica.started_at),
        "seen_at": time_text(view.replica.seen_at),
        "accounts": list(view.accounts),
        "channels": list(view.channels),
        "differs": view.differs,
    }


def _gap(gap: Gap, *, until: datetime | None) -> GapJson:
    """Return a gap in polling; one that lasts has no end."""
    return {"since": time_text(gap.since), "until": time_text(until), "reason": gap.reason}


def _channel(view: ChannelView) -> ChannelJson:
    health, backlog = view.health, view.backlog
    return {
        "name": view.name,
        "severity": view.standing.severity.name.lower(),
        "last_success_at": time_text(health.last_success_at),
        "failing_since": time_text(health.failing_since),
        "last_error": health.last_error,
        "held_until": time_text(health.held_until),
        "held_because": health.held_because,
        "disabled_at": time_text(health.disabled_at),
        "pending": backlog.pending,
        "dead": backlog.dead,
    }
