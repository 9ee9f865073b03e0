"""All places that can set a key, opened in the order in which they win.

The order is environment, systemd credential, /run/secrets, file, TOGETHER_ variables, default.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchbell.config.config_file import file_layer
from batchbell.config.environment import environment_layer
from batchbell.config.fallbacks import default_layer, together_layer
from batchbell.config.locations import SECRETS_DIR, find_file, named_file
from batchbell.config.names import pattern
from batchbell.config.secret_folder import CREDENTIAL_ORIGIN, CREDENTIALS, folder_layer
from batchbell.config.spelling import spelled_as_in_the_file
from batchbell.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.config.layers import Layer
    from batchbell.config.names import KeyPath, Names
    from batchbell.errors import ConfigProblem

#: The address of a SQLite database holds a path and no password.
_NOT_CONFIDENTIAL = {("database_url",)}


@dataclass(frozen=True, slots=True)
class Sources:
    """The places, in the order in which they win."""

    layers: tuple[Layer, ...]
    #: The keys that were looked for.
    names: Names
    #: The configuration file, None without one.
    path: Path | None
    #: Whether any user of the machine may read that file.
    readable_by_all: bool
    #: Folders of secrets, guarded as a whole by whoever mounted them.
    secret_folders: tuple[Path, ...]

    @property
    def problems(self) -> list[ConfigProblem]:
        """What was wrong with names, in all places."""
        return [problem for layer in self.layers for problem in layer.problems]

    @property
    def sections(self) -> set[KeyPath]:
        """Every table that stands anywhere."""
        return {section for layer in self.layers for section in layer.sections}

    @property
    def secrets_in_file(self) -> list[KeyPath]:
        """Secrets that stand in the configuration file itself."""
        confidential = self.names.secrets - _NOT_CONFIDENTIAL
        return [
            path
            for layer in self.layers
            for path, given in layer.given.items()
            if layer.is_file and pattern(path) in confidential
            if given.file is None and given.value
        ]


def open_sources(
    names: Names,
    config_file: Path | None,
    environ: Mapping[str, str],
    secrets_dir: Path = SECRETS_DIR,
) -> Sources:
    """Look into every place for these keys.

    Raises ConfigError when the file can't be used, with what is wrong elsewhere.
    """
    layers, folders = [environment_layer(environ, names)], [secrets_dir]
    credentials = environ.get("CREDENTIALS_DIRECTORY", "")
    if credentials:
        folders.append(Path(credentials))
        folder = Path(credentials)
        layers.append(folder_layer(CREDENTIALS, folder, CREDENTIAL_ORIGIN, names))
    layers.append(folder_layer(str(secrets_dir), secrets_dir, f"{secrets_dir}/", names))
    path, readable_by_all = find_file(config_file, environ), False
    if path is not None:
        try:
            is_named = named_file(config_file, environ) is not None
            layer, readable_by_all = file_layer(path, environ, names, is_named=is_named)
        except ConfigError as error:
            elsewhere = [problem for layer in layers for problem in layer.problems]
            raise ConfigError(*error.problems, *elsewhere) from None
        layers.append(layer)
    layers = [*spelled_as_in_the_file(layers), together_layer(environ, layers)]
    layers.append(default_layer(environ))
    return Sources(tuple(layers), names, path, readable_by_all, tuple(folders))
