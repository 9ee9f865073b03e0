"""One row of the API's listing, as JSON gave it, to a `BatchJob`.

A row without a usable id is none; any other field that is nonsense becomes None and is counted.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeGuard, TypeVar

from batchbell.core.job import BatchJob
from batchbell.core.text import harmless_line, harmless_text, is_harmless_line, shortened
from batchbell.providers.together.scale import FULL_PROGRESS, scaled

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")

#: Longest usable id, characters.
LONGEST_ID = 256
#: Longest usable text of a field other than `error`, characters.
LONGEST_FIELD = 1_000
#: An `error` is cut to this, characters.
LONGEST_ERROR = 10_000
#: Largest size that fits the database's 64-bit integers, bytes.
LARGEST_SIZE = 2**63 - 1
#: The years of usable times. Their margin to Python's 1 to 9999 keeps time-zone and deadline
#: arithmetic from overflowing; a zero time (year 1) means "not set" anyway.
YEARS = range(1970, 9999)

# RFC 3339, section 5.6; `fromisoformat` alone would take dates, week dates and times without a zone
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class ParsedRow(NamedTuple):
    """A usable row whose progress may be scaled wrongly: only the whole listing tells the scale."""

    #: The job, its `progress` on the usual scale: as percent.
    job: BatchJob
    #: `progress` as the API sent it: 0 to 100, on whichever scale.
    raw_progress: float | None
    #: How many fields were nonsense.
    bad_fields: int

    def scaled(self, *, fraction_scale: bool) -> BatchJob:
        """Return the job with its progress as a fraction; above 1 on the fraction scale is None."""
        if self.raw_progress is None or not fraction_scale:
            return self.job
        return replace(self.job, progress=scaled(self.raw_progress, fraction_scale=True))


def parse_row(raw: object, shared: dict[str, str] | None = None) -> ParsedRow | None:
    """Return what one decoded JSON value says about a job, None if it has no usable id.

    `shared` collects the texts that many rows have in common, such as the model: with one dict for
    all rows of a listing each is kept once. Source of the fields: docs/api.md.
    """
    if not isinstance(raw, dict):
        return None
    job_id = raw.get("id")
    if not is_usable_id(job_id):
        return None
    fields = _Fields(raw, {} if shared is None else shared)
    raw_progress = fields.value("progress", parse_progress)
    job = BatchJob(
        id=job_id,
        status=fields.shared_line("status"),
        progress=scaled(raw_progress, fraction_scale=False),
        user_id=fields.shared_line("user_id"),
        input_file_id=fields.text("input_file_id", _line),
        file_size_bytes=fields.value("file_size_bytes", _size),
        created_at=fields.text("created_at", parse_time),
        completed_at=fields.text("completed_at", parse_time),
        job_deadline=fields.text("job_deadline", parse_time),
        endpoint=fields.shared_line("endpoint"),
        model_id=fields.shared_line("model_id"),
        output_file_id=fields.text("output_file_id", _line),
        error_file_id=fields.text("error_file_id", _line),
        error=fields.text("error", _error),
    )
    return ParsedRow(job=job, raw_progress=raw_progress, bad_fields=fields.bad)


def is_usable_id(job_id: object) -> TypeGuard[str]:
    """Whether `job_id` can name a job: non-empty text, not too long, nothing live in it."""
    return isinstance(job_id, str) and 0 < len(job_id) <= LONGEST_ID and is_harmless_line(job_id)


class _Fields:
    """Reads the fields of one row and counts those whose reader returns None: the nonsense."""

    def __init__(self, raw: dict[str, object], shared: dict[str, str]) -> None:
        self._raw = raw
        self._shared = shared
        self.bad = 0

    def text(self, name: str, read: Callable[[str], _T | None]) -> _T | None:
        """Return what the text says; null, absent and "" all mean: none. Source: docs/api.md."""
        text = self._raw.get(name)
        if text is None or text == "":
            return None
        value = read(text) if isinstance(text, str) else None
        self.bad += value is None
        return value

    def shared_line(self, name: str) -> str | None:
        """Return a line that many rows have in common."""
        line = self.text(name, _line)
        return None if line is None else self._shared.setdefault(line, line)

    def value(self, name: str, read: Callable[[object], _T | None]) -> _T | None:
        """Return what a value that is not text says; null and absent mean: none."""
        raw = self._raw.get(name)
        if raw is None:
            return None
        value = read(raw)
        self.bad += value is None
        return value


def _line(text: str) -> str | None:
    return harmless_line(text) if len(text) <= LONGEST_FIELD else None


def _error(text: str) -> str:
    # cut first: what is cut off need not be cleaned
    return harmless_text(shortened(text, LONGEST_ERROR))


def _size(value: object) -> int | None:
    if not _is_number(value) or not 0 <= value <= LARGEST_SIZE or value % 1:
        return None
    return int(value)


def parse_progress(value: object) -> float | None:
    """Return a progress as the API sent it, 0 to 100; None if it is none."""
    if not _is_number(value) or not 0 <= value <= FULL_PROGRESS:
        return None
    return float(abs(value))  # abs: -0.0 would be shown with its sign


def _is_number(value: object) -> TypeGuard[int | float]:
    # by type: true is no number here; NaN is one but fails every comparison
    return type(value) is int or type(value) is float


def parse_time(text: str) -> datetime | None:
    """Return an RFC 3339 time in UTC, None if it is none or its year is unusable.

    Digits beyond microseconds are cut off.
    """
    if not _TIME.fullmatch(text):
        return None
    try:
        time = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time if time.year in YEARS else None
