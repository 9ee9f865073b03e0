"""How a channel stands: does it deliver, and was anything given up on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.standing.reasons import Reason
from batchbell.core.standing.verdict import Standing

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.gauges import Backlog


def channel_standing(health: ChannelHealth, backlog: Backlog) -> Standing:
    """Judge a channel: does it deliver, and was anything given up on it that nobody retried."""
    found: dict[Reason, datetime | None] = {}
    if health.disabled_at is not None:
        found[Reason.DISABLED] = health.disabled_at
    if health.failing_since is not None:
        found[Reason.FAILURE_TOLD if health.told else Reason.SEND_FAILED] = health.failing_since
    sent = health.last_success_at
    if not found:
        found[Reason.NOTHING_SENT if sent is None else Reason.DELIVERING] = sent
    if backlog.dead:
        found[Reason.GIVEN_UP] = None
    return Standing.of(found)
