"""Jobs that have ended, by the column: a first listing has a hundred thousand of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, compress, repeat
from typing import TYPE_CHECKING, Any, Self, TypeAlias, overload

from batchbell.core.by_column import made_by_column
from batchbell.core.job import BatchJob

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

#: The values of a field of several jobs, a list; instead of a value that all have, that value.
Column: TypeAlias = "Any"


def values_of(column: Column, count: int) -> Iterable[Any]:
    """Return the values of a column of so many jobs."""
    return column if isinstance(column, list) else repeat(column, count)


class JobColumns(Sequence[BatchJob]):
    """Jobs that have ended; an object is made of one only for whoever asks for it.

    Whatever takes several jobs takes these too. A short cut over columns says the same.
    """

    def __init__(self, columns: Mapping[str, Column], count: int) -> None:
        """Take a column for each field but those that all leave at None."""
        self._columns = columns
        self._count = count

    @classmethod
    def joined(cls, parts: Sequence[JobColumns]) -> Self:
        """Put several together, one behind the other; all have the same fields."""
        fields = parts[0].fields
        return cls({name: _joined(name, parts) for name in fields}, sum(map(len, parts)))

    @property
    def fields(self) -> Collection[str]:
        """Of which fields there is a column."""
        return self._columns.keys()

    def column(self, name: str) -> Column:
        """Return the column of a field."""
        return self._columns.get(name)

    def values(self, name: str) -> Iterable[Any]:
        """Return the value of a field of each job."""
        return values_of(self.column(name), self._count)

    def picked(self, mask: Sequence[object]) -> JobColumns:
        """Return the jobs at whose places something true stands."""
        columns = {
            name: list(compress(column, mask)) if isinstance(column, list) else column
            for name, column in self._columns.items()
        }
        return JobColumns(columns, sum(map(bool, mask)))

    def by_state(self) -> list[JobColumns]:
        """Return them by what they say of their state: each part says the same of all."""
        if not any(isinstance(self.column(name), list) for name in ("status", "meaning")):
            return [self]
        states = list(zip(self.values("status"), self.values("meaning"), strict=True))
        return [self.picked(list(map(state.__eq__, states))) for state in dict.fromkeys(states)]

    def __len__(self) -> int:
        """How many there are."""
        return self._count

    def __iter__(self) -> Iterator[BatchJob]:
        """Make all of them."""
        values = {name: self.values(name) for name in self._columns}
        return iter(made_by_column(BatchJob, values, self._count))

    @overload
    def __getitem__(self, at: int) -> BatchJob: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[BatchJob]: ...

    def __getitem__(self, at: int | slice) -> BatchJob | Sequence[BatchJob]:
        """Make one of them, or some."""
        if isinstance(at, slice):
            return [self[place] for place in range(self._count)[at]]
        place = range(self._count)[at]
        columns = self._columns.items()
        values = {
            name: column[place] if isinstance(column, list) else column for name, column in columns
        }
        return BatchJob(**values)


def _joined(name: str, parts: Sequence[JobColumns]) -> Column:
    columns = [part.column(name) for part in parts]
    first = columns[0]
    if not isinstance(first, list) and columns.count(first) == len(columns):
        return first
    return list(chain.from_iterable(part.values(name) for part in parts))
