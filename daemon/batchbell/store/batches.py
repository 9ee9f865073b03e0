"""Long lists in pieces: a statement takes a limited number of parameters."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Item = TypeVar("Item")

#: Items of one statement; SQLite allows 32,766 parameters, of which an event takes eight.
BATCH = 1_000


def in_batches(items: Iterable[Item], size: int = BATCH) -> Iterator[list[Item]]:
    """Yield all items in order, in lists of at most `size`."""
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch
