"""The fourth place: the TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.config.files import (
    FileProblemError,
    TextFile,
    is_ours,
    is_writable_by_all,
    read_text,
)
from batchbell.config.layers import Given, Layer
from batchbell.config.locations import LOCAL_FILE, expand
from batchbell.config.model_names import is_part_of_model_name
from batchbell.config.names import dotted
from batchbell.config.nearest import nearest_path
from batchbell.config.toml_words import syntax_problem
from batchbell.errors import ConfigError, ConfigProblem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from batchbell.config.names import KeyPath, Names


def file_layer(
    path: Path, environ: Mapping[str, str], names: Names, *, is_named: bool
) -> tuple[Layer, bool]:
    """Read the TOML file; also tell whether any user may read it.

    Raises ConfigError when it can't be read, is not TOML, or is another user's and was found in
    the current folder, not named.
    """
    try:
        file = read_text(path)
        if path == LOCAL_FILE and not is_named:
            _check_owner(file)
    except FileProblemError as error:
        raise ConfigError(ConfigProblem(str(path), str(error))) from None
    try:
        table = tomllib.loads(file.text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(ConfigProblem(str(path), syntax_problem(error))) from None
    layer = Layer(str(path), is_file=True)
    _add_table(layer, (), table, _FilePlace(path, environ, names))
    return layer, file.readable_by_all


def _check_owner(file: TextFile) -> None:
    """Raise for a file that somebody else may have put where we happen to be.

    It says where the API key is sent, and which programs run.
    """
    if not is_ours(file.status):
        whose = f"belongs to user {file.status.st_uid}, neither to you nor to root"
    elif is_writable_by_all(file.status):
        whose = "can be changed by every user"
    else:
        return
    raise FileProblemError(
        f"{whose}, so it is not read: it says where keys are sent and what runs; if you trust it, "
        f"name it with --config {LOCAL_FILE}"
    )


@dataclass(frozen=True, slots=True)
class _FilePlace:
    """What the reading of the file's tables needs to know about the file."""

    path: Path
    environ: Mapping[str, str]
    names: Names

    @property
    def origin(self) -> str:
        """Where the file's values come from, in words."""
        return f"file {self.path}"

    def beside(self, name: str) -> Path:
        """Return a file named in this one; a relative name starts at its folder."""
        return self.path.parent / expand(name, self.environ)


def _add_table(
    layer: Layer, section: KeyPath, table: Mapping[str, object], place: _FilePlace
) -> None:
    """Take all keys of one table and of the tables in it."""
    for name, value in table.items():
        path = (*section, name)
        if place.names.is_section(path):
            if isinstance(value, dict):
                layer.enter(path)
                _add_table(layer, path, value, place)
            else:
                layer.refuse(dotted(path), f"is a section: write [{dotted(path)}]")
        elif place.names.is_known(path):
            _add_key(layer, path, value, place)
        elif isinstance(value, dict) and not place.names.is_all:
            _add_table(layer, path, value, place)
        elif is_part_of_model_name(path) and isinstance(value, dict):
            layer.refuse(dotted(section), 'a model\'s name stands in quotes: [prices."model-1.5"]')
        else:
            layer.refuse_unknown(dotted(path), dotted(nearest_path(path, place.names)))


def _add_key(layer: Layer, path: KeyPath, value: object, place: _FilePlace) -> None:
    """Take one key of the file."""
    secret = place.names.secret_of(path)
    if secret is None:
        layer.add(path, Given(place.origin, value))
    elif not isinstance(value, str) or not value:
        layer.refuse(dotted(path), "must be the path of a file, in quotes")
    else:
        layer.add(secret, Given(place.origin, value, place.beside(value), dotted(path)))
