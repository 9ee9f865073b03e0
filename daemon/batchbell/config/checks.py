"""Checks of values as they are written; what is wrong with one is said without repeating it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeVar

from pydantic import AfterValidator, BeforeValidator, SecretStr

from batchbell.config.durations import parse_duration
from batchbell.config.model_names import spelled_twice
from batchbell.config.names import shown
from batchbell.config.nearest import nearest
from batchbell.config.sizes import parse_size
from batchbell.core.event import EventKind, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_KINDS = [kind.value for kind in EventKind]
#: Writes a duration that never comes.
OFF = "off"
#: Globs that name a whole family, for the nearest right name of a misspelled one.
_FAMILIES = sorted({kind.partition(".")[0] + ".*" for kind in _KINDS})
_Value = TypeVar("_Value")
SEVERITIES = {severity.name.lower(): severity for severity in Severity}


@dataclass(frozen=True, slots=True)
class Check(BeforeValidator):
    """A check of a value as it is written, and how the reference calls what passes it."""

    words: str = ""


def choice(words: Iterable[str]) -> str:
    """Return how the reference calls one of these words."""
    *most, last = (f"`{word}`" for word in words)
    return f"{', '.join(most)} or {last}"


def word_of(*words: str) -> BeforeValidator:
    """Accept one of these words, in any case."""

    def check(value: object) -> object:
        word = value.strip().lower() if isinstance(value, str) else value
        if word not in words:
            known = ", ".join(words)
            hint = f"; the nearest is {nearest(word, words)}" if isinstance(word, str) else ""
            raise ValueError(f"must be one of {known}{hint}")
        return word

    return Check(check, words=choice(words))


def duration(*, least: str, most: str) -> BeforeValidator:
    """Accept a duration from `least` to `most`, as text with a unit."""
    return Check(_range(least, most), words=_span(least, most))


def _span(least: str, most: str) -> str:
    return f"duration, `{least}` to `{most}`"


def _range(least: str, most: str) -> Callable[[object], timedelta]:
    """Return a check that a value is a duration from `least` to `most`, both included."""
    shortest, longest = parse_duration(least), parse_duration(most)

    def check(value: object) -> timedelta:
        duration = value if isinstance(value, timedelta) else _parse(value)
        if not shortest <= duration <= longest:
            asked = "too short" if duration < shortest else "too long"
            raise ValueError(f"is {asked}: must be {least} to {most}")
        return duration

    return check


def _parse(value: object) -> timedelta:
    """Return the duration that a value of the file or of a variable writes."""
    if not isinstance(value, str):
        raise ValueError('must be a duration in quotes, with its unit, such as "60s"')  # noqa: TRY004 - pydantic tells only ValueError kindly
    return parse_duration(value.strip())


def severity(value: object) -> Severity:
    """Return the severity of that name."""
    if isinstance(value, Severity):
        return value
    name = value.strip().lower() if isinstance(value, str) else ""
    if name not in SEVERITIES:
        known, close = ", ".join(SEVERITIES), nearest(name, SEVERITIES)
        raise ValueError(f"must be one of {known}; the nearest is {close}")
    return SEVERITIES[name]


def or_off(check: Callable[[object], _Value], words: str) -> BeforeValidator:
    """Accept `off`, and what `check` returns a value for."""

    def check_both(value: object) -> _Value | None:
        is_off = isinstance(value, str) and value.strip().lower() == OFF
        return None if value is None or is_off else check(value)

    return Check(check_both, words=words)


def duration_or_off(least: str, most: str) -> BeforeValidator:
    """Accept `off`, or a duration from `least` to `most`."""
    return or_off(_range(least, most), f"`{OFF}` or {_span(least, most)}")


def size(least: str, most: str) -> BeforeValidator:
    """Accept a size from `least` to `most`, as text with a unit; it becomes bytes."""
    smallest, largest = parse_size(least), parse_size(most)

    def check(value: object) -> int:
        if not isinstance(value, str):
            raise ValueError('must be a size in quotes, with its unit, such as "100MB"')  # noqa: TRY004 - pydantic tells only ValueError kindly
        size = parse_size(value.strip())
        if not smallest <= size <= largest:
            asked = "too small" if size < smallest else "too large"
            raise ValueError(f"is {asked}: must be {least} to {most}")
        return size

    return Check(check, words=f"size, `{least}` to `{most}`")


#: A price as it is written: so many digits are more than any has.
_PRICE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,9})?")


def price(value: object) -> Decimal:
    """Return the number that the file has, or that a text writes."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = f"{Decimal(str(value)):f}" if is_number else value
    if not isinstance(text, str) or not _PRICE.fullmatch(text.strip()):
        raise ValueError("must be a number from 0 to 999999, such as 0.88")
    return Decimal(text.strip())


def folder(text: str) -> str:
    """Refuse a folder that is another one for every command."""
    if not text.startswith("/") or not text.isprintable():
        raise ValueError('must be an absolute path: it starts with "/"')
    return text


def one_spelling(tables: dict[str, _Value]) -> dict[str, _Value]:
    """Refuse two names that stand for one model."""
    for name, first in spelled_twice(tables):
        raise ValueError(f"{shown(first)} and {shown(name)} are one model: keep one")
    return tables


def secret(check: Callable[[str], str]) -> AfterValidator:
    """Apply a check of plain text to a secret."""

    def check_secret(secret: SecretStr) -> SecretStr:
        check(secret.get_secret_value())
        return secret

    return AfterValidator(check_secret)


def a_list(value: object) -> object:
    """Refuse a single value where a list belongs."""
    if not isinstance(value, list | tuple):
        raise ValueError('must be a list, such as ["..."]')  # noqa: TRY004 - pydantic tells only ValueError kindly
    return value


def not_empty(entries: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a filter that lets nothing through."""
    if not entries:
        raise ValueError("is an empty list, which nothing matches: leave the key out instead")
    return entries


def text(text: str) -> str:
    """Refuse empty text and text that can't be stored."""
    if not text.strip() or not text.isprintable():
        raise ValueError("must be a text that is not empty and holds only printable signs")
    return text


#: Shortest password or token of the page: nothing slows down who guesses it, characters.
_LEAST_CREDENTIAL = 12


def credential(text: str) -> str:
    """Refuse what is guessed too easily, or no browser can send."""
    if not text.isprintable():
        raise ValueError("may hold only printable signs: there is a line break or another one")
    if len(text) < _LEAST_CREDENTIAL:
        raise ValueError(
            f"is too short: must be {_LEAST_CREDENTIAL} characters or more; this makes one: "
            "openssl rand -hex 24"
        )
    return text


def not_blank(text: str) -> str:
    """Refuse a template that makes nothing."""
    if not text.strip():
        raise ValueError("is empty: leave the key out for the built-in text")
    return text


def event_glob(glob: str) -> str:
    """Refuse a glob that matches no kind of event."""
    if not any(fnmatchcase(kind, glob) for kind in _KINDS):
        candidates = _KINDS + (_FAMILIES if "*" in glob else [])
        raise ValueError(f"matches no kind of event; the nearest is {nearest(glob, candidates)}")
    return glob


def largest_first(steps: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    """Drop what stands twice and put the earliest warning first."""
    return tuple(sorted(set(steps), reverse=True))
