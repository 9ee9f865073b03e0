"""Where an account's key comes from, to read it anew when the API refuses the one in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.config.locations import SECRETS_DIR
from batchbell.config.merge import find
from batchbell.config.names import dotted
from batchbell.config.secret_folder import CREDENTIAL_ORIGIN
from batchbell.config.sources import open_sources
from batchbell.config.table import NAMES
from batchbell.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from batchbell.config.merge import Found
    from batchbell.config.names import KeyPath

#: What somebody who gave the service a new key has to know. Source: systemd.exec(5).
_RESTART = (
    "it is a systemd credential, a copy made at the start: after changing it restart the service"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySource:
    """Reads the key of one account from the place that wins for it."""

    account: str
    #: As `--config` has it; None if the file has to be looked for.
    config_file: Path | None
    environ: Mapping[str, str]
    secrets_dir: Path = SECRETS_DIR

    def read(self) -> str:
        """Return the key that stands there now. Raises `ConfigError`."""
        found = self._found()
        if found.problem is not None:
            raise ConfigError(found.problem)
        return str(found.value).strip()

    @property
    def name(self) -> str:
        """What that place is called, for whoever puts another key there.

        A variable, a credential, a secret's file by its whole path, or the key of the configuration
        file; '' if it can't be read.
        """
        try:
            found = self._found()
        except ConfigError:
            return ""
        if found.problem is not None:
            return found.problem.where
        in_file = dotted(self._path) if found.origin.startswith("file ") else ""
        return found.named_by or in_file or found.origin.rpartition(" ")[2]

    @property
    def variable(self) -> str:
        """The variable that has the key itself; '' if the key is anywhere else."""
        found = self._found()
        is_in_variable = found.origin.startswith("environment ") and found.file is None
        return found.origin.rpartition(" ")[2] if is_in_variable else ""

    @property
    def file(self) -> Path | None:
        """The file that has the key and nothing else; None if the key is anywhere else."""
        return self._found().file

    @property
    def advice(self) -> str:
        """What to know about that place when the key is refused; '' if nothing."""
        try:
            origin = self._found().origin
        except ConfigError:
            return ""
        folder = self.environ.get("CREDENTIALS_DIRECTORY", "")
        is_credential = origin.startswith(CREDENTIAL_ORIGIN) or (folder and folder in origin)
        return _RESTART if is_credential else ""

    def _found(self) -> Found:
        sources = open_sources(NAMES, self.config_file, self.environ, self.secrets_dir)
        return find(sources, self._path)

    @property
    def _path(self) -> KeyPath:
        return ("accounts", self.account, "api_key")
