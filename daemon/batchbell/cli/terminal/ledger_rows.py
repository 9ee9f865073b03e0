"""The delivery ledger on a terminal: which channels are in trouble, what waits, what was sent."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.grid import GAP, pad, shorten, text_width
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.health_lines import hold_words
from batchbell.cli.terminal.ledger import NARROWEST
from batchbell.cli.terminal.ledger_trouble import trouble_lines, troubled
from batchbell.cli.terminal.phrases import ago, span
from batchbell.cli.terminal.signs import sign
from batchbell.core.event import Severity
from batchbell.messages.plain_text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.cli.terminal.ledger import Ledger
    from batchbell.store.views.channels import ChannelView
    from batchbell.store.views.deliveries import LedgerEntry

#: So much of a line names the channels at most: a third.
_CHANNELS_SHARE = 3


def ledger_rows(ledger: Ledger, *, only_failed: bool) -> Iterator[str]:
    """Yield the channels in trouble first, then what waits, then what was sent, newest first.

    `only_failed` leaves the first, with each message that fails.
    """
    blocks = [[*trouble_lines(ledger, with_all=only_failed)]]
    if not only_failed:
        blocks += [[*_waiting(ledger)], [*_sent(ledger)]]
    for at, block in enumerate(filter(None, blocks)):
        if at:
            yield ""
        yield from block


def _waiting(ledger: Ledger) -> Iterator[str]:
    """Yield the channels that have messages waiting and are well: those alike in one line."""
    alike: dict[tuple[int, str], list[str]] = {}
    bad = troubled(ledger)
    for name, view in ledger.channels.items():
        if view.backlog.pending and name not in bad:
            alike.setdefault((view.backlog.pending, _why(view, ledger.now)), []).append(name)
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
    alike: dict[object, list[LedgerEntry]] = {}
    for entry in reversed(ledger.entries):
        if entry.delivery.state == "sent":
            alike.setdefault(_content(ledger, entry), []).append(entry)
    several = sorted(alike.values(), key=lambda each: _ended(each, ledger.now), reverse=True)
    if not several:
        return
    yield click.style("Sent, newest first", bold=True)
    whens = [ago(_ended(each, ledger.now), ledger.now) for each in several]
    width = shutil.get_terminal_size().columns
    names = [_names(each, width // _CHANNELS_SHARE) for each in several]
    widest, when_width = max(map(text_width, names)), max(map(text_width, whens))
    room = max(width - when_width - widest - 2 * len(GAP), NARROWEST)
    for each, when, theirs in zip(several, whens, names, strict=True):
        what = pad(ledger.what(each[0], room), room)
        yield GAP.join((pad(when, when_width), what, theirs)).rstrip()


def _content(ledger: Ledger, entry: LedgerEntry) -> object:
    """Return what messages have in common that are about the same."""
    told = ledger.told.get(entry.delivery.notification_id, ())
    if not told:
        return entry.delivery.notification_id, None
    return told[0].id, entry.events, entry.delivery.is_reminder


def _ended(entries: Sequence[LedgerEntry], now: datetime) -> datetime:
    return max(entry.delivery.ended_at or now for entry in entries)


def _names(entries: Sequence[LedgerEntry], room: int) -> str:
    """Return the channels that have a message: `oncall team phone`, or `oncall team +3`."""
    names = sorted(dict.fromkeys(entry.delivery.channel for entry in entries))
    for shown in range(len(names), 1, -1):
        more = f" +{len(names) - shown}" if shown < len(names) else ""
        if text_width(line := " ".join(names[:shown]) + more) <= room:
            return line
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    return shorten(names[0], room - len(more)) + more
