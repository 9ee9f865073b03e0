"""The last places: what other programs' variables and the machine itself provide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.config.level import Given, Level
from batchbell.config.locations import default_database_url
from batchbell.config.together import API_KEY_VARIABLE, BASE_URL_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: The origin of what nobody set.
DEFAULT = "default"
_DEFAULT_ACCOUNT = ("accounts", "default")
_VARIABLES = (("api_key", API_KEY_VARIABLE), ("base_url", BASE_URL_VARIABLE))


def together_level(environ: Mapping[str, str], levels: Iterable[Level]) -> Level:
    """Let TOGETHER_API_KEY and TOGETHER_BASE_URL fill `accounts.default`.

    They create or fill only that account, and only if there is no other one in `levels`. They
    are set for other programs too, so an empty one counts as not set.
    """
    level = Level("the TOGETHER_ variables")
    sections = {section for other in levels for section in other.sections}
    accounts = {section for section in sections if len(section) > 1 and section[0] == "accounts"}
    is_wanted = accounts or environ.get(API_KEY_VARIABLE)
    if accounts - {_DEFAULT_ACCOUNT} or not is_wanted:
        return level
    for key, name in _VARIABLES:
        if environ.get(name):
            level.add((*_DEFAULT_ACCOUNT, key), Given(f"environment {name}", environ[name]))
    return level


def default_level(environ: Mapping[str, str]) -> Level:
    """Return the one default that depends on the machine."""
    level = Level("the defaults")
    url = default_database_url(environ)
    if url is not None:
        level.add(("database_url",), Given(DEFAULT, url))
    return level
