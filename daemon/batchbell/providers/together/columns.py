"""Rows as nearly all are, read several at once: what makes them plain is asked of whole columns."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import msgspec

from batchbell.core.by_column import made_by_column
from batchbell.core.job import BatchJob
from batchbell.core.job_columns import JobColumns, values_of
from batchbell.core.text import harmless_text
from batchbell.core.transition import are_settled
from batchbell.providers.together.row import (
    LARGEST_SIZE,
    LONGEST_ERROR,
    LONGEST_FIELD,
    LONGEST_ID,
    YEARS,
    ParsedRow,
)
from batchbell.providers.together.scale import FULL_PROGRESS, scaled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from batchbell.core.job_columns import Column

#: A column a field, in the order of `_Plain`; the first, of ids, is always a list.
Columns: TypeAlias = "list[Column]"

_TIME_LENGTH = len("2026-11-23T02:14:07.312345Z")
#: What stands where in such a time; `fromisoformat` alone would take week dates, too.
_TIME_MARKS = ((4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "."), (26, "Z"))
_FIRST_YEAR, _YEAR_AFTER = str(YEARS.start), str(YEARS.stop)
_Line: TypeAlias = Annotated[str, msgspec.Meta(max_length=LONGEST_FIELD)]
_Time: TypeAlias = Annotated[str, msgspec.Meta(max_length=_TIME_LENGTH)]


class _Plain(msgspec.Struct, gc=False):
    """A row whose fields are all of the usual type and within their bounds."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ID)]
    status: _Line | None = None
    progress: Annotated[float, msgspec.Meta(ge=0, le=FULL_PROGRESS)] | None = None
    user_id: _Line | None = None
    input_file_id: _Line | None = None
    file_size_bytes: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_SIZE)] | None = None
    created_at: _Time | None = None
    completed_at: _Time | None = None
    job_deadline: _Time | None = None
    endpoint: _Line | None = None
    model_id: _Line | None = None
    output_file_id: _Line | None = None
    error_file_id: _Line | None = None
    # A longer one is cut, and may end in half a secret.
    error: Annotated[str, msgspec.Meta(max_length=LONGEST_ERROR - 1)] | None = None


#: Which columns are of texts that may repeat a secret: all but those of ids, numbers and times.
_TEXTS = [
    name not in {"id", "progress", "file_size_bytes", "created_at", "completed_at", "job_deadline"}
    for name in _Plain.__struct_fields__
]
_decode = msgspec.json.Decoder(list[_Plain]).decode


class NotPlainError(ValueError):
    """One of the rows, at least, has to be read leniently."""


def columns_of(rows: Sequence[msgspec.Raw]) -> Columns:
    """Return what rows say; raises `NotPlainError`.

    Says the same of them as decoding each one leniently and `parse_row`, in a tenth of the time.
    """
    try:
        plain = _decode(b"[%b]" % b",".join(rows))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise NotPlainError from None
    (
        ids, statuses, progress, users, inputs, sizes, created, completed, deadlines,
        endpoints, models, outputs, error_files, errors,
    ) = map(list, zip(*map(msgspec.structs.astuple, plain), strict=True))  # fmt: skip
    lines = (statuses, users, inputs, endpoints, models, outputs, error_files)
    if not "".join(chain(ids, *(filter(None, line) for line in lines))).isprintable():
        raise NotPlainError
    columns = [
        statuses, progress, users, inputs, sizes,
        *_times(created, completed, deadlines),
        endpoints, models, outputs, error_files,
        [harmless_text(error) if error else None for error in errors],
    ]  # fmt: skip
    return [ids, *map(_shortened, columns)]


def texts_of(columns: Columns) -> Iterator[str]:
    """Yield all texts but ids, what many rows have in common maybe once."""
    texts = (column for column, is_text in zip(columns, _TEXTS, strict=True) if is_text)
    return filter(None, chain.from_iterable(map(_values, texts)))


def _values(column: Column) -> Iterable[str | None]:
    return column if isinstance(column, list) else (column,)


class PlainRows:
    """The rows that some columns were made of."""

    def __init__(self, columns: Columns, shared: dict[str, str]) -> None:
        """`shared` collects the texts that many rows have in common, as for `parse_row`."""
        self._raw_progress = _each(_unsigned, columns[2])
        self._fields = _fields(columns, shared)
        self._count = len(columns[0])

    def __iter__(self) -> Iterator[ParsedRow]:
        """Make each of them."""
        fields = {**self._fields, "progress": self._progress(fraction_scale=False)}
        values = {name: values_of(column, self._count) for name, column in fields.items()}
        jobs = made_by_column(BatchJob, values, self._count)
        return map(ParsedRow, jobs, values_of(self._raw_progress, self._count), repeat(0))

    def settled(self) -> list[bool]:
        """Return which ones nothing more comes of."""
        names = ("status", "output_file_id")
        return are_settled(*(values_of(self._fields[name], self._count) for name in names))

    def error_lengths(self) -> list[int]:
        """Return how long each one's error is, characters."""
        errors = self._fields["error"]
        return [len(error or "") for error in values_of(errors, self._count)] if errors else []

    def jobs(self, *, fraction_scale: bool) -> JobColumns:
        """Return what they say, by the column; all of them have ended."""
        progress = self._progress(fraction_scale=fraction_scale)
        return JobColumns({**self._fields, "progress": progress}, self._count)

    def _progress(self, *, fraction_scale: bool) -> Column:
        return _each(partial(scaled, fraction_scale=fraction_scale), self._raw_progress)


def _fields(columns: Columns, shared: dict[str, str]) -> dict[str, Column]:
    def share(text: str | None) -> str | None:
        return shared.setdefault(text, text) if text else None

    (
        ids, statuses, _, users, inputs, sizes, created, completed, deadlines,
        endpoints, models, outputs, error_files, errors,
    ) = columns  # fmt: skip
    return {
        "id": ids,
        "status": _each(share, statuses),
        "user_id": _each(share, users),
        "input_file_id": _each(_said, inputs),
        "file_size_bytes": sizes,
        "created_at": created,
        "completed_at": completed,
        "job_deadline": deadlines,
        "endpoint": _each(share, endpoints),
        "model_id": _each(share, models),
        "output_file_id": _each(_said, outputs),
        "error_file_id": _each(_said, error_files),
        "error": errors,
    }


def _each(change: Callable[[Any], object], column: Column) -> Column:
    return list(map(change, column)) if isinstance(column, list) else change(column)


def _said(text: str | None) -> str | None:
    return text or None


def _unsigned(progress: float | None) -> float | None:
    return None if progress is None else abs(progress)


def _times(*columns: Sequence[str | None]) -> Iterator[list[datetime | None]]:
    """Return times that are written as usual; raises `NotPlainError` for any other."""
    count = len(columns[0])
    # One look at all columns together.
    times = _usual_times(list(chain.from_iterable(columns)))
    return (times[start : start + count] for start in range(0, len(times), count))


def _usual_times(texts: Sequence[str | None]) -> list[datetime | None]:
    said = list(filter(None, texts))
    if not said:
        return [None] * len(texts)
    together = "".join(said)
    if (
        min(map(len, said)) < _TIME_LENGTH
        or any(together[at::_TIME_LENGTH] != mark * len(said) for at, mark in _TIME_MARKS)
        or min(said) < _FIRST_YEAR
        or max(said) >= _YEAR_AFTER
    ):
        raise NotPlainError
    try:
        return [datetime.fromisoformat(text) if text else None for text in texts]
    except ValueError:
        raise NotPlainError from None


def _shortened(values: list[Any]) -> Column:
    first = values[0]
    return first if values.count(first) == len(values) else values
