"""Everything merged into one nested dictionary, for the models to check."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from batchbell.config import keys
from batchbell.config.picking import pick

if TYPE_CHECKING:
    from batchbell.config.keys import KeyPath
    from batchbell.config.sources import Sources
    from batchbell.errors import ConfigProblem


@dataclass(slots=True)
class Gathered:
    """The values of all places, and what was found on the way."""

    #: Nested as in the file.
    values: dict[str, object] = field(default_factory=dict)
    #: Dotted path of each value that is set, and where it comes from, in words.
    origins: dict[str, str] = field(default_factory=dict)
    problems: list[ConfigProblem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    #: Dotted paths that are set, but whose value could not be read.
    unread: set[str] = field(default_factory=set)


def gather(sources: Sources) -> Gathered:
    """Merge the places, key by key."""
    gathered = Gathered(problems=sources.problems)
    for section in sorted(sources.sections):
        _table(gathered.values, section)
    for path in sorted({path for level in sources.levels for path in level.given}):
        _take(gathered, sources, path)
    return gathered


def _take(gathered: Gathered, sources: Sources, path: KeyPath) -> None:
    """Merge one key."""
    picked = pick(sources, path)
    dotted = keys.dotted(path)
    if picked.warning:
        gathered.warnings.append(picked.warning)
    if picked.problem is not None:
        gathered.problems.append(picked.problem)
        gathered.unread.add(dotted)
        return
    _table(gathered.values, path[:-1])[path[-1]] = picked.value
    gathered.origins[dotted] = picked.origin


def _table(values: dict[str, object], section: KeyPath) -> dict[str, object]:
    """Return the nested table of a section, made if it is missing."""
    table = values
    for name in section:
        table = cast("dict[str, object]", table.setdefault(name, {}))
    return table
