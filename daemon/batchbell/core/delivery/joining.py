"""What becomes part of a message: where not all fits, what presses, then the worst."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.routing import EVENTS_PER_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from batchbell.core.delivery.waiting import Waiting

    #: Of which jobs a message tells, as account and id, by the message's number.
    JobsTold: TypeAlias = Mapping[int, frozenset[tuple[str, str]]]


def all_fit(message: Waiting, behind: Iterable[Waiting]) -> bool:
    """Whether one message can tell all of it."""
    return _events([message, *behind]) <= EVENTS_PER_MESSAGE


def joined(
    message: Waiting, behind: Sequence[Waiting], jobs: JobsTold, pressing: Container[int] = ()
) -> tuple[Waiting, ...]:
    """Return which of those behind a message become part of it, in their order.

    What presses comes first, by its number, then what tells of its jobs, too, then what is worst;
    what tells of one job goes together where that fits.
    """
    if all_fit(message, behind):
        return tuple(behind)
    own, *others = _sharing_jobs([message, *behind], jobs)
    taken = [message]
    urgent = [one for one in behind if one.notification_id in pressing]
    rest = [[one for one in group if one not in urgent] for group in (own[1:], *others)]
    alone = ([one] for some in (urgent, rest[0]) for one in sorted(some, key=_worst_first))
    groups = filter(None, rest[1:])
    for group in (*alone, *sorted(groups, key=lambda some: min(map(_worst_first, some)))):
        taken += group if all_fit(message, [*taken[1:], *group]) else []
    return tuple(one for one in behind if one in taken)


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
