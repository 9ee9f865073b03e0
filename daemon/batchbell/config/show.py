"""The effective configuration for people and programs: each value with its origin, no secret."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import singledispatch
from typing import TYPE_CHECKING

from pydantic import BaseModel, SecretStr

from batchbell.config.checks import OFF
from batchbell.config.durations import format_duration
from batchbell.config.fallbacks import DEFAULT
from batchbell.config.names import dotted, pattern
from batchbell.config.schedule import format_rate
from batchbell.config.sizes import format_size
from batchbell.config.table import table
from batchbell.core.delivery.pacing import Rate
from batchbell.core.event import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from batchbell.config.loading import LoadedConfig
    from batchbell.config.names import KeyPath

MASK = "<secret>"
#: What a value looks like for JSON.
Shown = str | bool | float | list[str] | None


@dataclass(frozen=True, slots=True)
class ShownKey:
    """One key."""

    #: Dotted path, as in the file.
    path: str
    #: The same, as parts.
    key_path: KeyPath
    value: Shown
    #: Where it comes from, in words.
    origin: str


def rows(loaded: LoadedConfig) -> list[ShownKey]:
    """Return every key with its effective value; secrets are masked."""
    return [
        ShownKey(dotted(path), path, value, loaded.origins.get(dotted(path), DEFAULT))
        for path, value in _values(loaded.settings, ())
    ]


def as_text(loaded: LoadedConfig) -> str:
    """Return the rows as in a configuration file, each with its origin behind it."""
    lines = [f"# file: {loaded.path or 'none'}"]
    section = ""
    for row in rows(loaded):
        table, _, key = row.path.rpartition(".")
        if table != section:
            lines += ["", f"[{table}]"]
            section = table
        line = f"# {key}: {written(row)}" if row.value is None else f"{key} = {written(row)}"
        lines.append(f"{line}  # {row.origin}")
    return "\n".join(lines) + "\n"


def written(row: ShownKey) -> str:
    """Return a value as the file has it; what it means if it is left out there."""
    if row.value is None:
        return table()[pattern(row.key_path)].unset
    return json.dumps(row.value, ensure_ascii=False)


def as_json(loaded: LoadedConfig) -> dict[str, object]:
    """Return the rows, the file and the warnings as JSON can carry them."""
    values = [{"path": row.path, "value": row.value, "origin": row.origin} for row in rows(loaded)]
    path = None if loaded.path is None else str(loaded.path)
    return {"file": path, "values": values, "warnings": list(loaded.warnings)}


def _values(
    model: BaseModel | Mapping[str, BaseModel], path: KeyPath
) -> Iterator[tuple[KeyPath, Shown]]:
    """Yield the keys of a section, plain ones before its tables, as TOML needs them."""
    items = list(model) if isinstance(model, BaseModel) else list(model.items())
    tables = [(name, value) for name, value in items if isinstance(value, BaseModel | dict)]
    for name, value in items:
        if not isinstance(value, BaseModel | dict):
            yield (*path, name), _shown((*path, name), value)
    for name, inner in tables:
        yield from _values(inner, (*path, name))


def _shown(path: KeyPath, value: object) -> Shown:
    """Return one value for people, masked if it is secret."""
    if isinstance(value, SecretStr):
        return _masked(path, value.get_secret_value())
    if value is None:
        return OFF if table()[pattern(path)].may_be_off else None
    if isinstance(value, tuple):
        return [str(_shown(path, entry)) for entry in value]
    return _written(value)


@singledispatch
def _written(value: object) -> Shown:
    """Return a value that is set and no secret, as the file has it."""
    return str(value)


_written.register(bool, lambda flag: flag)
_written.register(Severity, lambda severity: severity.name.lower())
_written.register(timedelta, format_duration)
_written.register(Rate, format_rate)
_written.register(Decimal, float)
_written.register(int, format_size)


def _masked(path: KeyPath, secret: str) -> str:
    """Hide a secret; an empty one, and the path of a SQLite file, has nothing to hide."""
    is_plain = not secret or (path == ("database_url",) and secret.startswith("sqlite:"))
    return secret if is_plain else MASK
