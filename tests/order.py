"""In which order workers are handed their tests: at any time some wait, and others compute.

Half of the workers would be enough for the cores while all of them compute, and while all of them
wait for daemons the cores are idle.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pytest

TESTS = Path(__file__).parent

#: Rooms whose tests wait for most of their time: for daemons, which wait for their next poll.
WAITING = {"e2e"}
#: They are begun before this part of all others is: the last to end are to be quick ones.
BEGUN_BY = 0.8


def long_first(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Begin with what takes long: begun last, it would keep one core busy while others are idle."""
    return sorted(items, key=lambda item: not _is_long(item))


def waiting_spread(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Behind the long tests, spread those that wait among those that compute, file by file."""
    rest = [item for item in items if not _is_long(item)]
    waiting = [item for item in rest if _waits(item)]
    places = {item: BEGUN_BY * number / len(waiting) for number, item in enumerate(waiting)}
    places |= _places_by_file([item for item in rest if not _waits(item)])
    return [*filter(_is_long, items), *sorted(rest, key=places.__getitem__)]


def _places_by_file(items: Sequence[pytest.Item]) -> dict[pytest.Item, float]:
    """Return where each stands, from 0 to 1; files take about as long, not their many cases."""
    files = [list(each) for _, each in groupby(items, lambda item: item.path)]
    return {
        item: (number + within / len(file)) / len(files)
        for number, file in enumerate(files)
        for within, item in enumerate(file)
    }


def _is_long(item: pytest.Item) -> bool:
    return item.get_closest_marker("long") is not None


def _waits(item: pytest.Item) -> bool:
    return item.path.relative_to(TESTS).parts[0] in WAITING
