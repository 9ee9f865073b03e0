"""Values as TOML text, for generated configurations."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def document(table: Mapping[str, object]) -> str:
    """Write a whole file; tables are written inline, which means the same."""
    return "".join(f"{_text(key)} = {value_text(value)}\n" for key, value in table.items())


def value_text(value: object) -> str:
    """Write one value."""
    if isinstance(value, list):
        return f"[{', '.join(value_text(entry) for entry in value)}]"
    if isinstance(value, dict):
        inner = ", ".join(f"{_text(key)} = {value_text(part)}" for key, part in value.items())
        return f"{{{inner}}}"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value).lower()  # true, 1, 1.5, 1e+300, inf, nan


def _text(text: str) -> str:
    """Write a basic string; TOML shares JSON's escapes, but also escapes DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
