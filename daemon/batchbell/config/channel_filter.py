"""What each channel hears and when, in the core's own terms."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from batchbell.core.delivery.pacing import Pacing
from batchbell.core.delivery.quiet_hours import parse_window
from batchbell.core.routing import Filter

if TYPE_CHECKING:
    from batchbell.config.settings import ChannelSettings, Settings


def filters_of(settings: Settings) -> list[Filter]:
    """Return what each channel of a configuration wants to hear."""
    return [filter_of(name, channel) for name, channel in settings.channels.items()]


def filter_of(name: str, channel: ChannelSettings) -> Filter:
    """Return what one channel wants to hear."""
    return Filter(
        channel=name,
        events=channel.events,
        accounts=channel.accounts,
        models=channel.models,
        endpoints=channel.endpoints,
        users=channel.users,
        input_files=channel.input_files,
        min_severity=channel.min_severity,
        remind_every=channel.remind_every,
        parts_at=pacing_of(channel).parts_at,
    )


def pacing_of(channel: ChannelSettings) -> Pacing:
    """Return when a channel's messages may go."""
    return Pacing(
        quiet=tuple(map(parse_window, channel.quiet_hours)),
        zone=ZoneInfo(channel.timezone),
        quiet_except=channel.quiet_except,
        digest_every=channel.digest_every,
        rate=channel.rate_limit,
    )
