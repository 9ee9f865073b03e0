"""A machine of our own for each test: home, /etc, secrets, credentials and variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batchbell.config import database_url, load, locations
from batchbell.errors import ConfigError, ConfigProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from batchbell.config import LoadedConfig

ACCOUNT = '[accounts.default]\napi_key = "fake-key"\n'


def any_url_is_fine(_url: str) -> str | None:
    """Stand in for the notifier's check of a URL."""
    return None


class Machine:
    """Where a test puts files and variables, and loads the configuration from."""

    def __init__(self, folder: Path) -> None:
        """Start with a home folder and nothing in it."""
        self.folder = folder
        self.environ = {"HOME": str(folder / "home")}
        self.secrets = folder / "secrets"
        self.check_channel_url: Callable[[str], str | None] = any_url_is_fine

    def write(self, name: str, content: str | bytes, *, mode: int = 0o600) -> Path:
        """Write a file below the test's folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    def secret(self, name: str, content: str) -> Path:
        """Write a file of /run/secrets."""
        return self.write(f"secrets/{name}", content)

    def credential(self, name: str, content: str) -> Path:
        """Write a systemd credential."""
        self.environ["CREDENTIALS_DIRECTORY"] = str(self.folder / "credentials")
        return self.write(f"credentials/{name}", content)

    def load(self, text: str | None = None, **environ: str) -> LoadedConfig:
        """Load the configuration, from a file with this text unless it is None."""
        path = None if text is None else self.write("given.toml", text)
        return self.load_file(path, environ)

    def load_file(self, path: Path | None, environ: Mapping[str, str]) -> LoadedConfig:
        """Load the configuration from a file."""
        return load(
            path,
            {**self.environ, **environ},
            check_channel=self._check_channel,
            secrets_dir=self.secrets,
        )

    def _check_channel(self, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        what = self.check_channel_url(url) if isinstance(url := values.get("url"), str) else None
        if what is not None:
            yield "url", what

    def problems(self, text: str | None = None, **environ: str) -> list[str]:
        """Return what is wrong, one line each; fails if nothing is."""
        return [str(problem) for problem in self.refused(text, **environ).problems]

    def problem(self, text: str | None = None, **environ: str) -> ConfigProblem:
        """Return the one thing wrong."""
        (problem,) = self.refused(text, **environ).problems
        return problem

    def refused(self, text: str | None = None, **environ: str) -> ConfigError:
        """Return the error that loading raises."""
        with pytest.raises(ConfigError) as caught:
            self.load(text, **environ)
        assert caught.value.exit_code == 78
        return caught.value

    def database_url(self, text: str | None = None, **environ: str) -> str:
        """Ask for the database's address the light way."""
        path = None if text is None else self.write("given.toml", text)
        return database_url(path, {**self.environ, **environ}, secrets_dir=self.secrets)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Provide a machine whose current folder and /etc are empty."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(locations, "SYSTEM_FILE", tmp_path / "etc/batchbell/config.toml")
    return Machine(tmp_path)
