"""The last places: what other programs' variables and the machine itself provide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.config.layers import Given, Layer
from batchbell.config.locations import default_database_url, state_folder
from batchbell.config.together import API_KEY_VARIABLE, BASE_URL_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: The origin of what nobody set.
DEFAULT = "default"
#: A key of which an empty text says: as the machine provides it.
RESULTS_FOLDER = ("results", "folder")
_DEFAULT_ACCOUNT = ("accounts", "default")
_VARIABLES = (("api_key", API_KEY_VARIABLE), ("base_url", BASE_URL_VARIABLE))


def together_layer(environ: Mapping[str, str], layers: Iterable[Layer]) -> Layer:
    """Let TOGETHER_API_KEY and TOGETHER_BASE_URL fill `accounts.default`.

    They create or fill only that account, and only if there is no other one in `layers`. They
    are set for other programs too, so an empty one counts as not set.
    """
    layer = Layer("the TOGETHER_ variables")
    sections = {section for other in layers for section in other.sections}
    accounts = {section for section in sections if len(section) > 1 and section[0] == "accounts"}
    is_wanted = accounts or environ.get(API_KEY_VARIABLE)
    if accounts - {_DEFAULT_ACCOUNT} or not is_wanted:
        return layer
    for key, name in _VARIABLES:
        if environ.get(name):
            layer.add((*_DEFAULT_ACCOUNT, key), Given(f"environment {name}", environ[name]))
    return layer


def default_layer(environ: Mapping[str, str]) -> Layer:
    """Return the defaults that depend on the machine."""
    layer = Layer("the defaults")
    url, folder = default_database_url(environ), state_folder(environ)
    if url is not None:
        layer.add(("database_url",), Given(DEFAULT, url))
    if folder is not None:
        layer.add(RESULTS_FOLDER, Given(DEFAULT, str(folder / "results")))
    return layer
