"""The page of the channels: how sending goes, and what each of them is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.delivery.given_up import is_refused
from batchbell.messages.delivery_words import hold_of
from batchbell.store.views.channels import SentLately, channel_views, lately
from batchbell.store.views.troubles import troubles
from batchbell.web.components.channel_keys import ChannelKey, common_zone, keys_of_channel
from batchbell.web.components.destination import Destination, destination_of
from batchbell.web.components.health_lines import HealthLine, channel_line
from batchbell.web.components.lacking_channel import LackingChannel, lacking_channel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.event import Severity
    from batchbell.core.gauges import Backlog
    from batchbell.messages.delivery_words import HoldWords
    from batchbell.store.database import Transaction
    from batchbell.store.views.channels import ChannelView
    from batchbell.web.asked import Asked

#: How far back attempts are counted.
COUNTED = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSheet:
    """Everything about one channel."""

    line: HealthLine
    destination: Destination
    health: ChannelHealth
    backlog: Backlog
    #: Why what waits is not due yet; None if it is.
    held: HoldWords | None
    lately: SentLately
    #: What its section of the configuration sets, no secret among it.
    configured: Sequence[ChannelKey]
    #: What it lacks, and the commands for that; None if it is well.
    lacking: LackingChannel | None
    #: Whether what was given up was refused, all of it.
    has_refused: bool

    @property
    def severity(self) -> Severity:
        """How bad it is; one that takes nearly everything is not well while it lacks a message."""
        return self.line.severity if self.lacking is None else self.lacking.severity


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelsPage:
    """All channels, those that fail first."""

    now: datetime
    sheets: Sequence[ChannelSheet]
    #: The zone of all channels' messages; '' if they have none in common.
    zone: str
    #: Whether several are told the usual: then it is said once.
    are_usual: bool


def read_channels_page(connection: Transaction, asked: Asked) -> ChannelsPage:
    """Read how every channel does. Raises `DatabaseError`."""
    went = lately(connection, asked.now - COUNTED)
    loaded = asked.watching.configuration
    zone, views = common_zone(loaded), channel_views(connection)
    keys = {view.name: keys_of_channel(loaded, view.name) for view in views}
    are_usual = sum(key.is_usual for several in keys.values() for key in several) > 1
    bad = {
        each.name: lacking_channel(connection, each, asked.now, with_messages=False)
        for each in troubles(connection)
    }

    def sheet(view: ChannelView) -> ChannelSheet:
        return ChannelSheet(
            line=channel_line(view, asked.now),
            destination=destination_of(loaded, view.name),
            health=view.health,
            backlog=view.backlog,
            held=hold_of(view.health, asked.now),
            lately=went.get(view.name, SentLately()),
            configured=[
                key
                for key in keys[view.name]
                if not (zone and key.is_zone) and not (are_usual and key.is_usual)
            ],
            lacking=bad.get(view.name),
            has_refused=all(map(is_refused, view.given_up)),
        )

    sheets = map(sheet, views)
    return ChannelsPage(
        now=asked.now,
        sheets=sorted(sheets, key=lambda each: (-each.severity, each.health.channel)),
        zone=zone,
        are_usual=are_usual,
    )
