"""Lists of events in fewer rows: an end with the verdicts on it, and runs of small news."""

from __future__ import annotations

from collections import defaultdict
from itertools import filterfalse, groupby
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from batchbell.core.event import ENDS, EventKind
from batchbell.messages.headline import happening
from batchbell.messages.kind_words import WORDS
from batchbell.messages.plain_text import within
from batchbell.messages.results_words import verdict_words
from batchbell.messages.view import PLAIN_VIEW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from batchbell.core.event import Event, Severity
    from batchbell.messages.view import View

Item = TypeVar("Item")
#: What happens to each job that goes well: nobody has to look at it.
_FURTHER = (EventKind.CREATED, EventKind.VALIDATING, EventKind.IN_PROGRESS, EventKind.PROGRESS)
SMALL_NEWS = frozenset(_FURTHER)
#: The verdicts that an end's row can say; that results are lost is worse than any end.
IN_ENDS = frozenset({EventKind.RESULTS, EventKind.INCOMPLETE})


class Fold(NamedTuple, Generic[Item]):
    """One row of a list."""

    #: What the row is about.
    first: Item
    #: What it stands for besides.
    others: tuple[Item, ...] = ()

    @property
    def all(self) -> tuple[Item, ...]:
        """Everything that the row stands for."""
        return (self.first, *self.others)


def each_alone(items: Iterable[Item]) -> list[Fold[Item]]:
    """Return a row for each event."""
    return [Fold(item) for item in items]


def folded(
    items: Sequence[Item],
    event_of: Callable[[Item], Event],
    *,
    keeps_row: Callable[[Item], bool] = lambda _: False,
) -> list[Fold[Item]]:
    """Return the rows of a list in its order.

    A verdict goes with its end, if that is in the list. Small news that nothing stands between are
    one row. What `keeps_row` has a row of its own.
    """
    ends = {end_of(event_of(each)) for each in items if event_of(each).kind in ENDS}

    def is_small(item: Item) -> bool:
        return event_of(item).kind in SMALL_NEWS and not keeps_row(item)

    def is_said(item: Item) -> bool:
        event = event_of(item)
        return event.kind in IN_ENDS and end_of(event) in ends and not keeps_row(item)

    verdicts = defaultdict[tuple[str, str, str], list[Item]](list)
    for item in filter(is_said, items):
        verdicts[end_of(event_of(item))].append(item)
    found: list[Fold[Item]] = []
    for are_small, run in groupby(filterfalse(is_said, items), is_small):
        first, *others = run
        if are_small:
            found.append(Fold(first, tuple(others)))
        else:
            found += [_with_verdicts(each, event_of(each), verdicts) for each in (first, *others)]
    return found


def end_of(event: Event) -> tuple[str, str, str]:
    """Return what an end and the verdicts on it have in common."""
    return event.account, event.job_id, event.qualifier


def severity_of_row(events: Iterable[Event]) -> Severity:
    """Return how bad the worst is of what a row stands for."""
    return max(event.severity for event in events)


def row_words(events: Sequence[Event], view: View = PLAIN_VIEW) -> tuple[str, str]:
    """Return label and detail of the events that are one row, the one it is about first.

    Of an end it is `COMPLETED`, `950 of 1,000 ok, 40 failed`, though that was told after it; of
    small news `Created, validating, past 25%`, of several jobs, each counted once by how far it
    came, `8 created (7 in progress, 1 validating), 1 progressed`.
    """
    first, *others = events
    if not others:
        return happening(first, view)
    if first.kind in SMALL_NEWS:
        return _small_news(events), ""
    label, detail = happening(first, view)
    verdicts = filter(None, (verdict_words(each.facts.results) for each in others))
    is_said = first.facts.results.verdict is not None
    return label, detail if is_said else ", ".join(filter(None, (detail, next(verdicts, ""))))


def jobs_of(events: Iterable[Event]) -> int:
    """Return how many jobs the events are about."""
    return len({(event.account, event.job_id) for event in events})


def others_words(events: Sequence[Event]) -> str:
    """Return `also INCOMPLETE, RESULTS`, of what an end's row stands for.

    '' if that is the end alone.
    """
    if not events:
        return ""
    return f"also {', '.join(dict.fromkeys(WORDS[event.kind].label for event in events))}"


def _small_news(events: Sequence[Event]) -> str:
    if jobs_of(events) == 1:
        first, *others = dict.fromkeys(happening(event)[0] for event in events)
        return ", ".join([first, *(within(each) for each in others)])
    told = defaultdict[tuple[str, str], list[EventKind]](list)
    for event in events:
        told[event.account, event.job_id].append(event.kind)
    new = [max(kinds, key=_FURTHER.index) for kinds in told.values() if kinds[0] is _FURTHER[0]]
    old = [max(kinds, key=_FURTHER.index) for kinds in told.values() if kinds[0] is not _FURTHER[0]]
    went_on = _counted([kind for kind in new if kind is not _FURTHER[0]])
    created = _counted(_FURTHER[:1] * len(new)) + (f" ({went_on})" if went_on else "")
    return ", ".join(filter(None, (created, _counted(old))))


def _counted(kinds: Sequence[EventKind]) -> str:
    """Return how many jobs came how far: `7 in progress, 1 validating`."""
    return ", ".join(
        f"{kinds.count(kind):,} {WORDS[kind].counted}"
        for kind in reversed(_FURTHER)
        if kind in kinds
    )


def _with_verdicts(
    item: Item, event: Event, verdicts: dict[tuple[str, str, str], list[Item]]
) -> Fold[Item]:
    """Return the row of an event, of an end with the verdicts on it: they are taken out."""
    is_end = event.kind in ENDS
    return Fold(item, tuple(verdicts.pop(end_of(event), ())) if is_end else ())
