"""Values as JSON: keys in a fixed order, plain ASCII whatever the terminal speaks."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from batchbell.core.times import rfc3339

if TYPE_CHECKING:
    from collections.abc import Sequence


def document(value: Mapping[str, object] | Sequence[object]) -> str:
    """Return one JSON document; each item of a list outside stands on a line of its own.

    Indenting everything would take the encoder ten times as long.
    """
    if not isinstance(value, Mapping):
        return _lines(value)
    members = [f"{json.dumps(name)}: {_lines(member)}" for name, member in value.items()]
    return "{" + ",\n ".join(members) + "}"


def plain(value: object) -> object:
    """Return a time as text, anything else as it is."""
    return rfc3339(value) if isinstance(value, datetime) else value


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
