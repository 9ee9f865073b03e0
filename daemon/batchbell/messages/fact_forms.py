"""The forms in which single facts are written as JSON, and read again."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from batchbell.core.facts import CauseFacts
from batchbell.core.results.counts import Verdict
from batchbell.core.times import rfc3339
from batchbell.messages.paces import read_pace, stored_pace
from batchbell.messages.plain_text import duration, one_line, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.core.facts import JsonFact

#: Longest name of a model or account behind other words, characters.
_NAME_LIMIT = 80
_BETWEEN = ", "
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_CAUSE = re.compile(r"(\d{1,12}) ([^:\n]{0,100}): (.*)")
_DURATION = re.compile(r"\d{1,6}[dhms](?: \d{1,6}[dhms])?")


class Form(NamedTuple):
    """How a value is written; `read` returns None for what is not of this form."""

    read: Callable[[Any], Any]
    write: Callable[[Any], JsonFact]


def _text(stored: object) -> str | None:
    return stored if isinstance(stored, str) else None


def _same(value: Any) -> JsonFact:  # noqa: ANN401 - a value that JSON can carry
    return value  # type: ignore[no-any-return]


def _count(stored: object) -> int | None:
    return stored if isinstance(stored, int) and not isinstance(stored, bool) else None


def _flag(stored: object) -> bool | None:
    return stored if isinstance(stored, bool) else None


def _span(stored: object) -> timedelta | None:
    if not isinstance(stored, int | float) or isinstance(stored, bool):
        return None
    try:
        return timedelta(seconds=stored)
    except (OverflowError, ValueError):
        return None


def _read_duration(stored: object) -> timedelta | None:
    if not isinstance(stored, str) or not _DURATION.fullmatch(stored):
        return None
    parts = {_UNITS[part[-1]]: int(part[:-1]) for part in stored.split()}
    return timedelta(**parts)


def _list(stored: object) -> tuple[str, ...] | None:
    return tuple(stored.split(_BETWEEN)) if isinstance(stored, str) else None


def _verdict(stored: object) -> Verdict | None:
    try:
        return Verdict(str(stored))
    except ValueError:
        return None


def _read_causes(stored: object) -> tuple[CauseFacts, ...] | None:
    found = [_CAUSE.fullmatch(line) for line in str(stored).split("\n")]
    causes = [
        CauseFacts(count=int(each[1]), code=each[2], message=each[3]) for each in found if each
    ]
    return tuple(causes) if len(causes) == len(found) else None


def _write_causes(causes: tuple[CauseFacts, ...]) -> str:
    return "\n".join(f"{each.count} {each.code}: {each.message}" for each in causes)


def behind(words: str) -> Form:
    """Return the form of a name that stands behind these words."""

    def read(stored: object) -> str | None:
        is_so = isinstance(stored, str) and stored.startswith(words)
        return str(stored).removeprefix(words) if is_so else None

    return Form(read, lambda name: f"{words}{one_line(name, _NAME_LIMIT)}")


TEXT = Form(_text, _same)
COUNT = Form(_count, _same)
FLAG = Form(_flag, _same)
#: A span of time as a number.
SECONDS = Form(_span, timedelta.total_seconds)
#: The same in words: "1h", "2d 3h".
DURATION = Form(_read_duration, duration)
TIME = Form(parse_time, rfc3339)
#: A fraction an hour as "12 %/h".
PACE = Form(lambda stored: read_pace(stored) if isinstance(stored, str) else None, stored_pace)
VERDICT = Form(_verdict, str)
#: A line each: "40 rate_limit: Too many requests".
CAUSES = Form(_read_causes, _write_causes)
LIST = Form(_list, _BETWEEN.join)
