"""The types of the keys: what each kind of value may be, said in words that never repeat it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, SecretStr

from batchbell.config import urls
from batchbell.config.durations import parse_duration
from batchbell.config.hooks import check_program, check_webhook_secret
from batchbell.config.model_names import spelled_twice
from batchbell.config.names import shown
from batchbell.config.nearest import nearest
from batchbell.config.schedule import check_quiet_hours, check_time_zone, parse_rate
from batchbell.config.sizes import parse_size
from batchbell.core.delivery.pacing import Rate
from batchbell.core.event import EventKind, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_KINDS = [kind.value for kind in EventKind]
#: Writes a duration that never comes.
OFF = "off"
#: Globs that name a whole family, for the nearest right name of a misspelled one.
_FAMILIES = sorted({kind.partition(".")[0] + ".*" for kind in _KINDS})
_Value = TypeVar("_Value")
_SEVERITIES = {severity.name.lower(): severity for severity in Severity}


@dataclass(frozen=True, slots=True)
class TypeWords:
    """How the reference calls a type."""

    words: str


@dataclass(frozen=True, slots=True)
class _Check(BeforeValidator):
    """A check of a value as it is written, and how the reference calls what passes it."""

    words: str = ""


def _choice(words: Iterable[str]) -> str:
    *most, last = (f"`{word}`" for word in words)
    return f"{', '.join(most)} or {last}"


def _word_of(*words: str) -> BeforeValidator:
    """Accept one of these words, in any case."""

    def check(value: object) -> object:
        word = value.strip().lower() if isinstance(value, str) else value
        if word not in words:
            known = ", ".join(words)
            hint = f"; the nearest is {nearest(word, words)}" if isinstance(word, str) else ""
            raise ValueError(f"must be one of {known}{hint}")
        return word

    return _Check(check, words=_choice(words))


def _duration(*, least: str, most: str) -> BeforeValidator:
    """Accept a duration from `least` to `most`, as text with a unit."""
    return _Check(_range(least, most), words=_span(least, most))


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


def _severity(value: object) -> Severity:
    """Return the severity of that name."""
    if isinstance(value, Severity):
        return value
    name = value.strip().lower() if isinstance(value, str) else ""
    if name not in _SEVERITIES:
        known, close = ", ".join(_SEVERITIES), nearest(name, _SEVERITIES)
        raise ValueError(f"must be one of {known}; the nearest is {close}")
    return _SEVERITIES[name]


def _or_off(check: Callable[[object], _Value], words: str) -> BeforeValidator:
    """Accept `off`, and what `check` returns a value for."""

    def check_both(value: object) -> _Value | None:
        is_off = isinstance(value, str) and value.strip().lower() == OFF
        return None if value is None or is_off else check(value)

    return _Check(check_both, words=words)


def _duration_or_off(least: str, most: str) -> BeforeValidator:
    """Accept `off`, or a duration from `least` to `most`."""
    return _or_off(_range(least, most), f"`{OFF}` or {_span(least, most)}")


def _size(least: str, most: str) -> BeforeValidator:
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

    return _Check(check, words=f"size, `{least}` to `{most}`")


#: A price as it is written: so many digits are more than any has.
_PRICE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,9})?")


def _price(value: object) -> Decimal:
    """Return the number that the file has, or that a text writes."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = f"{Decimal(str(value)):f}" if is_number else value
    if not isinstance(text, str) or not _PRICE.fullmatch(text.strip()):
        raise ValueError("must be a number from 0 to 999999, such as 0.88")
    return Decimal(text.strip())


def _folder(text: str) -> str:
    """Refuse a folder that is another one for every command."""
    if not text.startswith("/") or not text.isprintable():
        raise ValueError('must be an absolute path: it starts with "/"')
    return text


def _one_spelling(tables: dict[str, _Value]) -> dict[str, _Value]:
    """Refuse two names that stand for one model."""
    for name, first in spelled_twice(tables):
        raise ValueError(f"{shown(first)} and {shown(name)} are one model: keep one")
    return tables


def _secret(check: Callable[[str], str]) -> AfterValidator:
    """Apply a check of plain text to a secret."""

    def check_secret(secret: SecretStr) -> SecretStr:
        check(secret.get_secret_value())
        return secret

    return AfterValidator(check_secret)


def _list(value: object) -> object:
    """Refuse a single value where a list belongs."""
    if not isinstance(value, list | tuple):
        raise ValueError('must be a list, such as ["..."]')  # noqa: TRY004 - pydantic tells only ValueError kindly
    return value


def _not_empty(entries: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a filter that lets nothing through."""
    if not entries:
        raise ValueError("is an empty list, which nothing matches: leave the key out instead")
    return entries


def _text(text: str) -> str:
    """Refuse empty text and text that can't be stored."""
    if not text.strip() or not text.isprintable():
        raise ValueError("must be a text that is not empty and holds only printable signs")
    return text


#: Shortest password or token of the page: nothing slows down who guesses it, characters.
_LEAST_CREDENTIAL = 12


def _credential(text: str) -> str:
    """Refuse what is guessed too easily, or no browser can send."""
    if not text.isprintable():
        raise ValueError("may hold only printable signs: there is a line break or another one")
    if len(text) < _LEAST_CREDENTIAL:
        raise ValueError(
            f"is too short: must be {_LEAST_CREDENTIAL} characters or more; this makes one: "
            "openssl rand -hex 24"
        )
    return text


def _not_blank(text: str) -> str:
    """Refuse a template that makes nothing."""
    if not text.strip():
        raise ValueError("is empty: leave the key out for the built-in text")
    return text


def _event_glob(glob: str) -> str:
    """Refuse a glob that matches no kind of event."""
    if not any(fnmatchcase(kind, glob) for kind in _KINDS):
        candidates = _KINDS + (_FAMILIES if "*" in glob else [])
        raise ValueError(f"matches no kind of event; the nearest is {nearest(glob, candidates)}")
    return glob


def _largest_first(steps: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    """Drop what stands twice and put the earliest warning first."""
    return tuple(sorted(set(steps), reverse=True))


_Text = Annotated[str, AfterValidator(_text)]
_SHORTEST_STEP, _LONGEST_STEP = "1s", "30d"
_Step = Annotated[timedelta, _duration(least=_SHORTEST_STEP, most=_LONGEST_STEP)]

LogLevel = Annotated[
    Literal["debug", "info", "warning", "error"], _word_of("debug", "info", "warning", "error")
]
LogFormat = Annotated[Literal["auto", "text", "json"], _word_of("auto", "text", "json")]
ProgressScale = Annotated[
    Literal["auto", "percent", "fraction"], _word_of("auto", "percent", "fraction")
]
MinSeverity = Annotated[Severity, _Check(_severity, words=_choice(_SEVERITIES))]

DatabaseUrl = Annotated[SecretStr, _secret(urls.check_database_url)]
ApiKey = Annotated[SecretStr, _secret(urls.check_printable)]
BaseUrl = Annotated[str, AfterValidator(urls.check_base_url)]
HeartbeatUrl = Annotated[SecretStr, _secret(urls.check_heartbeat_url)]
#: What is behind it is checked by the notifier, see `loading.load`.
ChannelUrl = Annotated[SecretStr, _secret(_text)]
Listen = Annotated[str, AfterValidator(urls.check_listen), TypeWords("text, `host:port`")]
Hosts = Annotated[
    tuple[Annotated[str, AfterValidator(urls.check_host_name)], ...],
    BeforeValidator(_list),
    TypeWords("list of host names"),
]

PollInterval = Annotated[timedelta, _duration(least="1s", most="1d")]
RequestTimeout = Annotated[timedelta, _duration(least="1s", most="10m")]
StalledAfter = Annotated[timedelta, _duration(least="1s", most="30d")]
UnreachableAfter = Annotated[timedelta, _duration(least="0s", most="7d")]
RemindEvery = Annotated[timedelta | None, _duration_or_off("1m", "30d")]
Keep = Annotated[timedelta, _duration(least="1h", most="3650d")]
DeadlineWarnings = Annotated[
    tuple[_Step, ...],
    BeforeValidator(_list),
    AfterValidator(_largest_first),
    TypeWords(f"list of durations, each `{_SHORTEST_STEP}` to `{_LONGEST_STEP}`"),
]

WebhookUrl = Annotated[SecretStr, _secret(urls.check_webhook_url)]
WebhookSecret = Annotated[SecretStr, _secret(check_webhook_secret)]
Exec = Annotated[tuple[str, ...], BeforeValidator(_list), AfterValidator(check_program)]
#: A delivery's round has to end within a minute: the watchdog waits for it.
ExecTimeout = Annotated[timedelta, _duration(least="1s", most="1m")]
TimeZone = Annotated[str, AfterValidator(check_time_zone), TypeWords("name of a time zone")]
QuietHours = Annotated[
    tuple[Annotated[str, AfterValidator(check_quiet_hours)], ...], BeforeValidator(_list)
]
QuietExcept = Annotated[Severity | None, _or_off(_severity, _choice([OFF, *_SEVERITIES]))]
DigestEvery = Annotated[timedelta | None, _duration_or_off("1m", "7d")]
RateLimit = Annotated[Rate | None, _or_off(parse_rate, f"`{OFF}` or text, such as `30/1h`")]
Template = Annotated[str, AfterValidator(_not_blank)]
BodyFormat = Annotated[Literal["text", "html"], _word_of("text", "html")]
PageCredential = Annotated[SecretStr, _secret(_credential)]
PublicUrl = Annotated[str, AfterValidator(urls.check_public_url)]

CollectMode = Literal["verdict", "keep", "off"]
Collect = Annotated[CollectMode, _word_of("verdict", "keep", OFF)]
ResultsFolder = Annotated[str, AfterValidator(_folder)]
ResultsWait = Annotated[timedelta, _duration(least="0s", most="1h")]
GiveUpAfter = Annotated[timedelta, _duration(least="1s", most="30d")]
MaxFileBytes = Annotated[int, _size("1KB", "1000GB")]
KeepFor = Annotated[timedelta | None, _duration_or_off("1h", "3650d")]
PricePerMillion = Annotated[Decimal, _Check(_price, words="number, such as `0.88`")]
OneSpelling = AfterValidator(_one_spelling)

Globs = Annotated[
    tuple[_Text, ...],
    BeforeValidator(_list),
    AfterValidator(_not_empty),
    TypeWords("list of globs"),
]
EventGlobs = Annotated[
    tuple[Annotated[str, AfterValidator(_event_glob)], ...],
    BeforeValidator(_list),
    AfterValidator(_not_empty),
    TypeWords("list of globs"),
]
