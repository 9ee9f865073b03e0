"""What an address may be asked for: each parameter is described and checked by one JSON schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from batchbell.config.nearest import likely
from batchbell.messages.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: What is repeated of a wrong value, characters.
_SHOWN = 60
_WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
# Source: RFC 3339, section 5.6.
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


class BadQuestionError(Exception):
    """A parameter that is not known, or has a wrong value; the message says what is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A part of the query behind the `?`."""

    name: str
    #: Its JSON schema: of a text with limits or a format, a choice, a whole number, or yes and no.
    schema: Mapping[str, Any]
    #: A sentence for the reader of the description.
    says: str

    def read(self, text: str) -> object:
        """Return the value of a text. Raises `BadQuestionError`."""
        value = _READERS[self.schema["type"]](text, self.schema)
        if value is None:
            shown = one_line(text, _SHOWN)
            raise BadQuestionError(f'{self.name} is "{shown}": {_right(self.schema)}')
        return value


def read_query(parameters: Sequence[Parameter], given: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the value of every parameter, its default or None for those that are not given.

    Raises `BadQuestionError` for an unknown one, one given twice, and a wrong value.
    """
    known = {each.name: each for each in parameters}
    chosen: dict[str, object] = {}
    for name, text in given:
        if name not in known:
            raise BadQuestionError(_unknown(name, known))
        if name in chosen:
            raise BadQuestionError(f"{name} is given twice: give it once")
        chosen[name] = known[name].read(text)
    return {name: chosen.get(name, each.schema.get("default")) for name, each in known.items()}


def _unknown(name: str, known: Iterable[str]) -> str:
    right = likely(name, known)
    advice = f'do you mean "{right}"?' if right else f"there are {', '.join(known) or 'none'}"
    return f'there is no parameter "{one_line(name, _SHOWN)}" here: {advice}'


def _text(text: str, schema: Mapping[str, Any]) -> str | datetime | None:
    if "enum" in schema:
        return text if text in schema["enum"] else None
    if schema.get("format") == "date-time":
        return _time(text)
    return text if schema["minLength"] <= len(text) <= schema["maxLength"] else None


def _time(text: str) -> datetime | None:
    if not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _integer(text: str, schema: Mapping[str, Any]) -> int | None:
    if not _WHOLE_NUMBER.fullmatch(text):
        return None
    return int(text) if schema["minimum"] <= int(text) <= schema["maximum"] else None


def _boolean(text: str, _schema: Mapping[str, Any]) -> bool | None:
    return {"true": True, "false": False}.get(text)


_READERS = {"string": _text, "integer": _integer, "boolean": _boolean}


def _right(schema: Mapping[str, Any]) -> str:
    """Say which values are right."""
    if schema["type"] == "integer":
        return f"give a whole number from {schema['minimum']} to {schema['maximum']}"
    if schema["type"] == "boolean":
        return "give true or false"
    if "enum" in schema:
        return f"give one of {', '.join(schema['enum'])}"
    if schema.get("format") == "date-time":
        return "give a time like 2026-11-23T02:14:00Z"
    return f"give {schema['minLength']} to {schema['maxLength']} characters"
