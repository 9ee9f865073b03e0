"""The first place: environment variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.config import keys
from batchbell.config.level import Given, Level
from batchbell.config.locations import FILE_VARIABLE, expand

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Kubernetes sets these for a service of our name.
_FOREIGN = ("BATCHBELL_PORT", "BATCHBELL_SERVICE_")


def environment_level(environ: Mapping[str, str]) -> Level:
    """Read the variables that start with BATCHBELL_ (in any case)."""
    level = Level("the environment")
    for name in sorted(environ):
        upper = name.upper()
        ours = upper.startswith(keys.VARIABLE_PREFIX) and upper != FILE_VARIABLE
        if ours and not upper.startswith(_FOREIGN):
            _add_variable(level, name, environ)
    return level


def _add_variable(level: Level, name: str, environ: Mapping[str, str]) -> None:
    """Take one variable."""
    path = tuple(name[len(keys.VARIABLE_PREFIX) :].lower().split(keys.DELIMITER))
    value, origin = environ[name], f"environment {keys.shown(name)}"
    where = keys.shown(name)
    secret = keys.secret_of(path)
    if not keys.is_known(path):
        level.refuse_unknown(path, spell=keys.variable, where=where)
    elif secret is None:
        level.add(path, Given(origin, value))
    elif not value:
        level.refuse(where, "is empty: name a file")
    else:
        level.add(secret, Given(origin, value, expand(value, environ), where))
