"""Values as JSON: keys in a fixed order, plain ASCII whatever the terminal speaks."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, overload

from batchbell.core.times import rfc3339

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_ENCODER = json.JSONEncoder(allow_nan=False)


def encoded(value: object) -> str:
    """Return a value as JSON in one line; what JSON has no number for becomes null."""
    try:
        return _ENCODER.encode(value)
    except ValueError:
        return _ENCODER.encode(_finite(value))


def document(value: Mapping[str, object] | Sequence[object]) -> str:
    """Return one JSON document; each item of a list outside stands on a line of its own.

    Indenting everything would take the encoder ten times as long.
    """
    return "".join(pieces(value) if isinstance(value, Mapping) else _lines(value))


def pieces(members: Mapping[str, object]) -> Iterator[str]:
    """Yield the same document piece by piece.

    An iterator among its members is written as a list; what it yields is encoded already. So a list
    need not be in memory as a whole.
    """
    before = "{"
    for name, member in members.items():
        yield f"{before}{json.dumps(name)}: "
        yield from _listed(member) if isinstance(member, Iterator) else _lines(member)
        before = ",\n "
    yield "}" if members else "{}"


@overload
def time_text(at: datetime) -> str: ...
@overload
def time_text(at: datetime | None) -> str | None: ...
def time_text(at: datetime | None) -> str | None:
    """Return a time as RFC 3339 in UTC; null where there is none."""
    return None if at is None else rfc3339(at)


def _lines(value: object) -> Iterator[str]:
    if isinstance(value, list):
        return _listed(map(encoded, value))
    return iter([encoded(value)])


def _listed(texts: Iterator[str]) -> Iterator[str]:
    before = "[\n  "
    for text in texts:
        yield before + text
        before = ",\n  "
    yield "\n ]" if before.startswith(",") else "[]"


def _finite(value: object) -> object:
    """Return a value without what JSON has no number for. Source: RFC 8259, section 6."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {name: _finite(member) for name, member in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value
