"""What is wrong with a TOML text, in words and with the place first."""

from __future__ import annotations

import re

#: How `tomllib` ends its messages.
_PLACE = re.compile(
    r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|(?P<end>.*))\)"
)


def syntax_problem(error: ValueError | RecursionError) -> str:
    """Return one clause for an exception of `tomllib.loads`."""
    if isinstance(error, RecursionError):
        return "is not valid TOML: nested too deeply"
    match = _PLACE.fullmatch(str(error))
    if match is None:
        return "is not valid TOML: a value has too many digits"
    place = f"line {match['line']}, column {match['column']}" if match["line"] else match["end"]
    return f"is not valid TOML at {place}: {match['what']}"
