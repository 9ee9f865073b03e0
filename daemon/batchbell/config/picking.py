"""Which place wins for a key, and what it says there.

Only the winner's file is read, so an unreadable `x_file` in a place that lost does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchbell.config import keys
from batchbell.config.fallbacks import DEFAULT
from batchbell.config.files import FileProblemError, read_secret
from batchbell.config.lists import split_list
from batchbell.config.secret_folder import CREDENTIALS
from batchbell.config.verdicts import how_to_set
from batchbell.errors import ConfigProblem

if TYPE_CHECKING:
    from batchbell.config.keys import KeyPath
    from batchbell.config.level import Given
    from batchbell.config.sources import Sources


@dataclass(frozen=True, slots=True)
class Picked:
    """One key's winning value, or why there is none."""

    #: The place, in words.
    origin: str
    value: object = None
    #: What is wrong; the value is then not to be used.
    problem: ConfigProblem | None = None
    warning: str | None = None


def pick(sources: Sources, path: KeyPath) -> Picked:
    """Return what the first place that sets a key says; it is a problem if no place does.

    A credential wins over an unreadable `x_file`, even one named by a variable.
    """
    setting = [level for level in sources.levels if path in level.given]
    if not setting:
        return Picked(DEFAULT, problem=ConfigProblem(keys.dotted(path), how_to_set(path)))
    first = setting[0]
    picked = _read(sources, path, first.given[path])
    if picked.problem and first.given[path].named_by:
        credential = next((level for level in setting if level.name == CREDENTIALS), None)
        if credential is not None:
            warning = f"{picked.problem}; the credential is used instead"
            return replace(_read(sources, path, credential.given[path]), warning=warning)
    return picked if first.is_file else _split(path, picked)


def _read(sources: Sources, path: KeyPath, given: Given) -> Picked:
    """Return the value, from its file if it is in one."""
    if given.file is None:
        return Picked(given.origin, given.value)
    try:
        file = read_secret(given.file)
    except FileProblemError as error:
        problem = ConfigProblem(given.named_by or keys.dotted(path), f"{given.shown_file} {error}")
        return Picked(given.origin, problem=problem)
    if given.named_by is None:
        return Picked(given.origin, file.text)
    is_guarded = any(given.file.is_relative_to(folder) for folder in sources.secret_folders)
    warning = f"{given.file} can be read by every user of this machine: use chmod 600"
    return Picked(
        f"{given.origin} ({given.file})",
        file.text,
        warning=warning if file.readable_by_all and not is_guarded else None,
    )


def _split(path: KeyPath, picked: Picked) -> Picked:
    """Turn the text of a list into a list."""
    if keys.pattern(path) not in keys.LISTS or not isinstance(picked.value, str):
        return picked
    try:
        return replace(picked, value=split_list(picked.value))
    except ValueError as error:
        what = f"{error} (set by {picked.origin})"
        return replace(picked, problem=ConfigProblem(keys.dotted(path), what))
