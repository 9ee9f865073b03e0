"""All places together: which one wins for each key, and where each value comes from.

The order is environment, systemd credential, /run/secrets, file, TOGETHER_ variables, default.
Only the winner's file is read, so a credential wins over an unreadable `x_file`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchbell.config import keys
from batchbell.config.config_file import file_level
from batchbell.config.files import FileProblemError, read_secret
from batchbell.config.level import Given, Level
from batchbell.config.lists import split_list
from batchbell.config.locations import SECRETS_DIR, default_database_url, find_file
from batchbell.config.secret_folder import directory_level
from batchbell.config.variables import environment_level
from batchbell.errors import ConfigProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.config.keys import KeyPath

DEFAULT = "default"
#: The address of a SQLite database holds a path and no password.
_CONFIDENTIAL = keys.SECRETS - {("database_url",)}
_DEFAULT_ACCOUNT = ("accounts", "default")


@dataclass(frozen=True, slots=True)
class Sources:
    """The places, in the order in which they win."""

    levels: tuple[Level, ...]
    #: The configuration file, None without one.
    path: Path | None
    #: Whether any user of the machine may read that file.
    readable_by_all: bool

    @property
    def problems(self) -> list[ConfigProblem]:
        """What was wrong with names, in all places."""
        return [problem for level in self.levels for problem in level.problems]

    @property
    def sections(self) -> set[KeyPath]:
        """Every table that stands anywhere."""
        return {section for level in self.levels for section in level.sections}

    @property
    def secrets_in_file(self) -> list[KeyPath]:
        """Secrets that stand in the configuration file itself."""
        return [
            path
            for level in self.levels
            for path, given in level.given.items()
            if level.is_file and keys.pattern(path) in _CONFIDENTIAL
            if given.file is None and given.value
        ]


@dataclass(frozen=True, slots=True)
class Picked:
    """One key's winning value, or why there is none."""

    origin: str
    value: object = None
    problem: ConfigProblem | None = None
    warning: str | None = None


def open_sources(
    config_file: Path | None, environ: Mapping[str, str], secrets_dir: Path = SECRETS_DIR
) -> Sources:
    """Look into every place. Raises ConfigError when the file can't be read or is not TOML."""
    levels = [environment_level(environ)]
    credentials = environ.get("CREDENTIALS_DIRECTORY", "")
    if credentials:
        levels.append(directory_level("the credentials", Path(credentials), "credential "))
    levels.append(directory_level(str(secrets_dir), secrets_dir, f"{secrets_dir}/"))
    path, readable_by_all = find_file(config_file, environ), False
    if path is not None:
        level, readable_by_all = file_level(path, environ)
        levels.append(level)
    levels.append(_together_level(environ, levels))
    levels.append(_default_level(environ))
    return Sources(tuple(levels), path, readable_by_all)


def pick(sources: Sources, path: KeyPath) -> Picked | None:
    """Return what the first place that sets a key says, None if no place does."""
    for level in sources.levels:
        given = level.given.get(path)
        if given is not None:
            picked = _read(path, given)
            return _split(path, picked) if not level.is_file else picked
    return None


def _together_level(environ: Mapping[str, str], levels: list[Level]) -> Level:
    """Let TOGETHER_API_KEY and TOGETHER_BASE_URL fill `accounts.default`.

    They create or fill only that account, and only if there is no other one. They are set for
    other programs too, so an empty one counts as not set.
    """
    level = Level("the TOGETHER_ variables")
    sections = {section for other in levels for section in other.sections}
    accounts = {section for section in sections if len(section) > 1 and section[0] == "accounts"}
    api_key = environ.get("TOGETHER_API_KEY", "")
    if accounts - {_DEFAULT_ACCOUNT} or not (accounts or api_key):
        return level
    for key, name in (("api_key", "TOGETHER_API_KEY"), ("base_url", "TOGETHER_BASE_URL")):
        value = environ.get(name, "")
        if value:
            level.add((*_DEFAULT_ACCOUNT, key), Given(f"environment {name}", value))
    return level


def _default_level(environ: Mapping[str, str]) -> Level:
    """Return the one default that depends on the machine."""
    level = Level("the defaults")
    url = default_database_url(environ)
    if url is not None:
        level.add(("database_url",), Given(DEFAULT, url))
    return level


def _read(path: KeyPath, given: Given) -> Picked:
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
    warning = f"{given.file} can be read by every user of this machine: use chmod 600"
    return Picked(
        f"{given.origin} ({given.file})",
        file.text,
        warning=warning if file.readable_by_all else None,
    )


def _split(path: KeyPath, picked: Picked) -> Picked:
    """Turn the text of a list into a list."""
    if keys.pattern(path) not in keys.LISTS or not isinstance(picked.value, str):
        return picked
    try:
        return Picked(picked.origin, split_list(picked.value))
    except ValueError as error:
        problem = ConfigProblem(keys.dotted(path), f"{error} (set by {picked.origin})")
        return Picked(picked.origin, problem=problem)
