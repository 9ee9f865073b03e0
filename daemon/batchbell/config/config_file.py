"""The fourth place: the TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.config import keys
from batchbell.config.files import FileProblemError, read_text
from batchbell.config.level import Given, Level
from batchbell.config.locations import expand
from batchbell.config.nearest import nearest_path
from batchbell.config.toml_words import syntax_problem
from batchbell.errors import ConfigError, ConfigProblem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from batchbell.config.keys import KeyPath


def file_level(path: Path, environ: Mapping[str, str]) -> tuple[Level, bool]:
    """Read the TOML file; also tell whether any user may read it.

    Raises ConfigError when it can't be read or is not TOML.
    """
    try:
        file = read_text(path)
    except FileProblemError as error:
        raise ConfigError(ConfigProblem(str(path), str(error))) from None
    try:
        table = tomllib.loads(file.text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(ConfigProblem(str(path), syntax_problem(error))) from None
    level = Level(str(path), is_file=True)
    _add_table(level, (), table, _FilePlace(path, environ))
    return level, file.readable_by_all


@dataclass(frozen=True, slots=True)
class _FilePlace:
    """What the reading of the file's tables needs to know about the file."""

    path: Path
    environ: Mapping[str, str]

    @property
    def origin(self) -> str:
        """Where the file's values come from, in words."""
        return f"file {self.path}"

    def beside(self, name: str) -> Path:
        """Return a file named in this one; a relative name starts at its folder."""
        return self.path.parent / expand(name, self.environ)


def _add_table(
    level: Level, section: KeyPath, table: Mapping[str, object], place: _FilePlace
) -> None:
    """Take all keys of one table and of the tables in it."""
    for name, value in table.items():
        path = (*section, name)
        if keys.pattern(path) in keys.SECTIONS:
            if isinstance(value, dict):
                level.enter(path)
                _add_table(level, path, value, place)
            else:
                level.refuse(keys.dotted(path), f"is a section: write [{keys.dotted(path)}]")
        elif keys.is_known(path):
            _add_key(level, path, value, place)
        else:
            level.refuse_unknown(keys.dotted(path), keys.dotted(nearest_path(path)))


def _add_key(level: Level, path: KeyPath, value: object, place: _FilePlace) -> None:
    """Take one key of the file."""
    secret = keys.secret_of(path)
    if secret is None:
        level.add(path, Given(place.origin, value))
    elif not isinstance(value, str) or not value:
        level.refuse(keys.dotted(path), "must be the path of a file, in quotes")
    else:
        level.add(secret, Given(place.origin, value, place.beside(value), keys.dotted(path)))
