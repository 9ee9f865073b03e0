"""`batchbell deliveries`: the delivery ledger, and retrying what was given up."""

from __future__ import annotations

import os
from itertools import chain
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import channel_names
from batchbell.cli.ledger_reading import can_be_retried, ledger_on_terminal, old_among
from batchbell.cli.reading import corrected_now, open_database, reading
from batchbell.cli.terminal.event_rows import event_rows, happened
from batchbell.cli.terminal.ledger_entry import attempts_below, outcome_of_entry
from batchbell.cli.terminal.ledger_lines import entry_lines, ledger_lines, retry_lines
from batchbell.cli.terminal.ledger_trouble import USUAL_LIMIT
from batchbell.cli.terminal.output import on_terminal
from batchbell.errors import UsageError
from batchbell.json_views.events import entry_json, event_json
from batchbell.json_views.writing import document
from batchbell.messages.event_folds import each_alone
from batchbell.messages.plain_text import counted
from batchbell.store import accounts, channels
from batchbell.store.views import deliveries, event_deliveries
from batchbell.store.views.old_news import old_news
from batchbell.store.views.said_once import said_once
from batchbell.store.views.troubles import troubles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from batchbell.json_views.shapes import DeliveryJson
    from batchbell.store.database import Transaction
    from batchbell.store.views.deliveries import Attempt, LedgerEntry

#: What a database can number, and how many digits that has.
_LARGEST = 2**63 - 1
_LONGEST = len(str(_LARGEST))


@click.group(invoke_without_command=True)
@click.option("--failed", is_flag=True, help="Only those given up or failing.")
@click.option(
    "--channel", metavar="NAME", shell_complete=channel_names, help="Only those of this channel."
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the last so many  [default: 50].")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array; no default limit.")
@click.pass_context
def command(
    ctx: click.Context, failed: bool, channel: str | None, limit: int | None, as_json: bool
) -> None:
    """Show which channels are in trouble, what waits and what was sent; or retry what was given up.

    A pipe has the whole ledger, oldest first, a line a message.
    """
    if ctx.invoked_subcommand is not None:
        return
    wanted = deliveries.DeliveryFilter(channel=channel, failed=failed)
    most = limit or USUAL_LIMIT
    with reading(open_database(ctx.obj.config_file)) as connection:
        now = corrected_now(accounts.load_all(connection))
        if channel is not None:
            _check(channel, channels.names(connection))
        if as_json:
            entries = deliveries.entries(connection, wanted, limit=limit)
            ids = [entry.delivery.notification_id for entry in entries]
            attempts = deliveries.attempts_of(connection, ids)
            lines = [document([_json(entry, attempts) for entry in entries])]
        elif on_terminal():
            lines = [*ledger_on_terminal(connection, wanted, now, most)]
        else:
            lines = [*_lines(connection, deliveries.entries(connection, wanted, limit=most), now)]
    nothing = "Nothing failed." if failed else "Nothing was to be delivered yet."
    click.echo("\n".join(lines) or nothing)


def _check(channel: str, known: Sequence[str]) -> None:
    """Raise `UsageError` for a channel that never was configured."""
    if channel not in known:
        from batchbell.config.nearest import nearest

        hint = f"; the nearest is {nearest(channel, known)}" if known else ""
        raise UsageError(f"there is no channel {channel!r}{hint}")


def _lines(connection: Transaction, entries: Sequence[LedgerEntry], now: datetime) -> Iterator[str]:
    """Yield a line a message for a pipe; nothing if there is none."""
    ids = [entry.delivery.notification_id for entry in entries]
    if ids:
        told = event_deliveries.first_events_of(connection, ids, most=1)
        yield from ledger_lines(entries, deliveries.attempts_of(connection, ids), told, now)
        yield from retry_lines(can_be_retried(entries), old_among(connection, entries, now))


@command.command()
@click.argument("delivery_id", metavar="ID", type=click.IntRange(min=1, max=_LARGEST))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def show(ctx: click.Context, delivery_id: int, as_json: bool) -> None:
    """Show one delivery with every attempt: when, how long, how it ended, what a program wrote."""
    with reading(open_database(ctx.obj.config_file)) as connection:
        now = corrected_now(accounts.load_all(connection))
        entry = deliveries.entry(connection, delivery_id)
        attempts = deliveries.attempts_of(connection, [delivery_id])
        told = event_deliveries.events_of(connection, delivery_id)
        is_old = delivery_id in old_news(connection, [delivery_id], now)
        healths = {each.channel: each for each in channels.load_configured(connection)}
        bad = {each.name: each for each in troubles(connection)}
    if entry is None:
        raise UsageError(f"there is no delivery {delivery_id}: see batchbell deliveries")
    if as_json:
        events = [event_json(stored) for stored in told]
        click.echo(document({**_json(entry, attempts), "events": events}))
        return
    about = chain.from_iterable(
        lines for _, lines in event_rows(each_alone(said_once(told, {})), happened)
    )
    made, delivery = attempts.get(delivery_id, ()), entry.delivery
    if on_terminal():
        health, trouble = healths.get(delivery.channel), bad.get(delivery.channel)
        outcome = outcome_of_entry(delivery, health, trouble, now, is_old=is_old)
        click.echo("\n".join((*outcome, "", *about, *attempts_below(made))))
    else:
        click.echo("\n".join((*entry_lines(entry, made, now), *about)))


@command.command()
@click.argument("which", metavar="ID...|all", nargs=-1, required=True)
@click.option("--old-news", is_flag=True, help="With all: what tells only old news, too.")
@click.pass_context
def retry(ctx: click.Context, which: tuple[str, ...], old_news: bool) -> None:
    """Send again what was given up: deliveries by their ids, or all that is still news.

    Old news is of a deadline, a standstill or an outage that is past.
    """
    from batchbell.config import database_url
    from batchbell.store.opening import database_at
    from batchbell.usecases.cancel import retry_deliveries

    numbers = None if which == ("all",) else [_number(each) for each in which]
    old: Mapping[int, str] = {}
    with reading(open_database(ctx.obj.config_file)) as connection:
        now = corrected_now(accounts.load_all(connection))
        if numbers is None and not old_news:
            numbers, old = _among_all(connection, now)
    database = database_at(database_url(ctx.obj.config_file, os.environ))
    again = retry_deliveries(database, numbers, now, enabling=old.values())
    left = [] if which == ("all",) else [str(each) for each in numbers or () if each not in again]
    if again or not left:
        click.echo(
            f"{counted(len(again), 'delivery', 'deliveries')} to be sent again by the daemon"
        )
    if old:
        tells = "tells" if len(old) == 1 else "tell"
        click.echo(
            f"{len(old):,} {tells} only of a deadline, a standstill or an outage that is past; to "
            "send that too: batchbell deliveries retry --old-news all"
        )
    if left:
        raise UsageError(
            f"delivery {', '.join(left)} was not given up, or is a reminder, which comes again by "
            "itself: see batchbell deliveries --failed"
        )


def _number(which: str) -> int:
    """Return a delivery's number. Raises `UsageError`."""
    if not which.isdecimal():
        raise UsageError(f'{which!r} is no delivery: name its id, or "all" alone')
    if len(which) > _LONGEST or int(which) > _LARGEST:
        raise UsageError(f"there is no delivery {which[:_LONGEST]}: see batchbell deliveries")
    return int(which)


def _among_all(connection: Transaction, now: datetime) -> tuple[list[int], dict[int, str]]:
    """Return the numbers of those given up that are still news, and the others' with channels."""
    failed = deliveries.DeliveryFilter(failed=True)
    entries = deliveries.entries(connection, failed)
    told = [entry for entry in entries if not entry.delivery.is_reminder]
    channels = {entry.delivery.notification_id: entry.delivery.channel for entry in told}
    old = old_among(connection, told, now)
    return [*channels.keys() - old], {number: channels[number] for number in old}


def _json(entry: LedgerEntry, attempts: Mapping[int, Sequence[Attempt]]) -> DeliveryJson:
    return entry_json(entry, attempts.get(entry.delivery.notification_id, ()))
