"""Values as JSON: keys in a fixed order, plain ASCII whatever the terminal speaks."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, overload

from batchbell.core.times import rfc3339

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def document(value: Mapping[str, object] | Sequence[object]) -> str:
    """Return one JSON document; each item of a list outside stands on a line of its own.

    Indenting everything would take the encoder ten times as long.
    """
    if not isinstance(value, Mapping):
        return _lines(value)
    members = [f"{json.dumps(name)}: {_lines(member)}" for name, member in value.items()]
    return "{" + ",\n ".join(members) + "}"


@overload
def time_text(at: datetime) -> str: ...
@overload
def time_text(at: datetime | None) -> str | None: ...
def time_text(at: datetime | None) -> str | None:
    """Return a time as RFC 3339 in UTC; null where there is none."""
    return None if at is None else rfc3339(at)


def _lines(value: object) -> str:
    if not isinstance(value, list) or not value:
        return _encoded(value)
    return "[\n  " + ",\n  ".join(_encoded(item) for item in value) + "\n ]"


def _encoded(value: object) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False)


def _finite(value: object) -> object:
    """Return a value without what JSON has no number for. Source: RFC 8259, section 6."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {name: _finite(member) for name, member in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value
