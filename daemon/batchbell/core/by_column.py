"""Many values of one class at once, by the column: half of the time of a call for each."""

from __future__ import annotations

from collections import deque
from dataclasses import MISSING, fields
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

_T = TypeVar("_T")


def made_by_column(kind: type[_T], columns: Mapping[str, Iterable[object]], count: int) -> list[_T]:
    """Return so many values of a frozen dataclass with slots, given the values of its fields.

    Left out may be the fields that all leave at their default.
    """
    # Only their own `__setattr__` refuses: the fields themselves can be set until a value is given
    # away.
    made = list(map(object.__new__, repeat(kind, count)))
    for name, set_field, default in _setters(cast("Hashable", kind)):
        is_given = name in columns or default is MISSING
        values = columns[name] if is_given else repeat(default)
        # A loop without a step in Python.
        deque(map(set_field, made, values), maxlen=0)
    return made


@cache
def _setters(kind: Hashable) -> list[tuple[str, Callable[[Any, object], None], object]]:
    return [
        (each.name, getattr(kind, each.name).__set__, each.default)
        for each in fields(cast("Any", kind))
    ]
