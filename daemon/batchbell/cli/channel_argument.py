"""A channel named on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.config import ChannelSettings


def named_channel(name: str, channels: Mapping[str, ChannelSettings]) -> ChannelSettings:
    """Return the channel of that name; raises `UsageError` with the nearest right name."""
    from batchbell.config.nearest import nearest

    if not channels:
        raise UsageError("the configuration has no channel: write [channels.NAME] with a url")
    if name not in channels:
        raise UsageError(f"there is no channel {name!r}; the nearest is {nearest(name, channels)}")
    return channels[name]
