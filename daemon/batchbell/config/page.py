"""Where the health check asks: the socket, and the page's address without any other check."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from zlib import crc32

from batchbell.config.fallbacks import DEFAULT
from batchbell.config.locations import SECRETS_DIR, state_folder
from batchbell.config.merge import find
from batchbell.config.names import Names
from batchbell.config.sources import open_sources
from batchbell.config.urls import DEFAULT_LISTEN, check_listen
from batchbell.errors import ConfigError, ConfigProblem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from batchbell.config.names import KeyPath
    from batchbell.config.sources import Sources

_ENABLED, _LISTEN = ("web", "enabled"), ("web", "listen")
NAMES = Names(keys=frozenset({_ENABLED, _LISTEN}))
#: How an environment variable says no. Source: pydantic's documentation of booleans.
_NO = frozenset({"0", "off", "f", "false", "n", "no"})


def page_address(
    config_file: Path | None, environ: Mapping[str, str], *, secrets_dir: Path = SECRETS_DIR
) -> str:
    """Return what `load` would return as `settings.web.listen`; '' if there is no page.

    Other keys are not looked at: what is wrong there is not the health check's concern. Raises
    ConfigError.
    """
    sources = open_sources(NAMES, config_file, environ, secrets_dir)
    if str(_value(sources, _ENABLED, default=True)).strip().lower() in _NO:
        return ""
    listen = _value(sources, _LISTEN, default=DEFAULT_LISTEN)
    try:
        return check_listen(str(listen))
    except ValueError as error:
        raise ConfigError(ConfigProblem("web.listen", str(error))) from None


def health_socket(database: Path) -> Path:
    """Return where the daemon of a database answers health checks: beside it."""
    return database.with_name(database.name + ".health")


def health_socket_without_file(url: str, environ: Mapping[str, str]) -> Path | None:
    """Return where this machine's daemon of a server's database answers health checks.

    That is in the state folder, under a name of the database's own; None without one.
    """
    folder = state_folder(environ)
    if folder is None:
        return None
    _, _, rest = url.partition("://")
    address, _, options = rest.rpartition("@")[2].partition("?")
    # Neither user nor password: the name is no secret.
    place = [value for name, value in parse_qsl(options) if name in {"host", "port"}]
    return folder / f"batchbell-{crc32(' '.join([address, *place]).encode()):08x}.health"


def _value(sources: Sources, path: KeyPath, *, default: object) -> object:
    found = find(sources, path)
    if found.origin == DEFAULT:
        return default
    if found.problem is not None:
        raise ConfigError(found.problem)
    return found.value
