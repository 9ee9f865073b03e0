"""Who was told of a job's events, who waits and who was not: rows of channels that fared alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from batchbell.cli.terminal.channel_rows import MARK, ChannelRow, row_lines, when_width
from batchbell.cli.terminal.event_lines import attempt_lines
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.told_words import (
    ABOVE,
    GIVEN_UP,
    NOT_TOLD,
    REMINDED,
    TOLD,
    WAITS,
    became,
    not_told_words,
    told_at,
)
from batchbell.core.event import ENDS, Severity
from batchbell.messages.plain_text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.cli.terminal.told_words import Became
    from batchbell.messages.event_folds import Fold
    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import Attempt, Delivery
    from batchbell.store.views.job import JobHistory


#: So wide is when somebody was told, mostly: what was told of several events stays in line.
_USUAL = len("told 20:20 CET (6h 54m ago)")


class ToldRow(NamedTuple):
    """Channels that fared alike."""

    severity: Severity
    channels: tuple[str, ...]
    text: str
    #: For a count of channels: `told`, `waits`, `given up`, `not told`.
    state: str
    #: The text of several channels, if that is another one.
    of_several: str = ""
    #: The numbers of the deliveries; none of those that were not told.
    numbers: tuple[int, ...] = ()
    #: When they were told, or will be; None of those that are not.
    at: datetime | None = None


@dataclass(slots=True)
class Teller:
    """Says of each event who was told; what holds for a channel is said once.

    With `everything` it is said each time, with the deliveries' numbers and their attempts.
    """

    history: JobHistory
    everything: bool
    #: Channels with what was said of them.
    _said: set[tuple[str, str]] = field(default_factory=set)

    def rows(self, fold: Fold[StoredEvent], *, with_not_told: bool = True) -> list[ToldRow]:
        """Return the rows of an event, or of an end with the verdicts on it."""
        found = [*self._delivered(fold)]
        if with_not_told:
            told = {channel for row in found for channel in row.channels}
            found += self._not_told(fold, told)
        return [*self._joined(sorted(found, key=_order))]

    def waiting(self) -> list[ToldRow]:
        """Return for what each channel waits, where that is the same for all its messages."""
        found: dict[str, ToldRow] = {}
        for stored in self.history.events:
            for delivery in self._deliveries(stored):
                says = became(delivery, stored, self.history)
                if says.state == WAITS and says.is_of_channel and delivery.channel not in found:
                    found[delivery.channel] = self._row(delivery, stored)
        return [*self._joined(sorted(found.values(), key=_order))]

    def _delivered(self, fold: Fold[StoredEvent]) -> Iterator[ToldRow]:
        """Yield each delivery: of what is one row the first to a channel, and its reminders."""
        seen: set[str] = set()
        for stored in fold.all:
            told = self.history.deliveries.get(stored.id, ())
            fresh = [each for each in told if each.channel not in seen]
            seen.update(each.channel for each in fresh)
            yield from (self._row(each, stored) for each in fresh)
            yield from self._reminders(stored)

    def _reminders(self, stored: StoredEvent) -> Iterator[ToldRow]:
        """Yield each reminder, or to each channel the last one."""
        several = self.history.reminders.get(stored.id, ())
        if self.everything:
            yield from (self._row(each, stored) for each in several)
            return
        counts = Counter(each.channel for each in several)
        for last in {each.channel: each for each in several}.values():
            row, count = self._row(last, stored), counts[last.channel]
            when, *why = row.text.split(": ", 1)
            text = ": ".join((f"{when}, the last of {counted(count, 'reminder')}", *why))
            yield row if count == 1 else row._replace(text=text, of_several=text)

    def _deliveries(self, stored: StoredEvent) -> list[Delivery]:
        history = self.history
        told = history.deliveries.get(stored.id, ())
        return [*told, *history.reminders.get(stored.id, ())]

    def _row(self, delivery: Delivery, stored: StoredEvent) -> ToldRow:
        found = became(delivery, stored, self.history)
        number = delivery.notification_id
        text = self._new(delivery.channel, found)
        several = f"wait{text.removeprefix(WAITS)}" if text.startswith(WAITS) else text
        return ToldRow(
            found.severity,
            (delivery.channel,),
            text,
            found.state,
            of_several=several,
            numbers=(number,),
            at=told_at(delivery, self.history),
        )

    def _new(self, channel: str, found: Became) -> str:
        """Return what is said of a channel, or that it was said."""
        if self.everything or not found.brief:
            return found.text
        if (channel, found.text) in self._said:
            return found.brief
        self._said.add((channel, found.text))
        return found.text

    def _not_told(self, fold: Fold[StoredEvent], told: set[str]) -> Iterator[ToldRow]:
        stored = fold.first
        of_end = self._of_end(stored)
        for channel in sorted(stored.not_told):
            why, of_several = not_told_words(stored, channel, of_end)
            if channel in told:
                continue
            is_said = not self.everything and (channel, why) in self._said
            self._said.add((channel, why))
            texts = (f"{NOT_TOLD}: {why}", f"{NOT_TOLD}: {of_several}")
            text, several = (f"{NOT_TOLD} {ABOVE}",) * 2 if is_said else texts
            yield ToldRow(Severity.INFO, (channel,), text, NOT_TOLD, several)

    def _joined(self, rows: Sequence[ToldRow]) -> Iterator[ToldRow]:
        """Yield the rows, of which the same is said as one; with its attempts each stands alone."""
        alike: dict[object, list[ToldRow]] = {}
        for row in rows:
            alone = row.channels if [*self._attempts(row)] else ()
            alike.setdefault((row.severity, row.text, alone), []).append(row)
        for first, *others in alike.values():
            several = sorted((first, *others), key=lambda row: row.channels[0])
            yield first._replace(
                channels=tuple(channel for row in several for channel in row.channels),
                text=first.of_several if others else first.text,
                numbers=tuple(number for row in several for number in row.numbers),
            )

    def lines(self, rows: Sequence[ToldRow], indent: str) -> Iterator[str]:
        """Yield rows in columns, and below each its attempts where all is wanted."""
        shown = [self._shown(row) for row in rows]
        usual = _USUAL if any(row.state == TOLD for row in rows) else 0
        width, below = max(when_width(shown), usual), " " * (len(indent) + MARK)
        for row, of_channels in zip(rows, shown, strict=True):
            yield from row_lines(of_channels, indent, width)
            for line in attempt_lines(self._attempts(row), below):
                yield from hanging(line, below=len(below) + len("✗ "))

    def _shown(self, row: ToldRow) -> ChannelRow:
        return ChannelRow(
            row.severity,
            row.channels,
            row.text,
            self._number(row),
            # It is as somebody configured it.
            is_dim=row.state == NOT_TOLD,
            is_text_dim=row.text.endswith(ABOVE),
        )

    def _number(self, row: ToldRow) -> str:
        """Return what `deliveries show` takes, where all is wanted."""
        if not self.everything or not row.numbers:
            return ""
        word = "delivery" if len(row.numbers) == 1 else "deliveries"
        return f"{word} {', '.join(map(str, row.numbers))}"

    def _attempts(self, row: ToldRow) -> list[Attempt]:
        """Return the attempts that are told of a row: what went well at once has none."""
        if not self.everything:
            return []
        found = [
            attempt for number in row.numbers for attempt in self.history.attempts.get(number, ())
        ]
        return found if any(map(_tells, found)) else []

    def _of_end(self, stored: StoredEvent) -> dict[str, Delivery]:
        """Return what became of the message about the end that a verdict is about, by channel."""
        for end in self.history.events:
            if end.event.kind in ENDS and end.event.qualifier == stored.event.qualifier:
                deliveries = self.history.deliveries.get(end.id, ())
                return {each.channel: each for each in deliveries}
        return {}


def _order(row: ToldRow) -> tuple[int, float, str]:
    """Return the place of a row: what was told comes first, in its order, who is not told last."""
    states = (TOLD, REMINDED, GIVEN_UP, WAITS, NOT_TOLD)
    moment = 0.0 if row.at is None else row.at.timestamp()
    return states.index(row.state), moment, row.channels[0]


def _tells(attempt: Attempt) -> bool:
    return not attempt.delivered or bool(attempt.output)
