"""What becomes part of a message: where not all fits, what presses, then the worst."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.routing import EVENTS_PER_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from batchbell.core.delivery.waiting import Waiting

    #: Of which jobs a message tells, as account and id, by the message's number.
    JobsTold: TypeAlias = Mapping[int, frozenset[tuple[str, str]]]


def all_fit(message: Waiting, behind: Iterable[Waiting]) -> bool:
    """Whether one message can tell all of it."""
    return _events([message, *behind]) <= EVENTS_PER_MESSAGE


def joined(
    message: Waiting, behind: Sequence[Waiting], jobs: JobsTold, pressing: Sequence[int] = ()
) -> tuple[Waiting, ...]:
    """Return which of those behind a message become part of it, in their order.

    What presses comes first, of the message's own jobs and then in the order of its numbers, then
    what else tells of its own jobs, then what is worst. What tells of one job goes together where
    that fits.
    """
    if all_fit(message, behind):
        return tuple(behind)
    ranks = {number: rank for rank, number in enumerate(pressing)}
    own, *others = _sharing_jobs([message, *behind], jobs)
    mine = sorted((one for one in own if one != message), key=_worst_first)
    taken = [message]
    for group in (
        *_urgent([mine], ranks),
        *_urgent(others, ranks),
        *([one] for one in mine),
        *sorted(others, key=lambda some: min(map(_worst_first, some))),
    ):
        new = [one for one in group if one not in taken]
        taken += new if all_fit(message, [*taken[1:], *new]) else []
    return tuple(one for one in behind if one in taken)


def _urgent(
    groups: Iterable[Sequence[Waiting]], ranks: Mapping[int, int]
) -> Iterator[Sequence[Waiting]]:
    """Return what presses, the most urgent first: of each group all that does, then each alone."""

    def rank(one: Waiting) -> int:
        return ranks[one.notification_id]

    urgent = [[one for one in some if one.notification_id in ranks] for some in groups]
    for some in sorted(filter(None, urgent), key=lambda some: min(map(rank, some))):
        yield some
        yield from ([one] for one in sorted(some, key=rank))


def _sharing_jobs(several: Iterable[Waiting], jobs: JobsTold) -> list[list[Waiting]]:
    """Return those together that tell of the same jobs, by the first of each; each in order."""
    groups: list[tuple[set[tuple[str, str]], list[Waiting]]] = []
    for one in several:
        about = set(jobs.get(one.notification_id, ()))
        same = [group for group in groups if group[0] & about]
        groups = [group for group in groups if group not in same]
        members = [each for _, some in same for each in some]
        groups.append((about.union(*(told for told, _ in same)), [*members, one]))
    found = [sorted(some, key=_age) for _, some in groups]
    return sorted(found, key=lambda some: _age(some[0]))


def _age(one: Waiting) -> int:
    return one.notification_id


def _worst_first(one: Waiting) -> tuple[int, int]:
    return -one.severity, one.notification_id


def _events(several: Iterable[Waiting]) -> int:
    return sum(one.events for one in several)
