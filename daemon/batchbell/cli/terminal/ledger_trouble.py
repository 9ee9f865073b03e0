"""The channels of the ledger that need a look: why, since when, and which messages they lack."""

from __future__ import annotations

import shutil
from enum import Enum, auto
from itertools import chain, compress
from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.event_lines import dim, painted
from batchbell.cli.terminal.grid import GAP, pad, text_width
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.health_lines import failing_words
from batchbell.cli.terminal.ledger_columns import LedgerRow, columns_of, event_row
from batchbell.cli.terminal.phrases import ago, span
from batchbell.cli.terminal.readers_clock import readers_zone
from batchbell.cli.terminal.signs import sign
from batchbell.messages.delivery_words import how_far, next_attempt_words
from batchbell.messages.event_folds import folded
from batchbell.messages.given_up_words import again_words, given_up_words, repair_words
from batchbell.messages.plain_text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.cli.terminal.ledger import Ledger
    from batchbell.messages.event_folds import Fold
    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import LedgerEntry
    from batchbell.store.views.troubles import ChannelTrouble

#: What is said of a channel stands so far in, its messages below that.
_INDENT = " " * 3
#: So many messages of a channel are shown where not only those are asked for.
_SHOWN = 5
#: So many events of a message are shown there.
_EVENTS_SHOWN = 4
#: Deliveries shown as text unless more are asked for.
USUAL_LIMIT = 50


class Extent(Enum):
    """Which messages are shown of a channel in trouble."""

    #: The last that were given up.
    LAST_GIVEN_UP = auto()
    #: All that fail.
    FAILED = auto()
    #: All that nobody has got, of one channel.
    UNSENT = auto()


def trouble_lines(ledger: Ledger, extent: Extent) -> Iterator[str]:
    """Yield each channel in trouble: what is wrong, what to do, and messages that it lacks."""
    if ledger.troubles:
        yield click.style("In trouble", bold=True)
    for trouble in ledger.troubles:
        mark = painted(sign(trouble.severity), trouble.severity)
        words = "; ".join(_words(trouble, ledger.now))
        yield from hanging(f"{mark}  {trouble.name}: {words}", below=3)
        if trouble.fails:
            yield f"{_INDENT}to test it: batchbell notify-test {trouble.name}"
        elif repair := repair_words(trouble.given_up):
            yield from hanging(f"{_INDENT}{repair}", below=3)
        yield from _message_lines(ledger, trouble, extent)


def _words(trouble: ChannelTrouble, now: datetime) -> Iterator[str]:
    """Yield why it fails and since when, how many messages wait, and how many were given up."""
    view, said = trouble.view, ""
    if view is not None and trouble.fails:
        said = view.health.last_error
        yield failing_words(view, now)
    if trouble.waiting:
        how = "waits" if trouble.waiting == 1 else "wait"
        again = trouble.next_attempt_at
        next_attempt = f", {next_attempt_words(again, now)}" if again is not None else ""
        yield f"{counted(trouble.waiting, 'message')} {how}{next_attempt}"
    if trouble.given_up:
        yield given_up_words(trouble.given_up, said)
    if view is not None and not trouble.fails and view.health.last_success_at is not None:
        yield f"last delivered {ago(view.health.last_success_at, now)}"


def _message_lines(ledger: Ledger, trouble: ChannelTrouble, extent: Extent) -> Iterator[str]:
    """Yield messages, each with its number, how to send it again, and how to see the others."""
    shown = ledger.lacking.get(trouble.name, ())
    if extent is Extent.LAST_GIVEN_UP:
        is_shown = (each.delivery.state == "dead" or not trouble.fails for each in shown)
        shown = [*compress(shown, is_shown)][:_SHOWN]
    if any(_waits(trouble, each) for each in shown):
        order = "most urgent" if extent is Extent.FAILED else "newest"
        yield f"{_INDENT}{dim(f'how long each has waited, the {order} first:')}"
    waits = [
        span(ledger.now - each.delivery.created_at) if _waits(trouble, each) else ""
        for each in shown
    ]
    leads = [
        (str(each.delivery.notification_id), wait) for each, wait in zip(shown, waits, strict=True)
    ]
    widths = [max(map(len, column)) for column in zip(*leads, strict=True)]
    several = [
        [*_rows(ledger, entry, _INDENT + _lead(lead, widths))]
        for entry, lead in zip(shown, leads, strict=True)
    ]
    columns = columns_of([*chain.from_iterable(several)])
    for entry, rows in zip(shown, several, strict=True):
        for row in rows:
            yield from columns.lines(row)
        yield from _in_one(columns.below, [*_below(ledger, trouble, entry)])
    yield from _others(ledger, trouble, shown, extent)


def _waits(trouble: ChannelTrouble, entry: LedgerEntry) -> bool:
    """Whether a message waits for its channel: that it does is said of that."""
    return trouble.fails and entry.delivery.state == "pending"


def _lead(texts: Sequence[str], widths: Sequence[int]) -> str:
    parts = (pad(*each, right=True) for each in zip(texts, widths, strict=True) if each[1])
    return GAP.join(parts)


def _rows(ledger: Ledger, entry: LedgerEntry, lead: str) -> Iterator[LedgerRow]:
    """Yield a row for each event that a message tells, of many for the first ones."""
    number, is_reminder = entry.delivery.notification_id, entry.delivery.is_reminder
    folds: list[Fold[StoredEvent] | None] = [
        *folded(ledger.told.get(number, ()), lambda each: each.event)
    ]
    for at, fold in enumerate(folds[:_EVENTS_SHOWN] or [None]):
        told = () if fold is None else fold.all
        yield event_row(
            "" if at else lead,
            [stored.event for stored in told],
            is_reminder=is_reminder,
            is_past=bool(told) and all(map(ledger.is_past, told)),
        )
    left = len(folds) - _EVENTS_SHOWN
    if left > 0:
        yield LedgerRow("", None, "", f"and {left:,} more: batchbell deliveries show {number}")


def _in_one(indent: str, parts: Sequence[str]) -> Iterator[str]:
    """Yield parts in one line where it has room for them: what is to be copied is never broken."""
    line = f"{indent}{'; '.join(parts)}"
    if parts and text_width(line) <= shutil.get_terminal_size().columns:
        yield line
    else:
        yield from (f"{indent}{part}" for part in parts)


def _below(ledger: Ledger, trouble: ChannelTrouble, entry: LedgerEntry) -> Iterator[str]:
    """Yield how far a message came and why, unless that is said above, and how to send it again."""
    delivery = entry.delivery
    if not _waits(trouble, entry):
        yield how_far(delivery, ledger.now, readers_zone())[1]
    is_said = trouble.fails if delivery.state == "pending" else len(trouble.given_up) == 1
    if delivery.reason and not is_said:
        yield one_line(delivery.reason)
    is_told_again = delivery.is_reminder or ledger.is_old(delivery.notification_id)
    if delivery.state == "dead" and trouble.view is not None and not is_told_again:
        again = again_words([delivery.reason])
        yield f"to {again}: batchbell deliveries retry {delivery.notification_id}"


def _others(
    ledger: Ledger, trouble: ChannelTrouble, shown: Sequence[LedgerEntry], extent: Extent
) -> Iterator[str]:
    """Yield how many of its messages are not shown, and the command that shows them."""
    given_up = sum(trouble.given_up.values())
    dead = given_up - sum(
        each.delivery.state == "dead" and not each.delivery.is_reminder for each in shown
    )
    if extent is Extent.LAST_GIVEN_UP:
        if dead > 0:
            yield f"{_INDENT}and {dead:,} more: batchbell deliveries --failed"
        return
    past = ledger.past_waiting.get(trouble.name, 0)
    waiting = trouble.waiting - past - sum(each.delivery.state == "pending" for each in shown)
    parts = [f"{dead:,} more given up"] if dead > 0 else []
    if waiting > 0:
        parts.append(_other_waiting(shown, waiting, extent))
    if past:
        parts.append(f"{counted(past, 'message')} {'tells' if past == 1 else 'tell'} only the past")
    if parts:
        yield from _on_its_own(", ".join(parts), _command(trouble, given_up))


def _on_its_own(what: str, command: str) -> Iterator[str]:
    """Yield a command behind what it shows, or below it: what is to be copied is never broken."""
    line = f"{_INDENT}{what}: {command}"
    if text_width(line) <= shutil.get_terminal_size().columns:
        yield line
    else:
        yield from hanging(f"{_INDENT}{what}:", below=3)
        yield f"{_INDENT}{_INDENT}{command}"


def _other_waiting(shown: Sequence[LedgerEntry], count: int, extent: Extent) -> str:
    """Return `15 older ones wait before these`, or `61 more wait`.

    Of one channel the youngest are shown; where all that fails is, the most urgent.
    """
    waits = "waits" if count == 1 else "wait"
    if extent is Extent.UNSENT and any(each.delivery.state == "pending" for each in shown):
        return f"{count:,} older {'one' if count == 1 else 'ones'} {waits} before these"
    return f"{count:,} more {waits}"


def _command(trouble: ChannelTrouble, given_up: int) -> str:
    """Return what shows all that a channel lacks."""
    every = trouble.waiting + given_up
    limit = f" --limit {every}" if every > USUAL_LIMIT else ""
    return f"batchbell deliveries --channel {trouble.name}{limit}"
