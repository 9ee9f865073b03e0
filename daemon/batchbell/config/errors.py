"""What is wrong with a value, in our words: the path first, the value never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.config.names import FILE_SUFFIX, dotted, pattern, variable
from batchbell.errors import ConfigProblem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pydantic_core import ErrorDetails

    from batchbell.config.names import KeyPath, Names

_WORDS = {
    "string_type": "must be text, in quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}


def problem_of(
    detail: ErrorDetails, *, names: Names, origins: Mapping[str, str], unread: Collection[str]
) -> ConfigProblem | None:
    """Return one finding of pydantic as a problem; None if its cause is reported already.

    `origins` and `unread` are those of the merged places, by dotted paths.
    """
    path = tuple(part for part in detail["loc"] if isinstance(part, str))
    where = dotted(path)
    if detail["type"] == "value_error" and any(key.startswith(f"{where}.") for key in unread):
        # A section that lacks what could not be read.
        return None
    if detail["type"] == "missing":
        return None if where in unread else ConfigProblem(where, how_to_set(path, names))
    entry = "".join(f"entry {part + 1}: " for part in detail["loc"] if isinstance(part, int))
    message = detail["msg"].removeprefix("Value error, ")
    what = entry + _WORDS.get(detail["type"], message)
    return problem_with(where, what, origins.get(where))


def problem_with(where: str, what: str, origin: str | None) -> ConfigProblem:
    """Return a problem that also says where the value comes from, unless it is in the file."""
    outside = origin is not None and not origin.startswith("file ")
    return ConfigProblem(where, f"{what} (set by {origin})" if outside else what)


def how_to_set(path: KeyPath, names: Names) -> str:
    """Return what to do about a key that must be there."""
    also = f" or {path[-1]}{FILE_SUFFIX}" if pattern(path) in names.secrets else ""
    what = f"is missing: set it{also} in the file, or {variable(path)}"
    if path == ("accounts", "default", "api_key"):
        what += " (TOGETHER_API_KEY fills it only while there is no other account)"
    if path == ("database_url",):
        what += " (there is neither $STATE_DIRECTORY nor $HOME to put it into)"
    return what
