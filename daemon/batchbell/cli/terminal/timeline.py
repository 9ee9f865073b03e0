"""A job's events on a terminal, each with who was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.event_lines import BELOW, dim, lateness
from batchbell.cli.terminal.event_rows import event_rows, happened
from batchbell.cli.terminal.told_counts import told_counts
from batchbell.cli.terminal.told_words import ABOVE, GIVEN_UP
from batchbell.core.awaiting import IN_END
from batchbell.core.event import Severity
from batchbell.messages.event_folds import SMALL_NEWS, each_alone, folded
from batchbell.store.views.said_once import said_once

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.cli.terminal.told_rows import Teller
    from batchbell.messages.event_folds import Fold
    from batchbell.store.events import StoredEvent
    from batchbell.store.views.job import JobHistory

_INDENT = " " * BELOW


def rows_of(history: JobHistory, *, everything: bool) -> list[Fold[StoredEvent]]:
    """Return a job's events in rows; each has its own with `everything`.

    So has one that a channel never got: that must not go under.
    """
    seen = said_once(history.events, history.deliveries)
    if everything:
        return each_alone(seen)
    return folded(
        seen, lambda stored: stored.event, keeps_row=lambda stored: _was_given_up(stored, history)
    )


def timeline(
    folds: Sequence[Fold[StoredEvent]],
    teller: Teller,
    *,
    told_above: StoredEvent | None = None,
    with_not_told: bool,
    in_short: bool = False,
) -> Iterator[str]:
    """Yield the events, and below each who was told; of `told_above` that was said before.

    Of small news nobody is named, unless one of them was given up or everything is wanted;
    `with_not_told` says whether of the others those are named that were not told; they are where
    nobody was told of what needs a look. `in_short` how many know it is one line.
    """
    for fold, lines in event_rows(folds, happened, of_one_job=True):
        yield from lines
        if lateness(fold.first):
            yield dim(lateness(fold.first))
        if told_above is not None and fold.first.id == told_above.id and not teller.everything:
            is_told = any(stored.id in teller.history.deliveries for stored in fold.all)
            yield dim(f"{_INDENT}{'who' if is_told else 'nobody'} was told {ABOVE}")
        else:
            yield from _told(fold, teller, with_not_told=with_not_told, in_short=in_short)


def _told(
    fold: Fold[StoredEvent], teller: Teller, *, with_not_told: bool, in_short: bool
) -> Iterator[str]:
    is_small = fold.first.event.kind in SMALL_NEWS
    if is_small and not (teller.everything or _was_given_up(fold.first, teller.history)):
        return
    rows = teller.rows(fold, with_not_told=with_not_told)
    if not rows and _needs_a_look(fold.first):
        rows, with_not_told = teller.rows(fold), True
    elif in_short and rows:
        yield f"{_INDENT}{told_counts(rows)}"
        rows = [row for row in rows if row.state == GIVEN_UP]
    yield from teller.lines(rows, _INDENT)
    if not rows and with_not_told:
        yield f"{_INDENT}told to nobody: there was no channel"


def _needs_a_look(stored: StoredEvent) -> bool:
    return stored.event.severity >= Severity.WARNING and IN_END not in stored.not_told.values()


def _was_given_up(stored: StoredEvent, history: JobHistory) -> bool:
    return any(each.state == "dead" for each in history.deliveries.get(stored.id, ()))
