"""The places put together: for each key the first that sets it wins, and says where it is from.

Only the winner's file is read, so an unreadable `x_file` in a place that lost does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from batchbell.config.errors import how_to_set
from batchbell.config.fallbacks import DEFAULT, RESULTS_FOLDER
from batchbell.config.files import FileProblemError, read_secret
from batchbell.config.lists import split_list
from batchbell.config.names import dotted, pattern
from batchbell.config.secret_folder import CREDENTIALS
from batchbell.errors import ConfigProblem

if TYPE_CHECKING:
    from pathlib import Path

    from batchbell.config.layers import Given, Layer
    from batchbell.config.names import KeyPath
    from batchbell.config.sources import Sources


@dataclass(frozen=True, slots=True)
class Found:
    """What one place says of a key, or why that can't be used."""

    #: The place, in words.
    origin: str
    value: object = None
    #: What is wrong; the value is then not to be used.
    problem: ConfigProblem | None = None
    warning: str | None = None
    #: The key or the variable that named the file with the value; None if it is in none.
    named_by: str | None = None
    #: That file, which holds nothing else; None if it is in none.
    file: Path | None = None


class Merge:
    """Takes the places one after the other, the strongest first, and keeps what it found."""

    def __init__(self, sources: Sources) -> None:
        """Take nothing yet."""
        self._sources = sources
        #: What won for each key that is set.
        self.found: dict[KeyPath, Found] = {}
        #: Keys whose file was named and can't be read: a credential may still stand in.
        self._replaceable: set[KeyPath] = set()

    def add(self, layer: Layer) -> dict[str, object]:
        """Return what a place adds to those before it, nested as in the file."""
        added: dict[str, object] = {}
        for section in sorted(layer.sections):
            _table_of(added, section)
        for path in sorted(layer.given):
            found = self.take(layer, path)
            if found is not None and found.problem is None:
                _table_of(added, path[:-1])[path[-1]] = found.value
        return added

    def take(self, layer: Layer, path: KeyPath) -> Found | None:
        """Take one key of a place; None if a stronger one has set it, or it says nothing."""
        stronger = self.found.get(path)
        given = layer.given[path]
        if path == RESULTS_FOLDER and given.value == "":
            return None
        if stronger is None:
            found = self._read(path, given)
            if found.problem is not None and given.named_by:
                self._replaceable.add(path)
            elif not layer.is_file:
                found = self._split(path, found)
        elif layer.name == CREDENTIALS and path in self._replaceable:
            warning = f"{stronger.problem}; the credential is used instead"
            found = replace(self._read(path, given), warning=warning)
        else:
            return None
        self.found[path] = found
        return found

    @property
    def values(self) -> dict[str, object]:
        """Everything, nested as in the file."""
        values: dict[str, object] = {}
        for section in sorted(self._sources.sections):
            _table_of(values, section)
        for path, found in self.found.items():
            if found.problem is None:
                _table_of(values, path[:-1])[path[-1]] = found.value
        return values

    @property
    def origins(self) -> dict[str, str]:
        """Dotted path of each value that is set, and where it comes from, in words."""
        good = (item for item in sorted(self.found.items()) if item[1].problem is None)
        return {dotted(path): found.origin for path, found in good}

    @property
    def unread(self) -> set[str]:
        """Dotted paths that are set, but whose value could not be read."""
        return {dotted(path) for path, found in self.found.items() if found.problem is not None}

    @property
    def problems(self) -> list[ConfigProblem]:
        """What was wrong with names, in all places, and with what could not be read."""
        found = (found.problem for _, found in sorted(self.found.items()))
        return [*self._sources.problems, *filter(None, found)]

    @property
    def warnings(self) -> list[str]:
        """What is doubtful about the files that were read, one sentence each."""
        return [found.warning for _, found in sorted(self.found.items()) if found.warning]

    def _read(self, path: KeyPath, given: Given) -> Found:
        """Return the value, from its file if it is in one."""
        if given.file is None:
            return Found(given.origin, given.value)
        try:
            file = read_secret(given.file)
        except FileProblemError as error:
            where = given.named_by or dotted(path)
            problem = ConfigProblem(where, f"{given.shown_file} {error}")
            return Found(given.origin, problem=problem)
        if given.named_by is None:
            return Found(given.origin, file.text, file=given.file)
        is_guarded = any(
            given.file.is_relative_to(folder) for folder in self._sources.secret_folders
        )
        warning = f"{given.file} can be read by every user of this machine: use chmod 600"
        return Found(
            f"{given.origin} ({given.file})",
            file.text,
            warning=warning if file.readable_by_all and not is_guarded else None,
            named_by=given.named_by,
            file=given.file,
        )

    def _split(self, path: KeyPath, found: Found) -> Found:
        """Turn the text of a list into a list."""
        is_list = pattern(path) in self._sources.names.lists
        if not is_list or not isinstance(found.value, str):
            return found
        try:
            return replace(found, value=split_list(found.value))
        except ValueError as error:
            what = f"{error} (set by {found.origin})"
            return replace(found, problem=ConfigProblem(dotted(path), what))


def find(sources: Sources, path: KeyPath) -> Found:
    """Return what the first place that sets a key says; it is a problem if no place does."""
    merge = Merge(sources)
    for layer in sources.layers:
        if path in layer.given:
            merge.take(layer, path)
    missing = ConfigProblem(dotted(path), how_to_set(path, sources.names))
    return merge.found.get(path) or Found(DEFAULT, problem=missing)


def _table_of(values: dict[str, object], section: KeyPath) -> dict[str, object]:
    """Return the nested table of a section, made if it is missing."""
    table = values
    for name in section:
        table = cast("dict[str, object]", table.setdefault(name, {}))
    return table
