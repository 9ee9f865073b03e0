"""How the test of a channel went, and what to look at where it failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.signs import sign
from batchbell.core.event import Severity
from batchbell.messages.plain_text import counted, one_line
from batchbell.messages.receiver_advice import answered, wants_no_more, what_to_look_at

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How the test of one channel went."""

    channel: str
    delivered: bool
    reason: str
    duration_seconds: float


def trial_lines(result: Result, place: str, waiting: int) -> Iterator[str]:
    """Yield how it went; of a failure at which host, what to look at, and what becomes of the rest.

    `waiting` is how many messages wait for the receiver alone.
    """
    severity = Severity.SUCCESS if result.delivered else Severity.FAILURE
    mark, name = painted(sign(severity), severity), click.style(result.channel, bold=True)
    reason = one_line(result.reason)
    said = reason if result.delivered else answered(reason, place)
    yield from hanging(f"{mark} {name}: {said} ({result.duration_seconds:.1f} s)")
    if result.delivered:
        return
    if look := what_to_look_at(reason):
        yield from hanging(f"  {look}", below=2)
    if waiting and not wants_no_more(reason):
        yield from hanging(f"  {_of_the_rest(waiting)}", below=2)


def _of_the_rest(waiting: int) -> str:
    rest = counted(waiting, "message")
    if waiting == 1:
        return f"{rest} waits, and goes out by itself once the receiver takes it."
    return f"{rest} wait, and go out by themselves once the receiver takes them."
