"""The delivery ledger on a terminal: which channels are in trouble, what waits, what was sent."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.grid import GAP, pad, shorten, text_width
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.health_lines import hold_words
from batchbell.cli.terminal.ledger import NARROWEST, what_is_told
from batchbell.cli.terminal.ledger_trouble import trouble_lines
from batchbell.cli.terminal.phrases import ago, span
from batchbell.cli.terminal.signs import sign
from batchbell.core.event import Severity
from batchbell.messages.plain_text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from batchbell.cli.terminal.ledger import Ledger
    from batchbell.cli.terminal.ledger_trouble import Extent
    from batchbell.store.views.channels import ChannelView
    from batchbell.store.views.told_alike import ToldAlike

#: So much of a line names the channels at most: a third.
_CHANNELS_SHARE = 3


def ledger_rows(ledger: Ledger, extent: Extent) -> Iterator[str]:
    """Yield the channels in trouble first, then what waits, then what was sent, newest first."""
    blocks = [[*trouble_lines(ledger, extent)], [*_waiting(ledger)], [*_sent(ledger)]]
    for at, block in enumerate(filter(None, blocks)):
        if at:
            yield ""
        yield from block


def _waiting(ledger: Ledger) -> Iterator[str]:
    """Yield the channels that have messages waiting and are well: those alike in one line."""
    alike: dict[tuple[int, str], list[str]] = {}
    for view in ledger.waiting:
        alike.setdefault((view.backlog.pending, _why(view, ledger.now)), []).append(view.name)
    if alike:
        yield click.style("Waiting", bold=True)
    for (count, why), names in alike.items():
        each = " each" if len(names) > 1 else ""
        waits = f"{counted(count, 'message')}{each}, {why}"
        yield from hanging(f"{sign(Severity.INFO)}{GAP}{', '.join(names)}: {waits}", below=3)


def _why(view: ChannelView, now: datetime) -> str:
    """Return `collected for a digest until 2026-11-30 08:20 UTC (in 1h 57m)`, or how long."""
    return hold_words(view.health, now) or f"for {span(now - (view.backlog.oldest_at or now))}"


def _sent(ledger: Ledger) -> Iterator[str]:
    """Yield what was sent, a line for what several channels were told alike."""
    several = sorted(ledger.sent, key=lambda each: _ended(each, ledger.now), reverse=True)
    if not several:
        return
    yield click.style("Sent, newest first", bold=True)
    whens = [ago(_ended(each, ledger.now), ledger.now) for each in several]
    width = shutil.get_terminal_size().columns
    names = [_names(each, width // _CHANNELS_SHARE) for each in several]
    widest, when_width = max(map(text_width, names)), max(map(text_width, whens))
    room = max(width - when_width - widest - 2 * len(GAP), NARROWEST)
    for each, when, theirs in zip(several, whens, names, strict=True):
        told = what_is_told(each.first, each.events, room, is_reminder=each.is_reminder)
        yield GAP.join((pad(when, when_width), pad(told, room), theirs)).rstrip()
    if ledger.shows_older:
        yield f"older ones: {ledger.shows_older}"


def _ended(told: ToldAlike, now: datetime) -> datetime:
    return max(entry.delivery.ended_at or now for entry in told.entries)


def _names(told: ToldAlike, room: int) -> str:
    """Return the channels that have a message: `oncall team phone`, or `oncall team +3`."""
    names = sorted({entry.delivery.channel for entry in told.entries})
    for shown in range(len(names), 1, -1):
        more = f" +{len(names) - shown}" if shown < len(names) else ""
        if text_width(line := " ".join(names[:shown]) + more) <= room:
            return line
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    return shorten(names[0], room - len(more)) + more
