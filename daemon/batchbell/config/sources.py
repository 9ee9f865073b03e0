"""All places that can set a key, opened in the order in which they win.

The order is environment, systemd credential, /run/secrets, file, TOGETHER_ variables, default.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchbell.config import keys
from batchbell.config.config_file import file_level
from batchbell.config.fallbacks import default_level, together_level
from batchbell.config.locations import SECRETS_DIR, find_file
from batchbell.config.secret_folder import CREDENTIAL_ORIGIN, CREDENTIALS, folder_level
from batchbell.config.variables import environment_level
from batchbell.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.config.keys import KeyPath
    from batchbell.config.level import Level
    from batchbell.errors import ConfigProblem

#: The address of a SQLite database holds a path and no password.
_CONFIDENTIAL = keys.SECRETS - {("database_url",)}


@dataclass(frozen=True, slots=True)
class Sources:
    """The places, in the order in which they win."""

    levels: tuple[Level, ...]
    #: The configuration file, None without one.
    path: Path | None
    #: Whether any user of the machine may read that file.
    readable_by_all: bool
    #: Folders of secrets, guarded as a whole by whoever mounted them.
    secret_folders: tuple[Path, ...]

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


def open_sources(
    config_file: Path | None, environ: Mapping[str, str], secrets_dir: Path = SECRETS_DIR
) -> Sources:
    """Look into every place.

    Raises ConfigError when the file can't be read or is not TOML, with what is wrong elsewhere.
    """
    levels, folders = [environment_level(environ)], [secrets_dir]
    credentials = environ.get("CREDENTIALS_DIRECTORY", "")
    if credentials:
        folders.append(Path(credentials))
        levels.append(folder_level(CREDENTIALS, Path(credentials), CREDENTIAL_ORIGIN))
    levels.append(folder_level(str(secrets_dir), secrets_dir, f"{secrets_dir}/"))
    path, readable_by_all = find_file(config_file, environ), False
    if path is not None:
        try:
            level, readable_by_all = file_level(path, environ)
        except ConfigError as error:
            elsewhere = [problem for level in levels for problem in level.problems]
            raise ConfigError(*error.problems, *elsewhere) from None
        levels.append(level)
    levels += [together_level(environ, levels), default_level(environ)]
    return Sources(tuple(levels), path, readable_by_all, tuple(folders))
