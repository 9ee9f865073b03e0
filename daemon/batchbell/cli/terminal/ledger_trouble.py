"""The channels of the ledger that need a look: why, since when, and which messages they lack."""

from __future__ import annotations

import shutil
from enum import Enum, auto
from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.event_lines import dim, named, painted
from batchbell.cli.terminal.grid import text_width
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.health_lines import failing_words
from batchbell.cli.terminal.lacking_rows import INDENT, lacking_rows, waits_for
from batchbell.cli.terminal.phrases import ago
from batchbell.cli.terminal.readers_clock import readers_zone, to_the_second
from batchbell.cli.terminal.signs import sign
from batchbell.messages.delivery_words import how_far, next_attempt_words
from batchbell.messages.given_up_words import again_words, given_up_words, repair_words
from batchbell.messages.plain_text import counted, one_line
from batchbell.messages.receiver_advice import what_to_look_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.cli.terminal.ledger import Ledger
    from batchbell.store.views.deliveries import LedgerEntry
    from batchbell.store.views.troubles import ChannelTrouble

#: So many messages of a channel are shown where not only those are asked for.
_SHOWN = 5
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
    shown = [(trouble, _shown(ledger, trouble, extent)) for trouble in ledger.troubles]
    rows = lacking_rows(ledger, shown)
    for at, (trouble, entries) in enumerate(shown):
        if at:
            yield ""
        yield from _about(trouble, ledger)
        if any(waits_for(trouble, each) for each in entries):
            order = "failures first, " if extent is Extent.FAILED else ""
            yield f"{INDENT}{dim(f'{order}newest first, with how long each has waited:')}"
        for entry in entries:
            yield from rows.lines(entry)
            yield from _in_one(rows.columns.below, [*_below(ledger, trouble, entry)])
        yield from _others(ledger, trouble, entries, extent)


def _shown(ledger: Ledger, trouble: ChannelTrouble, extent: Extent) -> Sequence[LedgerEntry]:
    """Return the messages that are shown of a channel."""
    lacking = ledger.lacking.get(trouble.name, ())
    if extent is not Extent.LAST_GIVEN_UP:
        return lacking
    given_up = [each for each in lacking if each.delivery.state == "dead" or not trouble.fails]
    return given_up[:_SHOWN]


def _about(trouble: ChannelTrouble, ledger: Ledger) -> Iterator[str]:
    """Yield what is wrong with a channel, and what to do."""
    mark = painted(sign(trouble.severity), trouble.severity)
    words = "; ".join(_words(trouble, ledger.now))
    yield from hanging(f"{mark}  {named(trouble.name)}: {words}", below=3)
    if trouble.fails:
        if trouble.view is not None and (look := what_to_look_at(trouble.view.health.last_error)):
            yield from hanging(f"{INDENT}{look}", below=3)
        yield f"{INDENT}to test it: batchbell notify-test {trouble.name}"
    elif repair := repair_words(trouble.given_up, _refused_at(ledger, trouble)):
        yield from hanging(f"{INDENT}{repair}", below=3)


def _refused_at(ledger: Ledger, trouble: ChannelTrouble) -> str:
    """Return when the only message was refused that a channel lacks; '' if there are more."""
    lacking = [each.delivery for each in ledger.lacking.get(trouble.name, ())]
    ended = [each.ended_at for each in lacking if each.state == "dead"]
    return to_the_second(ended[0]) if len(ended) == 1 and ended[0] is not None else ""


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
        yield f"others delivered {ago(view.health.last_success_at, now)}"


def _in_one(indent: str, parts: Sequence[str]) -> Iterator[str]:
    """Yield parts in one line where it has room for them: what is to be copied is never broken.

    Where one has no room even by itself, all begin further to the left.
    """
    columns = shutil.get_terminal_size().columns
    lines = [f"{indent}{'; '.join(parts)}"]
    for begin in (indent, INDENT + INDENT):
        if any(text_width(line) > columns for line in lines):
            lines = [f"{begin}{part}" for part in parts]
    yield from lines if parts else ()


def _below(ledger: Ledger, trouble: ChannelTrouble, entry: LedgerEntry) -> Iterator[str]:
    """Yield how far a message came and why, unless that is said above, and how to send it again."""
    delivery = entry.delivery
    if not waits_for(trouble, entry):
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
            yield f"{INDENT}and {dead:,} more: batchbell deliveries --failed"
        return
    waiting = trouble.waiting - sum(each.delivery.state == "pending" for each in shown)
    parts = [f"{dead:,} more given up"] if dead > 0 else []
    if waiting > 0:
        failures = ledger.failures_waiting.get(trouble.name, 0)
        past = ledger.past_waiting.get(trouble.name, 0)
        which = _which(waiting, failures, past)
        parts.append(f"{_other_waiting(shown, waiting, extent)}{which}")
    if parts:
        yield from _on_its_own(", ".join(parts), _command(trouble, given_up))


def _which(count: int, failures: int, past: int) -> str:
    """Return ` (4 older failures, 30 others, 20 out of date)`: which are not shown."""
    others = count - failures - past
    if others == count:
        return ""
    parts = [counted(failures, "older failure")] if failures else []
    parts += [counted(others, "other")] if others else []
    parts += [f"{past:,} out of date"] if past else []
    if len(parts) > 1:
        return f" ({', '.join(parts)})"
    if count == 1:
        return ", a failure" if failures else ", out of date"
    return ", all failures" if failures else ", all out of date"


def _on_its_own(what: str, command: str) -> Iterator[str]:
    """Yield a command behind what it shows, or below it: what is to be copied is never broken."""
    line = f"{INDENT}{what}: {command}"
    if text_width(line) <= shutil.get_terminal_size().columns:
        yield line
    else:
        yield from hanging(f"{INDENT}{what}:", below=3)
        yield f"{INDENT}{INDENT}{command}"


def _other_waiting(shown: Sequence[LedgerEntry], count: int, extent: Extent) -> str:
    """Return `15 older ones wait before these`, or `61 more wait`.

    Of one channel the youngest are shown; where all that fails is, failures before them.
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
