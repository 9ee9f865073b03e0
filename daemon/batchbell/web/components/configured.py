"""The configuration in force as the page shows it: what is set and where, never a secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.config.show import rows, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.config import LoadedConfig
    from batchbell.config.show import ShownKey


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredKey:
    """A key with its value in force."""

    #: Below its section.
    name: str
    value: str
    #: Where it comes from, in words.
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredSection:
    """A table of the configuration."""

    #: Its dotted path; '' for what stands before all tables.
    name: str
    keys: Sequence[ConfiguredKey]


def sections(loaded: LoadedConfig | None) -> list[ConfiguredSection]:
    """Return all of it, table by table."""
    found: dict[str, list[ConfiguredKey]] = {}
    for row in rows(loaded) if loaded is not None else ():
        section, _, name = row.path.rpartition(".")
        key = ConfiguredKey(name=name, value=shown(row, name), origin=row.origin)
        found.setdefault(section, []).append(key)
    return [ConfiguredSection(name=name, keys=inside) for name, inside in found.items()]


def shown(row: ShownKey, name: str) -> str:
    """Return a value for readers of the page; a program's arguments may hold anything."""
    if name == "exec" and isinstance(row.value, list) and len(row.value) > 1:
        arguments = len(row.value) - 1
        return f"{row.value[0]} and {arguments} argument{'' if arguments == 1 else 's'}"
    return written(row)
