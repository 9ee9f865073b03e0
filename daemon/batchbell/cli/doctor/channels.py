"""Does each channel deliver; nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.doctor.finding import Finding
from batchbell.cli.terminal.phrases import ago, span
from batchbell.core.channel_health import ChannelHealth
from batchbell.core.gauges import Backlog
from batchbell.core.standing.channels import channel_standing
from batchbell.core.standing.reasons import Reason
from batchbell.messages.given_up_words import (
    again_words,
    given_up_words,
    repair_words,
    retry_command,
)
from batchbell.messages.plain_text import counted
from batchbell.messages.receiver_advice import answered, what_to_look_at
from batchbell.store import channels
from batchbell.store.views.channels import backlogs, numbers_given_up, why_given_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from batchbell.config import Settings
    from batchbell.store.database import Database


def check_channels(settings: Settings, database: Database | None, now: datetime) -> list[Finding]:
    """Look at how sending to every channel went lately; the settings were checked when loaded."""
    from batchbell.receivers.configured import receiver_of
    from batchbell.receivers.place import place_of

    if database is None:
        unknown = (ChannelHealth(channel=name) for name in settings.channels)
        return [about_channel(each, Backlog(), {}, (), now) for each in unknown]
    with database.read() as connection:
        waiting, why = backlogs(connection), why_given_up(connection)
        numbers = numbers_given_up(connection)
        return [
            about_channel(
                channels.load(connection, name),
                waiting.get(name, Backlog()),
                why.get(name, {}),
                numbers.get(name, ()),
                now,
                place=place_of(receiver_of(channel)),
            )
            for name, channel in settings.channels.items()
        ]


def about_channel(
    health: ChannelHealth,
    backlog: Backlog,
    given_up: Mapping[str, int],
    numbers: Sequence[int],
    now: datetime,
    *,
    place: str = "",
) -> Finding:
    """Return how a channel stands, and what to do about the worst.

    `given_up` says how many messages were given up why, `numbers` which; `place` is the host of its
    receiver, '' if that is not to be shown.
    """
    name, since, sent = health.channel, health.failing_since, health.last_success_at
    standing = channel_standing(health, backlog)
    test = "Test it", f"batchbell notify-test {name}"
    delivered = (
        f"delivered {ago(sent, now)}" if sent else "its settings are valid, nothing was sent yet"
    )
    again = again_words(given_up, several=sum(given_up.values()) > 1).capitalize()
    advice, commands = "", [(again, retry_command(numbers))]
    if standing.has(Reason.DISABLED) and health.disabled_at is not None:
        detail = f"disabled {ago(health.disabled_at, now)}: its receiver wants no more (HTTP 410)"
        advice = "Mend the receiver."
    elif since is not None:
        detail = f"failing for {span(now - since)}: {answered(health.last_error, place)}"
        detail += _waiting(backlog.pending)
        advice, commands = what_to_look_at(health.last_error), [test]
    elif standing.has(Reason.GIVEN_UP):
        others = f"others {delivered}" if sent else delivered
        detail = f"{given_up_words(given_up)}; {others}"
        advice = repair_words(given_up)
    else:
        detail = delivered
        commands = [test] if standing.has(Reason.NOTHING_SENT) else []
    return Finding(
        what="channel",
        name=name,
        severity=standing.severity,
        detail=detail,
        advice=advice,
        commands=tuple(commands),
    )


def _waiting(count: int) -> str:
    waits = "waits" if count == 1 else "wait"
    return f"; {counted(count, 'message')} {waits}" if count else ""
