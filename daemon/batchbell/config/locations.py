"""Where the configuration file is looked for, and where batchbell keeps things."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Names the file when `--config` does not.
FILE_VARIABLE = "BATCHBELL_CONFIG"
#: Looked for in the current folder first.
LOCAL_FILE = Path("batchbell.toml")
SYSTEM_FILE = Path("/etc/batchbell/config.toml")
#: Where container runtimes mount secrets.
SECRETS_DIR = Path("/run/secrets")


def named_file(config_file: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the file that was named explicitly, None when it has to be looked for."""
    if config_file is not None:
        return config_file
    named = environ.get(FILE_VARIABLE, "")
    return Path(named) if named else None


def find_file(config_file: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the configuration file to read: the named one, else the first that exists."""
    named = named_file(config_file, environ)
    return named or next((path for path in _candidates(environ) if _exists(path)), None)


def state_folder(environ: Mapping[str, str]) -> Path | None:
    """Return the folder of what batchbell keeps, None without a home folder.

    The first folder of $STATE_DIRECTORY (systemd.exec(5): separated by colons), else the
    state folder of the XDG base directory specification.
    """
    state = environ.get("STATE_DIRECTORY", "").split(":")[0]
    if state:
        return Path(state)
    xdg = _xdg_folder(environ, "XDG_STATE_HOME", ".local/state")
    return None if xdg is None else xdg / "batchbell"


def default_database_url(environ: Mapping[str, str]) -> str | None:
    """Return the URL of the database when none is configured, None without a home folder."""
    folder = state_folder(environ)
    return None if folder is None else f"sqlite:///{folder / 'batchbell.db'}"


def expand(path: str, environ: Mapping[str, str]) -> Path:
    """Return the path with a leading "~/" replaced by the home folder."""
    home = environ.get("HOME", "")
    return Path(home) / path[2:] if home and path.startswith("~/") else Path(path)


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the places a file is looked for, in order."""
    yield LOCAL_FILE
    xdg = _xdg_folder(environ, "XDG_CONFIG_HOME", ".config")
    if xdg is not None:
        yield xdg / "batchbell" / "config.toml"
    yield SYSTEM_FILE


def _exists(path: Path) -> bool:
    """Tell whether something is there; a folder closed to us counts as nothing there.

    A service with ProtectHome= can't look into its home, which is no mistake of the user.
    """
    try:
        path.stat()
    except OSError:
        return False
    return True


def _xdg_folder(environ: Mapping[str, str], name: str, below_home: str) -> Path | None:
    """Return an XDG folder; relative values are ignored, as the specification asks."""
    value = environ.get(name, "")
    if value.startswith("/"):
        return Path(value)
    home = environ.get("HOME", "")
    return Path(home) / below_home if home.startswith("/") else None
