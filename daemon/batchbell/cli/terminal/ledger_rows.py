"""The delivery ledger on a terminal: which channels are in trouble, what waits, what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.grid import GAP, pad, text_width
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.health_lines import hold_words
from batchbell.cli.terminal.ledger_columns import columns_of, event_row
from batchbell.cli.terminal.ledger_trouble import trouble_lines
from batchbell.cli.terminal.phrases import ago, span
from batchbell.cli.terminal.signs import sign
from batchbell.core.event import Severity
from batchbell.messages.plain_text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.cli.terminal.ledger import Ledger
    from batchbell.cli.terminal.ledger_trouble import Extent
    from batchbell.store.views.channels import ChannelView
    from batchbell.store.views.told_alike import ToldAlike


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
        mark = painted(sign(Severity.INFO), Severity.INFO)
        yield from hanging(f"{mark}{GAP}{', '.join(names)}: {waits}", below=3)


def _why(view: ChannelView, now: datetime) -> str:
    """Return `collected for a digest until 2026-11-30 08:20 UTC (in 1h 57m)`, or how long."""
    return hold_words(view.health, now) or f"for {span(now - (view.backlog.oldest_at or now))}"


def _sent(ledger: Ledger) -> Iterator[str]:
    """Yield what was sent, each event once with all who were told."""
    several = sorted(ledger.sent, key=lambda each: _last_sent(each, ledger.now), reverse=True)
    if not several:
        return
    yield click.style("Sent, newest first", bold=True)
    sent = [_last_sent(each, ledger.now) for each in several]
    leads = [(str(number), ago(at, ledger.now)) for at, number in sent]
    widths = [max(map(text_width, column)) for column in zip(*leads, strict=True)]
    rows = [
        event_row(
            # What one message tells stands below its number.
            "" if at and leads[at - 1] == lead else _lead(lead, widths),
            each.events,
            sorted({entry.delivery.channel for entry in each.entries}),
            is_reminder=each.is_reminder,
        )
        for at, (each, lead) in enumerate(zip(several, leads, strict=True))
    ]
    columns = columns_of(rows)
    for row in rows:
        yield from columns.lines(row)
    yield ""
    yield "One with its attempts: batchbell deliveries show NUMBER"
    if ledger.shows_older:
        yield f"{counted(ledger.older, 'older message')}: {ledger.shows_older}"


def _lead(texts: Sequence[str], widths: Sequence[int]) -> str:
    return GAP.join(pad(*each, right=True) for each in zip(texts, widths, strict=True))


def _last_sent(told: ToldAlike, now: datetime) -> tuple[datetime, int]:
    """Return when the last of its messages was sent, and the number of that."""
    deliveries = (entry.delivery for entry in told.entries)
    return max((each.ended_at or now, each.notification_id) for each in deliveries)
