"""The first place: environment variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.config import keys
from batchbell.config.level import Given, Level
from batchbell.config.locations import FILE_VARIABLE, expand
from batchbell.config.nearest import likely, nearest_path

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Kubernetes sets these for a service of our name.
_FOREIGN = ("BATCHBELL_PORT", "BATCHBELL_SERVICE_")


def environment_level(environ: Mapping[str, str]) -> Level:
    """Read the variables that start with BATCHBELL_ (in any case)."""
    level = Level("the environment")
    for name in sorted(environ):
        is_ours = name.upper().startswith(keys.VARIABLE_PREFIX) and name != FILE_VARIABLE
        if is_ours and not name.startswith(_FOREIGN):
            _add_variable(level, name, environ)
    return level


def _add_variable(level: Level, name: str, environ: Mapping[str, str]) -> None:
    """Take one variable."""
    path = tuple(name[len(keys.VARIABLE_PREFIX) :].lower().split(keys.DELIMITER))
    value, where, secret = environ[name], keys.shown(name), keys.secret_of(path)
    origin = f"environment {where}"
    if not keys.is_known(path):
        level.refuse_unknown(where, _nearest_variable(path))
    elif secret is None:
        level.add(path, Given(origin, value))
    elif not value:
        level.refuse(where, "is empty: name a file")
    else:
        level.add(secret, Given(origin, value, expand(value, environ), where))


def _nearest_variable(path: keys.KeyPath) -> str:
    """Return the variable that an unknown one most likely stands for."""
    return FILE_VARIABLE if likely(path[0], ["config"]) else keys.variable(nearest_path(path))
