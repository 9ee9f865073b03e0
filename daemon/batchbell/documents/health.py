"""Accounts and channels as JSON, and with the jobs all that `status --json` has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batchbell.documents.jobs import job_json
from batchbell.documents.writing import plain
from batchbell.store.overview import Backlog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from batchbell.core.blindness import Blind
    from batchbell.core.channel_health import ChannelHealth
    from batchbell.store.accounts import AccountState
    from batchbell.store.look import Overview


def status_json(overview: Overview) -> dict[str, Any]:
    """Return what `status --json` prints: lists sorted by account and id, or by name."""
    return {
        "jobs": [
            job_json(
                item,
                overview.now,
                input_file=overview.input_file(item),
                outlook=overview.outlook(item),
                muted_until=overview.muted_until(item),
                acknowledged_at=overview.acks.get(item.key),
            )
            for item in sorted(overview.jobs, key=lambda item: item.key)
        ],
        "accounts": accounts_json(overview),
        "channels": channels_json(overview.channels, overview.backlogs),
    }


def accounts_json(overview: Overview) -> list[dict[str, Any]]:
    """Return every account ever polled, by name."""
    return [
        _account(
            state,
            overview.gaps.get(state.health.account, ()),
            overview.blind.get(state.health.account),
        )
        for state in overview.accounts
    ]


def channels_json(
    channels: Iterable[ChannelHealth], backlogs: Mapping[str, Backlog]
) -> list[dict[str, Any]]:
    """Return the channels by their names; what they send to is nowhere in it."""
    return [_channel(health, backlogs.get(health.channel, Backlog())) for health in channels]


def _account(state: AccountState, gaps: Iterable[Blind], blind: Blind | None) -> dict[str, Any]:
    return {
        "name": state.health.account,
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
            *(_gap(gap, until=gap.until) for gap in gaps),
            *(_gap(gap, until=None) for gap in [blind] if gap is not None),
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
