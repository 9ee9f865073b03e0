"""A JSON list read as it arrives: one value at a time, whatever is wrong with the others."""

from __future__ import annotations

import json
import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from batchbell.errors import MalformedError
from batchbell.wire.json_extent import ValueEnd

if TYPE_CHECKING:
    from collections.abc import Callable

#: Integers of more characters become floats: no field takes them, and Python refuses to convert
#: thousands of digits.
_LONGEST_INTEGER = 20

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(
    r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null|NaN|-?Infinity", re.ASCII
)


class Place(Enum):
    """Where in the list the text begins."""

    #: Before the bracket.
    START = auto()
    #: Before a value, behind the bracket or a comma.
    VALUE = auto()


class JsonList:
    """Takes the text of a JSON list in pieces of any size and hands each value to `take`.

    An object is handed over decoded; any other value, and an object that can't be decoded (broken,
    nested too deeply), as None. `null` is an empty list. Raises `MalformedError` for a text that is
    no list, and for a value of more than `max_value_chars` characters.
    """

    def __init__(
        self,
        take: Callable[[object], None],
        *,
        max_value_chars: int,
        place: Place = Place.START,
    ) -> None:
        self._take = take
        self._max_value_chars = max_value_chars
        # where in the grammar we are: each place reads on from an index and returns the next one
        self._go_on: Callable[[str, int], int] = (
            self._at_start if place is Place.START else self._at_value
        )
        self._null_to_come = "null"
        # the value that has not arrived completely, or could not be decoded at first
        self._value_end = ValueEnd("{")
        self._pieces: list[str] = []
        self._chars = 0

    def feed(self, text: str) -> None:
        """Read the next piece."""
        at = 0
        while at < len(text):
            at = self._go_on(text, at)

    def close(self) -> None:
        """Say that nothing more comes; raises `MalformedError` if the list has not ended."""
        if self._go_on == self._at_start:
            raise MalformedError("the API answered with nothing instead of a list")
        if self._go_on != self._after_list:
            raise MalformedError("the API's answer ends in the middle of the list")

    def _at_start(self, text: str, at: int) -> int:
        at = _after_space(text, at)
        match text[at : at + 1]:
            case "":
                return at
            case "[":
                self._go_on = self._at_first_value
                return at + 1
            case "n":
                self._go_on = self._in_null
                return at
            case first:
                raise _not_a_list(first)

    def _in_null(self, text: str, at: int) -> int:
        piece = text[at : at + len(self._null_to_come)]
        if not self._null_to_come.startswith(piece):
            raise _not_a_list("n")
        self._null_to_come = self._null_to_come[len(piece) :]
        if not self._null_to_come:
            self._go_on = self._after_list
        return at + len(piece)

    def _at_first_value(self, text: str, at: int) -> int:
        at = _after_space(text, at)
        if text[at : at + 1] == "]":
            self._go_on = self._after_list
            return at + 1
        return self._at_value(text, at)

    def _at_value(self, text: str, at: int) -> int:
        at = _after_space(text, at)
        if at == len(text):
            return at
        if text[at] == "{":
            try:
                value, end = _json.raw_decode(text, at)
            except (ValueError, RecursionError):
                pass
            else:
                return self._hand_over(value, end - at, end)
        self._value_end = ValueEnd(text[at])
        self._go_on = self._in_value
        return self._in_value(text, at)

    def _in_value(self, text: str, at: int) -> int:
        end = self._value_end.find(text, at)
        piece = text[at:end]
        self._pieces.append(piece)
        self._chars += len(piece)
        if end is None:
            self._check_size(self._chars)
            return len(text)
        value = "".join(self._pieces)
        self._pieces.clear()
        self._chars = 0
        return self._hand_over(self._decoded(value), len(value), end)

    def _decoded(self, value: str) -> object:
        if value.startswith("{"):
            return decode_value(value)
        if not value.startswith(("[", '"')) and not _SCALAR.fullmatch(value):
            raise MalformedError("the API's list holds something that is not JSON")
        return None

    def _hand_over(self, value: object, chars: int, end: int) -> int:
        self._check_size(chars)
        self._take(value)
        self._go_on = self._after_value
        return end

    def _check_size(self, chars: int) -> None:
        if chars > self._max_value_chars:
            raise MalformedError(
                f"the API's list holds a row of more than {self._max_value_chars:,} characters"
            )

    def _after_value(self, text: str, at: int) -> int:
        at = _after_space(text, at)
        match text[at : at + 1]:
            case "":
                return at
            case ",":
                self._go_on = self._at_value
            case "]":
                self._go_on = self._after_list
            case _:
                raise MalformedError("the API's list is broken: a comma is missing in it")
        return at + 1

    def _after_list(self, text: str, at: int) -> int:
        at = _after_space(text, at)
        if at < len(text):
            raise MalformedError("the API's answer goes on after the end of the list")
        return at


def decode_value(text: str) -> object:
    """Return what a JSON text says, None if it can't be decoded."""
    try:
        return _json.decode(text)
    except (ValueError, RecursionError):
        return None


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


# strict=False lets raw control characters in strings pass
_json = json.JSONDecoder(parse_int=_integer, strict=False)


def _after_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _not_a_list(start: str) -> MalformedError:
    what = {"{": "an object", "<": "HTML", '"': "a string"}.get(start, "text")
    return MalformedError(f"the API answered with {what} instead of a list")
