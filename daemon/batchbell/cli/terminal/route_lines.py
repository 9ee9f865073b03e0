"""Which channels would hear of an event, when, and why the others would not, in lines."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import click

from batchbell.cli.terminal.channel_rows import ChannelRow, row_lines, when_width
from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.phrases import ahead
from batchbell.cli.terminal.readers_clock import at, readers_zone
from batchbell.core.delivery.pacing import quiet_hold
from batchbell.core.event import Severity, severity_of
from batchbell.core.gauges import Backlog
from batchbell.core.standing.channels import channel_standing
from batchbell.messages.delivery_words import hold_of
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
_ORDER = (Severity.SUCCESS, Severity.FAILURE, Severity.WARNING, Severity.INFO)


class _Told(NamedTuple):
    severity: Severity
    words: str
    #: When, as far as that is known and not at once.
    at: datetime | None = None

    @property
    def order(self) -> tuple[int, bool, float]:
        """A sort key: at once, not as things are, later; the sooner goes first."""
        is_open, moment = self.at is None, 0.0 if self.at is None else self.at.timestamp()
        return _ORDER.index(self.severity), is_open, moment


def route_lines(
    told: Mapping[EventKind, Mapping[str, str]], ready: Mapping[str, ReadyChannel], now: datetime
) -> Iterator[str]:
    """Yield for each kind how many channels would hear of it at once, and a row for what is alike.

    `told` has for each kind why each channel is not told, '' for those that are.
    """
    for place, (kind, reasons) in enumerate(told.items()):
        when = {name: _when(ready[name], kind, now) for name, why in reasons.items() if not why}
        if place:
            yield ""
        named = f"{click.style(kind.value, bold=True)} ({severity_of(kind).name.lower()})"
        yield from hanging(f"{named}: {', '.join(_how_many(reasons, when))}")
        rows = [*_rows(reasons, when)]
        width = when_width(rows)
        for row in rows:
            yield from row_lines(row, _INDENT, width)


def _how_many(reasons: Mapping[str, str], when: Mapping[str, _Told]) -> Iterator[str]:
    """Yield `5 of 13 channels hear it at once`, `7 later`, `1 fails`, `2 not told`."""
    found = Counter(each.severity for each in when.values())
    at_once, later = found[Severity.SUCCESS], found[Severity.INFO]
    text = f"{at_once} of {counted(len(reasons), 'channel')} {_verb(at_once, 'hear')} it at once"
    yield painted(text, Severity.SUCCESS) if at_once else text
    if later:
        yield painted(f"{later} later", Severity.INFO)
    failing = len(when) - at_once - later
    if failing:
        yield painted(f"{failing} {_verb(failing, 'fail')}", max(found))
    if len(reasons) > len(when):
        yield f"{len(reasons) - len(when)} not told"


def _verb(count: int, verb: str) -> str:
    return f"{verb}s" if count == 1 else verb


def _rows(reasons: Mapping[str, str], when: Mapping[str, _Told]) -> Iterator[ChannelRow]:
    """Yield the channels that are told at once, those that fail, the later ones, those left out."""
    told: dict[_Told, list[str]] = {}
    others: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        if reason:
            others.setdefault(reason, []).append(name)
        else:
            told.setdefault(when[name], []).append(name)
    for each in sorted(told, key=lambda each: each.order):
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
        return _Told(
            channel_standing(health, Backlog()).severity, ": ".join(filter(None, (since, error)))
        )
    hold = quiet_hold(pacing, now)
    passes = pacing.quiet_except is not None and severity_of(kind) >= pacing.quiet_except
    until, when, why = None, "at once", []
    if hold is not None and not passes:
        until, why = hold.until, ["quiet hours"]
    elif pacing.digest_every is not None:
        # What is collected already says when.
        until, when = _next_digest(health, now), "in a digest"
    limits = [*why, *_limits(pacing)]
    severity = Severity.SUCCESS if until is None and when == "at once" else Severity.INFO
    told = f"told {when if until is None else _at(until, now)}"
    return _Told(severity, ": ".join(filter(None, (told, "; ".join(limits)))), until)


def _next_digest(health: ChannelHealth | None, now: datetime) -> datetime | None:
    hold = None if health is None else hold_of(health, now, readers_zone())
    return None if hold is None else hold.until


def _at(moment: datetime, now: datetime) -> str:
    return f"at {at(moment, now)} ({ahead(moment, now)})"


def _limits(pacing: Pacing) -> Iterator[str]:
    if pacing.digest_every is not None:
        yield f"a digest at most every {duration(pacing.digest_every)}"
    if pacing.rate is not None:
        yield f"at most {pacing.rate.messages} messages in {duration(pacing.rate.per)}"
