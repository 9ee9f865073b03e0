"""What `deliveries` shows on a terminal, read in one transaction."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from batchbell.cli.terminal.ledger import Ledger
from batchbell.cli.terminal.ledger_lines import retry_lines
from batchbell.cli.terminal.ledger_rows import ledger_rows
from batchbell.cli.terminal.ledger_trouble import Extent
from batchbell.store.views import deliveries
from batchbell.store.views.channels import channel_views
from batchbell.store.views.deliveries import DeliveryFilter
from batchbell.store.views.last_sent import count_sent, last_sent
from batchbell.store.views.old_news import old_news, past_among
from batchbell.store.views.told_alike import told_alike, told_by
from batchbell.store.views.troubles import troubles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.store.database import Transaction
    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import Delivery, LedgerEntry
    from batchbell.store.views.told_alike import ToldAlike


#: Of a channel that takes nothing so many messages are shown: failures, and the youngest.
_OPEN_SHOWN = 10


def old_among(
    connection: Transaction, entries: Sequence[LedgerEntry], now: datetime
) -> frozenset[int]:
    """Return the numbers of those given up whose every event is over by now."""
    given_up = [each.delivery for each in entries if each.delivery.state == "dead"]
    return old_news(connection, (each.notification_id for each in given_up), now)


def ledger_on_terminal(
    connection: Transaction, wanted: DeliveryFilter, now: datetime, most: int
) -> Iterator[str]:
    """Yield the channels in trouble, what waits and what was sent, for a terminal."""
    extent, lacking = _extent(wanted), replace(wanted, failed=True)
    if extent is Extent.UNSENT:
        lacking = replace(wanted, unsent=True)
    failed = deliveries.entries(
        connection, lacking, limit=None if extent is Extent.LAST_GIVEN_UP else most
    )
    ledger = _ledger(connection, wanted, now, failed, most)
    yield from ledger_rows(
        _failures_first(connection, ledger, most) if wanted.failed else ledger, extent
    )
    dead = can_be_retried(failed)
    if len(dead) > 1:
        yield from retry_lines(dead, old_among(connection, failed, now))


def _extent(wanted: DeliveryFilter) -> Extent:
    if wanted.failed:
        return Extent.FAILED
    return Extent.LAST_GIVEN_UP if wanted.channel is None else Extent.UNSENT


def _ledger(
    connection: Transaction,
    wanted: DeliveryFilter,
    now: datetime,
    failed: Sequence[LedgerEntry],
    most: int,
) -> Ledger:
    bad = [each for each in troubles(connection) if wanted.channel in {None, each.name}]
    views = [view for view in channel_views(connection) if wanted.channel in {None, view.name}]
    lacking: dict[str, list[LedgerEntry]] = {each.name: [] for each in bad}
    for entry in reversed(failed):
        lacking.setdefault(entry.delivery.channel, []).append(entry)
    told = told_by(connection, failed)
    only_sent = replace(wanted, state="sent")
    sent = [] if wanted.failed else last_sent(connection, wanted, limit=most)
    older = count_sent(connection, wanted) - len(sent) if sent else 0
    return Ledger(
        now=now,
        sent=_only(sent, told_alike(connection, sent, only_sent)),
        older=older,
        shows_older=_shows_older(wanted, most) if older else "",
        troubles=bad,
        lacking=lacking,
        told=told,
        past=past_among(connection, chain.from_iterable(told.values()), now),
        waiting=[
            view
            for view in views
            if view.backlog.pending and view.name not in lacking and not wanted.failed
        ],
    )


def _only(sent: Sequence[LedgerEntry], several: Sequence[ToldAlike]) -> list[ToldAlike]:
    """Return these with what was sent last alone: others were told the same long before."""
    numbers = {each.delivery.notification_id for each in sent}

    def is_meant(entry: LedgerEntry) -> bool:
        return entry.delivery.notification_id in numbers

    return [replace(told, entries=[*filter(is_meant, told.entries)]) for told in several]


def _failures_first(connection: Transaction, ledger: Ledger, most: int) -> Ledger:
    """Return what waits for channels that take nothing, failures first, without the past.

    A channel's oldest message alone is tried meanwhile, which says nothing of the others.
    """
    for name in [each.name for each in ledger.troubles if each.fails]:
        pending = DeliveryFilter(channel=name, state="pending")
        waiting = deliveries.entries(connection, pending)
        told = told_by(connection, waiting)
        past = past_among(connection, chain.from_iterable(told.values()), ledger.now)
        given_up = [each for each in ledger.lacking[name] if each.delivery.state == "dead"]
        ledger = replace(
            ledger, told={**ledger.told, **told}, past=frozenset({*ledger.past, *past})
        )
        is_open = [each for each in waiting if not ledger.is_old(each.delivery.notification_id)]
        is_open.sort(key=ledger.failures_first)
        room = min(most, _OPEN_SHOWN)
        shown, left = is_open[:room], is_open[room:]
        ledger = replace(
            ledger,
            lacking={**ledger.lacking, name: [*shown, *given_up]},
            past_waiting={**ledger.past_waiting, name: len(waiting) - len(is_open)},
            failures_waiting={**ledger.failures_waiting, name: sum(map(ledger.is_failure, left))},
            told={**ledger.told, **dict(_without_the_past(ledger, shown))},
        )
    return ledger


def _without_the_past(
    ledger: Ledger, entries: Sequence[LedgerEntry]
) -> Iterator[tuple[int, list[StoredEvent]]]:
    """Yield what each message tells that is not over, if it tells anything but the past."""
    for number in (each.delivery.notification_id for each in entries):
        news = [each for each in ledger.told[number] if not ledger.is_past(each)]
        if news:
            yield number, news


def _shows_older(wanted: DeliveryFilter, most: int) -> str:
    channel = "" if wanted.channel is None else f" --channel {wanted.channel}"
    return f"batchbell deliveries{channel} --limit {4 * most}"


def can_be_retried(entries: Sequence[LedgerEntry]) -> list[Delivery]:
    """Return what can be sent again: a reminder comes again by itself."""
    all_of = (each.delivery for each in entries)
    return [each for each in all_of if each.state == "dead" and not each.is_reminder]
