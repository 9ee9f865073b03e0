"""The delivery ledger on a terminal: which channels are in trouble, what waits, what was sent."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import click

from batchbell.cli.terminal.event_lines import dim, named, painted
from batchbell.cli.terminal.grid import GAP, pad, text_width
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.health_lines import hold_words
from batchbell.cli.terminal.ledger_columns import columns_of, event_row
from batchbell.cli.terminal.ledger_trouble import Extent, trouble_lines
from batchbell.cli.terminal.phrases import ago, span
from batchbell.cli.terminal.readers_clock import local, readers_zone
from batchbell.cli.terminal.signs import sign
from batchbell.core.event import Severity
from batchbell.messages.delivery_words import hold_of
from batchbell.messages.event_folds import severity_of_row
from batchbell.messages.plain_text import counted, zone_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from batchbell.cli.terminal.ledger import Ledger
    from batchbell.cli.terminal.ledger_columns import LedgerRow
    from batchbell.store.views.channels import ChannelView
    from batchbell.store.views.deliveries import Delivery
    from batchbell.store.views.told_alike import ToldAlike

#: So many events of a digest are shown: `show` has all of them.
_SHOWN = 5
#: What is sent to several channels within that is sent to them at once.
_AT_ONCE = timedelta(minutes=1)


#: What a time of day takes, columns.
_CLOCK = len("03:02")


class _Block(NamedTuple):
    """Events that the same channels were told at the same time."""

    #: When the last of these messages was sent, and its number.
    at: datetime
    number: int
    channels: Sequence[str]
    told: list[ToldAlike]


def ledger_rows(ledger: Ledger, extent: Extent) -> Iterator[str]:
    """Yield the channels in trouble first, then what waits, then what was sent, newest first."""
    is_of_one = extent is Extent.UNSENT
    sent = [*_sent(ledger, gathers_small=not is_of_one)]
    blocks = [[*trouble_lines(ledger, extent)], [*_waiting(ledger)], sent]
    for at, block in enumerate(filter(None, blocks)):
        if at:
            yield ""
        yield from block


def _waiting(ledger: Ledger) -> Iterator[str]:
    """Yield the channels that have messages waiting and are well: those alike in one line."""
    alike: dict[str, list[ChannelView]] = {}
    for view in sorted(ledger.waiting, key=lambda each: _due(each, ledger.now)):
        alike.setdefault(_why(view, ledger.now), []).append(view)
    if alike:
        yield click.style("Waiting for their time", bold=True)
    for why, views in alike.items():
        names = ", ".join(f"{named(view.name)} ({view.backlog.pending:,})" for view in views)
        mark = painted(sign(Severity.INFO), Severity.INFO)
        yield from hanging(f"{mark}{GAP}{why}: {names}", below=3)


def _due(view: ChannelView, now: datetime) -> tuple[datetime, str]:
    return hold.until if (hold := hold_of(view.health, now, readers_zone())) else now, view.name


def _why(view: ChannelView, now: datetime) -> str:
    """Return `digest at 04:02 CET (in 46m)`, or how long its oldest message waits."""
    waits = span(now - (view.backlog.oldest_at or now))
    return hold_words(view.health, now) or f"for {waits}"


def _sent(ledger: Ledger, *, gathers_small: bool) -> Iterator[str]:
    """Yield what was sent, newest first: events that the same channels were told then together.

    Messages that nobody has to look at are counted below the others if `gathers_small`.
    """
    every = _blocks(ledger)
    small = [block for block in every if gathers_small and _is_small(block)]
    small = small if len(small) < len(every) else []
    blocks = [block for block in every if block not in small]
    if not blocks:
        return
    yield click.style("Sent, newest first", bold=True)
    times = [ago(block.at, ledger.now) for block in blocks]
    width = max(map(text_width, times))
    rows = [[*_rows(block)] for block in blocks]
    columns = columns_of([*chain.from_iterable(rows)], lead=_CLOCK)
    digits = max(len(str(block.number)) for block in blocks)
    day: date | None = None
    for block, when, shown in zip(blocks, times, rows, strict=True):
        moment = local(block.at)
        if moment.date() != day:
            day = moment.date()
            yield click.style(f"{day} {zone_name(moment)}", bold=True)
        number = dim(f"no. {block.number:<{digits}}")
        head = f"{moment:%H:%M}{GAP}{pad(when, width)}{GAP}{number}{GAP}"
        below = text_width(click.unstyle(head))
        yield from hanging(f"{head}{', '.join(map(named, block.channels))}", below=below)
        for row in shown:
            yield from columns.lines(row)
        left = len(block.told) - len(shown)
        if left:
            more = f"and {left:,} more: batchbell deliveries show {block.number}"
            yield dim(f"{columns.below}{more}")
    yield ""
    yield "One with its attempts: batchbell deliveries show NUMBER"
    yield from _in_short(small)
    if ledger.shows_older:
        yield f"{counted(ledger.older, 'older message')}: {ledger.shows_older}"


def _is_small(block: _Block) -> bool:
    """Whether a message tells only that jobs get on."""
    events = [event for told in block.told for event in told.events]
    return bool(events) and severity_of_row(events) is Severity.INFO


def _in_short(blocks: Sequence[_Block]) -> Iterator[str]:
    """Yield how many messages tell only that jobs get on, and the command that shows them."""
    counts = Counter(channel for block in blocks for channel in block.channels)
    for channel, count in sorted(counts.items()):
        only = f"{count:,} more only of progress, to {named(channel)}"
        yield f"{only}: batchbell deliveries --channel {channel}"


def _blocks(ledger: Ledger) -> list[_Block]:
    """Return what was told when: a digest repeats hours later what others knew at once."""
    found: dict[tuple[int, ...], _Block] = {}
    for told in ledger.sent:
        for several in _at_once(told):
            numbers = [each.notification_id for each in several]
            channels = sorted(each.channel for each in several)
            block = _Block(_sent_at(several[0]), numbers[0], channels, [])
            found.setdefault((*sorted(numbers),), block).told.append(told)
    return sorted(found.values(), key=lambda block: block[:2], reverse=True)


def _at_once(told: ToldAlike) -> Iterator[Sequence[Delivery]]:
    """Yield the messages that tell something, the last first, those together that went together."""
    deliveries = [entry.delivery for entry in told.entries]
    several: list[Delivery] = []
    for each in sorted(deliveries, key=lambda it: (_sent_at(it), it.notification_id), reverse=True):
        if several and _sent_at(several[-1]) - _sent_at(each) > _AT_ONCE:
            yield several
            several = []
        several.append(each)
    yield several


def _sent_at(delivery: Delivery) -> datetime:
    return delivery.ended_at or delivery.created_at


def _rows(block: _Block) -> Iterator[LedgerRow]:
    few = block.told if len(block.told) <= _SHOWN else block.told[: _SHOWN - 1]
    for each in few:
        yield event_row("", each.events, is_reminder=each.is_reminder)
