"""The channels of the ledger that need a look: why, since when, and which messages they lack."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.grid import GAP, pad
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.health_lines import failing_words
from batchbell.cli.terminal.signs import sign
from batchbell.core.event import Severity
from batchbell.messages.delivery_words import how_far
from batchbell.messages.plain_text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.cli.terminal.ledger import Ledger
    from batchbell.store.views.channels import ChannelView
    from batchbell.store.views.deliveries import LedgerEntry

#: What is said of a channel stands so far in, its messages below that.
_INDENT = " " * 3
#: So many messages of a channel are shown where not only those are asked for.
_SHOWN = 5


def troubled(ledger: Ledger) -> dict[str, list[LedgerEntry]]:
    """Return the channels in trouble with their messages that fail, what is worst first."""
    found = {
        name: [entry for entry in ledger.failed if entry.delivery.channel == name]
        for name in (
            *(name for name, view in ledger.channels.items() if _is_in_trouble(view)),
            *(entry.delivery.channel for entry in ledger.failed),
        )
    }
    return dict(sorted(found.items(), key=lambda each: -_severity(ledger, *each)))


def trouble_lines(ledger: Ledger, *, with_all: bool) -> Iterator[str]:
    """Yield each channel in trouble: what is wrong, what to do, and the messages given up.

    `with_all` those that are still tried, too.
    """
    channels = troubled(ledger)
    if not channels:
        return
    yield click.style("In trouble", bold=True)
    for name, entries in channels.items():
        severity, view = _severity(ledger, name, entries), ledger.channels.get(name)
        words = "; ".join(_words(ledger, view, entries))
        yield from hanging(f"{painted(sign(severity), severity)}  {name}: {words}", below=3)
        if view is not None and failing_words(view, ledger.now):
            yield f"{_INDENT}to test it: batchbell notify-test {name}"
        yield from _message_lines(ledger, entries, with_all=with_all)


def _is_in_trouble(view: ChannelView) -> bool:
    return view.standing.severity >= Severity.WARNING


def _severity(ledger: Ledger, name: str, entries: Sequence[LedgerEntry]) -> Severity:
    """Return how bad it is: a message given up is as bad as a channel that fails."""
    severities = [how_far(entry.delivery, ledger.now)[0] for entry in entries]
    view = ledger.channels.get(name)
    return max([*severities, *([] if view is None else [view.standing.severity])])


def _words(
    ledger: Ledger, view: ChannelView | None, entries: Sequence[LedgerEntry]
) -> Iterator[str]:
    """Yield why it fails and since when, how many messages wait, and how many were given up."""
    fails = "" if view is None else failing_words(view, ledger.now)
    if fails:
        yield fails
    waiting = [entry for entry in entries if entry.delivery.state == "pending"]
    pending = view.backlog.pending if view is not None and fails else len(waiting)
    if pending:
        how = "waits" if pending == 1 else "wait"
        reason = "" if fails else _reason(waiting[-1])
        yield f"{counted(pending, 'message')} {how}{reason and f': {reason}'}"
    dead = [entry for entry in entries if entry.delivery.state == "dead"]
    if dead:
        reasons = {_reason(entry) for entry in dead}
        reason = "" if len(reasons) > 1 else reasons.pop()
        yield f"{counted(len(dead), 'message')} given up{reason and f': {reason}'}"


def _message_lines(
    ledger: Ledger, entries: Sequence[LedgerEntry], *, with_all: bool
) -> Iterator[str]:
    """Yield messages, the youngest first, each with its number, and how to send it again."""
    wanted = [each for each in reversed(entries) if with_all or each.delivery.state == "dead"]
    shown = wanted if with_all else wanted[:_SHOWN]
    leads = [(str(each.delivery.notification_id), _state(ledger, each)) for each in shown]
    widths = [max(map(len, column)) for column in zip(*leads, strict=True)]
    for entry, (number, state) in zip(shown, leads, strict=True):
        lead = _INDENT + GAP.join((pad(number, widths[0], right=True), pad(state, widths[1]), ""))
        yield lead + ledger.what(entry, shutil.get_terminal_size().columns - len(lead))
        if _can_be_retried(ledger, entry):
            below = " " * (len(_INDENT) + widths[0] + len(GAP))
            yield f"{below}to send it again: batchbell deliveries retry {number}"
    if len(wanted) > len(shown):
        yield f"{_INDENT}and {len(wanted) - len(shown):,} more: batchbell deliveries --failed"


def _state(ledger: Ledger, entry: LedgerEntry) -> str:
    """Return `given up 3h 34m ago`, `given up 8h ago, old news` or `retrying in 4m 19s`."""
    _, phrase, _ = how_far(entry.delivery, ledger.now)
    is_old = entry.delivery.notification_id in ledger.old
    return f"{phrase}, old news" if is_old else phrase


def _can_be_retried(ledger: Ledger, entry: LedgerEntry) -> bool:
    delivery = entry.delivery
    is_told_again = delivery.is_reminder or delivery.notification_id in ledger.old
    return delivery.state == "dead" and not is_told_again


def _reason(entry: LedgerEntry) -> str:
    return one_line(entry.delivery.reason)
