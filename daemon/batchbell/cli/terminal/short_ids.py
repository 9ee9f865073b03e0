"""Ids cut to what still names one job: what a narrow terminal shows and every command takes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A shorter prefix would soon be ambiguous; the first group of a UUID has as many.
SHORTEST = 8


def shortest_unique(job_id: str, sorted_ids: Sequence[str]) -> str:
    """Return the shortest prefix of at least `SHORTEST` characters that no other id has."""
    before = bisect_left(sorted_ids, job_id) - 1
    after = bisect_right(sorted_ids, job_id)
    others = [sorted_ids[at] for at in (before, after) if 0 <= at < len(sorted_ids)]
    shared = max((_shared(job_id, other) for other in others), default=0)
    return job_id[: max(shared + 1, SHORTEST)]


def _shared(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
