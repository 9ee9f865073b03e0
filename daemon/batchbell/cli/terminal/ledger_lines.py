"""The delivery ledger in lines of text, for a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.event_lines import attempt_lines
from batchbell.cli.terminal.grid import Cell, Column, plain_lines
from batchbell.cli.terminal.phrases import ago, ahead
from batchbell.cli.terminal.readers_clock import readers_view
from batchbell.core.delivery.given_up import is_refused
from batchbell.messages.delivery_words import state_word
from batchbell.messages.headline import headline
from batchbell.messages.plain_text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import Attempt, Delivery, LedgerEntry

#: Attempts shown below a delivery in the list.
ATTEMPTS_SHOWN = 3
_INDENT = "      "
_COLUMNS = (
    Column("id", right=True),
    Column("channel"),
    Column("state"),
    Column("attempts", right=True),
    Column("events", right=True),
    Column("when"),
    Column("reason"),
)


def ledger_lines(
    entries: Sequence[LedgerEntry],
    attempts: Mapping[int, Sequence[Attempt]],
    told: Mapping[int, Sequence[StoredEvent]],
    now: datetime,
) -> Iterator[str]:
    """Yield each delivery, what it tells, and the attempts unless it went through at once."""
    header, *lines = _table(entries, now)
    yield header
    for line, entry in zip(lines, entries, strict=True):
        number = entry.delivery.notification_id
        yield line
        yield from _told_lines(told.get(number, ()), entry.events)
        yield from _tried_lines(number, attempts.get(number, ()))


def retry_lines(dead: Sequence[Delivery], old: Collection[int]) -> Iterator[str]:
    """Yield how what was given up is sent again: first what is still news.

    `old` has the numbers of deliveries that tell only what is over.
    """
    count = sum(each.notification_id in old for each in dead)
    if not dead:
        return
    yield ""
    if not count:
        once = ", once repaired" if any(is_refused(each.reason) for each in dead) else ""
        command = "batchbell deliveries retry all"
        yield f"Send again what was given up{once}: {command}, or one by its id"
        return
    tells = "tells" if count == 1 else "tell"
    yield (
        f"Of {len(dead):,} given up {count:,} {tells} only of a deadline, a standstill or an "
        "outage that is past."
    )
    if count < len(dead):
        yield "Send again what is still news:"
        yield "    batchbell deliveries retry all"
    yield "Send again all, what is past too:"
    yield "    batchbell deliveries retry --old-news all"


def entry_lines(entry: LedgerEntry, made: Sequence[Attempt], now: datetime) -> Iterator[str]:
    """Yield one delivery with all its attempts."""
    yield from _table([entry], now)
    yield from attempt_lines(made, _INDENT)


def _table(entries: Sequence[LedgerEntry], now: datetime) -> Iterator[str]:
    return plain_lines(_COLUMNS, [_cells(entry, now) for entry in entries])


def _told_lines(told: Sequence[StoredEvent], count: int) -> Iterator[str]:
    """Yield the first event of a delivery, and how many more it is about."""
    for stored in told:
        more = count - len(told)
        yield f"{_INDENT}{headline(stored.event, readers_view())}" + (
            f" +{more:,} more" if more else ""
        )


def _tried_lines(number: int, made: Sequence[Attempt]) -> Iterator[str]:
    """Yield the last attempts of a delivery; nothing if it went through at once."""
    if all(attempt.delivered and not attempt.output for attempt in made):
        return
    if len(made) > ATTEMPTS_SHOWN:
        earlier = counted(len(made) - ATTEMPTS_SHOWN, "earlier attempt")
        yield f"{_INDENT}{earlier}: batchbell deliveries show {number}"
    yield from attempt_lines(made[-ATTEMPTS_SHOWN:], _INDENT)


def _cells(entry: LedgerEntry, now: datetime) -> list[Cell]:
    delivery = entry.delivery
    texts = [
        str(delivery.notification_id),
        delivery.channel,
        state_word(delivery),
        str(delivery.attempts),
        f"{entry.events}{' (reminder)' if delivery.is_reminder else ''}",
        _when(entry, now),
        one_line(delivery.reason),
    ]
    return [Cell(text) for text in texts]


def _when(entry: LedgerEntry, now: datetime) -> str:
    delivery = entry.delivery
    if delivery.ended_at is not None:
        return ago(delivery.ended_at, now)
    created = ago(delivery.created_at, now)
    aside = ", set aside" if delivery.is_set_aside else ""
    return f"{created}{aside}, next attempt {ahead(delivery.next_attempt_at, now)}"
