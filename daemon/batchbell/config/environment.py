"""The first place: environment variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.config.layers import Given, Layer
from batchbell.config.locations import FILE_VARIABLE, expand
from batchbell.config.names import DELIMITER, VARIABLE_PREFIX, shown, variable
from batchbell.config.nearest import likely, nearest_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.config.names import KeyPath, Names

#: "1" lets debuggers and profilers look into the process.
DEBUGGABLE_VARIABLE = "BATCHBELL_DEBUGGABLE"
#: No keys of the configuration.
_NO_KEYS = frozenset({FILE_VARIABLE, DEBUGGABLE_VARIABLE})
#: Kubernetes sets these for a service of our name.
_FOREIGN = ("BATCHBELL_PORT", "BATCHBELL_SERVICE_")


def environment_layer(environ: Mapping[str, str], names: Names) -> Layer:
    """Read the variables that start with BATCHBELL_ (in any case)."""
    layer = Layer("the environment")
    for name in sorted(environ):
        is_ours = name.upper().startswith(VARIABLE_PREFIX) and name not in _NO_KEYS
        if is_ours and not name.startswith(_FOREIGN):
            _add_variable(layer, name, environ, names)
    return layer


def _add_variable(layer: Layer, name: str, environ: Mapping[str, str], names: Names) -> None:
    """Take one variable."""
    path = tuple(name[len(VARIABLE_PREFIX) :].lower().split(DELIMITER))
    value, where, secret = environ[name], shown(name), names.secret_of(path)
    origin = f"environment {where}"
    if not names.is_known(path):
        layer.refuse_unknown(where, _nearest_variable(path, names))
    elif secret is None:
        layer.add(path, Given(origin, value))
    elif not value:
        layer.refuse(where, "is empty: name a file")
    else:
        layer.add(secret, Given(origin, value, expand(value, environ), where))


def _nearest_variable(path: KeyPath, names: Names) -> str:
    """Return the variable that an unknown one most likely stands for."""
    return FILE_VARIABLE if likely(path[0], ["config"]) else variable(nearest_path(path, names))
