"""Does each channel deliver; nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.doctor.finding import doubtful, fine, wrong
from batchbell.cli.terminal.phrases import ago, span
from batchbell.store import channels

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.cli.doctor.finding import Finding
    from batchbell.config import Settings
    from batchbell.core.channel_health import ChannelHealth
    from batchbell.store.sqlite.database import Database


def check_channels(settings: Settings, database: Database | None, now: datetime) -> list[Finding]:
    """Look at how sending to every channel went lately; the settings were checked when loaded."""
    if database is None:
        return [_about(name, None, now) for name in settings.channels]
    with database.read() as connection:
        return [_about(name, channels.load(connection, name), now) for name in settings.channels]


def _about(name: str, health: ChannelHealth | None, now: datetime) -> Finding:
    subject, test = f"channel {name}", f"`batchbell notify-test {name}`"
    if health is not None and health.disabled_at is not None:
        detail = f"disabled {ago(health.disabled_at, now)}: its receiver wants no more (HTTP 410)"
        return wrong(subject, detail, "mend the receiver, then `batchbell deliveries retry all`")
    if health is not None and health.failing_since is not None:
        detail = f"failing for {span(now - health.failing_since)}: {health.last_error}"
        return wrong(subject, detail, f"put it right and try {test}")
    if health is None or health.last_success_at is None:
        return doubtful(subject, "its settings are valid, nothing was sent yet", f"try {test}")
    return fine(subject, f"delivered {ago(health.last_success_at, now)}")
