"""One delivery on a terminal: how far it came, what helps, what it tells, every attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.event_lines import folded_attempt_lines, named, painted
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.health_lines import hold_words
from batchbell.cli.terminal.readers_clock import readers_zone, to_the_second
from batchbell.cli.terminal.signs import sign
from batchbell.core.event import Severity
from batchbell.messages.delivery_words import behind_a_failure, how_far, queue_words
from batchbell.messages.given_up_words import again_words, repair_words
from batchbell.messages.plain_text import one_line
from batchbell.messages.receiver_advice import what_to_look_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.store.views.deliveries import Attempt, Delivery
    from batchbell.store.views.troubles import ChannelTrouble

_INDENT = " " * 3


def outcome_of_entry(
    delivery: Delivery,
    health: ChannelHealth | None,
    trouble: ChannelTrouble | None,
    now: datetime,
    *,
    is_old: bool,
) -> Iterator[str]:
    """Yield how far it came, and what helps.

    `health` is of its channel, None if that was removed, `trouble` what is wrong with it, None if
    nothing is; `is_old` if it tells only what is over.
    """
    severity, phrase, _ = how_far(delivery, now, readers_zone())
    failure = behind_a_failure(delivery, health, now, readers_zone())
    if delivery.state == "pending" and trouble is not None and trouble.fails:
        severity = trouble.severity
        phrase = queue_words(trouble.waiting - 1, trouble.next_attempt_at, now)
    if failure:
        phrase = f"not told: {failure}"
    hold = hold_words(health, now) if health is not None and severity is Severity.INFO else ""
    parts = (
        f"{named(delivery.channel)}: {phrase}",
        hold,
        "it tells only what is past" if is_old else "",
        "a reminder" if delivery.is_reminder else "",
        f"delivery {delivery.notification_id}",
    )
    mark = painted(sign(severity), severity)
    yield from hanging(f"{mark}  {', '.join(filter(None, parts))}", below=3)
    if delivery.state != "sent" and delivery.reason:
        yield from hanging(f"{_INDENT}{one_line(delivery.reason)}", below=3)
    yield from _what_helps(delivery, health, is_old=is_old)


def attempts_below(made: Sequence[Attempt]) -> Iterator[str]:
    """Yield the attempts below a heading, those alike as one; nothing if there was none."""
    if made:
        yield ""
        yield click.style("Attempts", bold=True)
        for line in folded_attempt_lines(made):
            yield from hanging(line, below=2)


def _ended(delivery: Delivery) -> str:
    return "" if delivery.ended_at is None else to_the_second(delivery.ended_at)


def _what_helps(delivery: Delivery, health: ChannelHealth | None, *, is_old: bool) -> Iterator[str]:
    """Yield what is to be done, each command at the end of a line of its own."""
    if delivery.state == "sent" or health is None:
        return
    if health.failing_since is not None:
        if look := what_to_look_at(health.last_error):
            yield from hanging(f"{_INDENT}{look}", below=3)
        yield f"{_INDENT}to test it: batchbell notify-test {delivery.channel}"
    if delivery.state == "dead" and not (delivery.is_reminder or is_old):
        reasons = [delivery.reason]
        if health.failing_since is None and (repair := repair_words(reasons, _ended(delivery))):
            yield from hanging(f"{_INDENT}{repair}", below=3)
        command = f"batchbell deliveries retry {delivery.notification_id}"
        yield f"{_INDENT}to {again_words(reasons)}: {command}"
