"""One entry for each job of a message: what the newest word about it says, too, folds into that."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from batchbell.core.event import ENDS, VERDICT_KINDS, EventKind
from batchbell.core.provider import JobState
from batchbell.messages.overtaken import overtaken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchbell.core.event import Event
    from batchbell.messages.view import View

#: How a job comes along: whatever is known later says more.
_ON_THE_WAY = frozenset(
    {
        EventKind.CREATED,
        EventKind.VALIDATING,
        EventKind.IN_PROGRESS,
        EventKind.CANCELING,
        EventKind.PROGRESS,
        EventKind.RESUMED,
    }
)
_KIND_ORDER = {kind: position for position, kind in enumerate(EventKind)}


def told_once(events: Iterable[Event], view: View) -> list[tuple[Event, list[Event]]]:
    """Return each event that stands for itself, with those of its job that it tells, too.

    Besides what is overtaken these are the steps before the newest word about a job, its warnings
    that do not hold by then, a verdict on results that another one says, too, and a completion
    whose results are lost.
    """
    by_job = defaultdict(list)
    for event, before in overtaken(events):
        by_job[event.account, event.job_id].append((event, before))
    return [
        found
        for (_, job_id), own in by_job.items()
        for found in (_of_job(own, view) if job_id else own)
    ]


def _of_job(own: list[tuple[Event, list[Event]]], view: View) -> list[tuple[Event, list[Event]]]:
    newest = max((event for event, _ in own), key=lambda event: _newness(event, view))
    said = [(event, before) for event, before in own if _is_said_by(newest, event, view)]
    others = [found for found in own if found not in said and found[0] is not newest]
    folded = [each for found in own if found not in others for each in (*found[1], found[0])]
    older = [event for event in folded if event is not newest]
    return [(newest, sorted(older, key=_in_time)), *others]


def _newness(event: Event, view: View) -> tuple[object, ...]:
    """Return a sort key: an end is the last word, and a warning says more than a step."""
    told_at, is_more = view.as_told(event).seen_at, event.kind not in _ON_THE_WAY
    return (_is_last_word(event), told_at, is_more, *_in_time(event))


def _is_last_word(event: Event) -> bool:
    return event.kind in ENDS or _is_loss(event)


def _is_loss(event: Event) -> bool:
    """Whether nobody will know what came back of a job that completed: that says its end, too."""
    is_completed = event.job is not None and event.job.state is JobState.COMPLETED
    return event.kind is EventKind.RESULTS_LOST and is_completed


def _in_time(event: Event) -> tuple[object, ...]:
    return (event.seen_at, _KIND_ORDER[event.kind], event.facts.threshold or 0, event.key)


def _is_said_by(newest: Event, event: Event, view: View) -> bool:
    """Whether the newest word about its job makes another one needless."""
    if event is newest:
        return False
    if event.kind in VERDICT_KINDS:
        has_verdict = newest.facts.results.verdict is not None
        is_verdict = newest.kind in ENDS | VERDICT_KINDS and has_verdict
        return is_verdict and newest.qualifier == event.qualifier
    if event.kind in ENDS:
        return _is_loss(newest) and newest.qualifier == event.qualifier
    return event.kind in _ON_THE_WAY or _is_left_behind(newest, event, view)


def _is_left_behind(newest: Event, event: Event, view: View) -> bool:
    """Whether a warning is of a job that came along since: one that holds is told by now."""
    if newest.kind not in _ON_THE_WAY:
        return False
    is_known = view.now is not None and event.key not in view.again
    return event.kind is EventKind.STALLED or (event.kind is EventKind.AT_RISK and is_known)
