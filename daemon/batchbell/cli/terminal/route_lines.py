"""Which channels would hear of an event, when, and why the others would not, in lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.cli.terminal.channel_rows import ChannelRow, names_width, row_lines
from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.phrases import ahead
from batchbell.cli.terminal.readers_clock import at, readers_zone
from batchbell.cli.terminal.signs import sign
from batchbell.core.delivery.pacing import quiet_hold
from batchbell.core.event import Severity, severity_of
from batchbell.messages.not_told import why_these_were_not_told
from batchbell.messages.plain_text import counted, duration, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.delivery.pacing import Pacing
    from batchbell.core.event import EventKind

_INDENT = "  "
#: So much of what a receiver answered stands in a line, characters.
_ERROR_CHARS = 100


class ReadyChannel(NamedTuple):
    """How a channel is paced, and how it does; None if it was never looked at."""

    pacing: Pacing
    health: ChannelHealth | None


#: At once, not as things are, later.
_ORDER = (Severity.SUCCESS, Severity.WARNING, Severity.INFO)


class _Told(NamedTuple):
    severity: Severity
    words: str


def route_lines(
    told: Mapping[EventKind, Mapping[str, str]], ready: Mapping[str, ReadyChannel], now: datetime
) -> Iterator[str]:
    """Yield for each kind how many channels would hear of it at once, and a row for what is alike.

    `told` has for each kind why each channel is not told, '' for those that are.
    """
    width = names_width(ready)
    for place, (kind, reasons) in enumerate(told.items()):
        severity = severity_of(kind)
        when = {name: _when(ready[name], kind, now) for name, why in reasons.items() if not why}
        at_once = sum(each.severity is Severity.SUCCESS for each in when.values())
        how_many = f"{at_once} of {counted(len(reasons), 'channel')}"
        hear = "hears" if at_once == 1 else "hear"
        if place:
            yield ""
        mark = painted(sign(severity), severity)
        yield f"{mark} {kind.value} ({severity.name.lower()}): {how_many} {hear} it at once"
        for row in _rows(reasons, when):
            yield from row_lines(row, _INDENT, width)


def _rows(reasons: Mapping[str, str], when: Mapping[str, _Told]) -> Iterator[ChannelRow]:
    """Yield the channels that are told at once, those that fail, the later ones, those left out."""
    told: dict[_Told, list[str]] = {}
    others: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        if reason:
            others.setdefault(reason, []).append(name)
        else:
            told.setdefault(when[name], []).append(name)
    for each in sorted(told, key=lambda each: _ORDER.index(each.severity)):
        yield ChannelRow(each.severity, told[each], each.words)
    for reason, names in others.items():
        why = why_these_were_not_told(reason, len(names), readers_zone())
        yield ChannelRow(Severity.INFO, names, f"not told: {why}", is_dim=True)


def _when(channel: ReadyChannel, kind: EventKind, now: datetime) -> _Told:
    """Say when a channel would hear of it, and what keeps it from that."""
    pacing, health = channel
    if health is not None and health.failing_since is not None:
        error = one_line(health.last_error, _ERROR_CHARS)
        since = f"fails since {at(health.failing_since, now)}"
        return _Told(Severity.WARNING, ": ".join(filter(None, (since, error))))
    later, parts = "", []
    hold = quiet_hold(pacing, now)
    passes = pacing.quiet_except is not None and severity_of(kind) >= pacing.quiet_except
    if hold is not None and not passes:
        later = f"told at {at(hold.until, now)} ({ahead(hold.until, now)}): quiet hours"
    if pacing.digest_every is not None:
        parts.append(f"in a digest, at most every {duration(pacing.digest_every)}")
    if pacing.rate is not None:
        parts.append(f"at most {pacing.rate.messages} messages in {duration(pacing.rate.per)}")
    if later:
        return _Told(Severity.INFO, "; ".join((later, *parts)))
    if pacing.digest_every is not None:
        return _Told(Severity.INFO, f"told {'; '.join(parts)}")
    return _Told(Severity.SUCCESS, "; ".join(("told at once", *parts)))
